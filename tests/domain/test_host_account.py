"""What an LMS was told, and why that is not what was counted: every sentence, with figures worked out by hand."""

import json
from typing import Any

import pytest

from seattime.domain.credit import Credit
from seattime.domain.host_account import HostAccount, explain, read_account

TEN_S = {"raw": "0000:00:10.00", "ms": 10_000}
YES, NO = {"answer": "true"}, {"answer": "false"}


def account(**said: Any) -> HostAccount:
    """One in which all went well, but for what is given."""
    usual = {
        "v": 1,
        "api": "API",
        "initialize": YES,
        "told": {**TEN_S, "times": 1, **YES},
        "kept": TEN_S,
        "commits": {"asked": 1, "yes": 1, "answer": "none"},
        "finish": YES,
        "total": None,
        "slowest": None,
    }
    read = read_account({"seattime.host": json.dumps({**usual, **said})})
    assert read is not None
    return read


def credit(counted_ms: int = 10_000, reason: str = "as-reported", **figures: Any) -> Credit:
    usual = {
        "reported_ms": 10_000, "measured_ms": counted_ms, "owned_ms": counted_ms, "open_ms": counted_ms, "idle_ms": 0, "hidden_ms": 0,
        "elsewhere_ms": 0, "gap_ms": 0, "beyond_ms": 0, "after_last_word_ms": 0, "last_word_at_server_ms": None,
    }  # fmt: skip
    return Credit(
        session="s", learner="l", course="c", registration="r", attempt="a", activity="i", credited_ms=counted_ms, policy="Standard",
        policy_version=1, reason=reason, lines=(), findings=(), **{**usual, **figures},
    )  # fmt: skip


NOTHING: dict[str, Any] = {"told": None, "kept": None, "commits": {"asked": 0, "yes": 0, "answer": "none"}, "finish": None}
REFUSED = {"commits": {"asked": 1, "yes": 0, "answer": "false", "error": "391"}}


@pytest.mark.parametrize(
    ("said", "counted", "ended", "words"),
    [
        ({}, credit(), "terminated", ["Both say the same."]),
        ({}, credit(11_999), "terminated", ["Both say the same."]),
        (NOTHING, credit(), "left", ["The LMS was never told: the window was closed before LMSFinish."]),
        ({**NOTHING, "api": "API_1484_11"}, credit(), "left", ["The LMS was never told: the window was closed before Terminate."]),
        (NOTHING, credit(), None, ["The course has not told its LMS a time yet."]),
        ({**NOTHING, "finish": YES}, credit(), "terminated", ["The course called LMSFinish without having told its LMS a time."]),
        ({**NOTHING, "api": ""}, credit(), "left", ["The course never called its LMS. It was open for 10 s."]),
        (
            {"kept": None, "finish": None, "commits": {"asked": 0, "yes": 0}},
            credit(),
            "left",
            ["The LMS was told 10 s and has none of it: the window was closed before LMSCommit or LMSFinish."],
        ),
        (
            {"kept": None, "finish": None, **REFUSED},
            credit(),
            "left",
            ["The LMS was told 10 s and has none of it: it answered false (error 391) to LMSCommit."],
        ),
        (
            {"kept": None, "finish": NO},
            credit(),
            "terminated",
            ["The LMS was told 10 s and has none of it: it answered false to LMSFinish."],
        ),
        (
            {"kept": None, "finish": {"answer": "threw"}},
            credit(),
            "left",
            ["The LMS was told 10 s and has none of it: it threw an error to LMSFinish."],
        ),
        (
            {"kept": None, "finish": {"answer": "none"}},
            credit(),
            "left",
            ["The LMS was told 10 s and has none of it: it gave no answer to LMSFinish."],
        ),
        (
            {"kept": {"raw": "0000:00:04.00", "ms": 4_000}, "finish": None},
            credit(),
            "left",
            ["The LMS has 4 s and not the last word, 10 s: the window was closed before LMSCommit or LMSFinish."],
        ),
        (
            {"told": {**TEN_S, "times": 1, "answer": "false", "error": "405"}, "kept": None},
            credit(),
            "terminated",
            ["The LMS answered false (error 405) when it was told 10 s."],
        ),
        (
            {"initialize": {"answer": "false", "error": "101"}},
            credit(),
            "terminated",
            ["The LMS answered false (error 101) to LMSInitialize: what came after was not its to keep.", "Both say the same."],
        ),
        (
            {},
            credit(20_000, "completed", after_last_word_ms=10_000),
            "left",
            ["It stayed open for 10 s after its last word to the LMS."],
        ),
        ({}, credit(30_000, "measured-stands"), "left", ["The course told its LMS less than half of the time that it was in use."]),
        (
            {},
            credit(25_000, reported_ms=25_000),
            "terminated",
            ["The course began to count anew within the session. The LMS has its last stretch only."],
        ),
        ({}, credit(5_000, "over-reported"), "terminated", ["The course told its LMS more time than passed."]),
        ({}, credit(4_000, "reduced", elsewhere_ms=6_000), "left", ["6 s were also open elsewhere, and count there."]),
        ({}, credit(4_000, "reduced", idle_ms=6_000), "left", ["6 s passed without activity, and do not count."]),
        (
            {"slowest": {"call": "Commit", "ms": 5_200}},
            credit(),
            "terminated",
            ["Both say the same.", "The LMS once took 5 s to answer (Commit)."],
        ),
        (
            {"told": {"raw": "ten", "ms": None, "times": 1, **YES}, "kept": {"raw": "ten", "ms": None}},
            credit(reported_ms=None),
            "left",
            [],
        ),
    ],
)
def test_each_difference_has_its_sentence(said: dict[str, Any], counted: Credit, ended: str | None, words: list[str]) -> None:
    assert list(explain(account(**said), counted, ended)) == words


@pytest.mark.parametrize("text", ["", "null", "[]", "7", "{", '"x"', "[" * 100_000])
def test_what_is_no_account_is_none(text: str) -> None:
    assert read_account({"seattime.host": text}) is None
    assert read_account({}) is None


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"api": 7, "initialize": [], "told": "x", "kept": 3, "commits": None, "finish": True, "total": {}, "slowest": 1},
        {"told": {"raw": 5, "ms": "a", "answer": None}, "commits": {"asked": -1, "yes": 10**20}, "finish": {"answer": ["x"] * 9}},
        {"kept": {"raw": "x" * 10_000, "ms": 1.5}, "finish": {"answer": "y" * 10_000, "error": "z" * 10_000}, "slowest": {}},
    ],
)
def test_whatever_a_browser_says_is_read_and_explained(said: dict[str, Any]) -> None:
    read = read_account({"seattime.host": json.dumps(said)})

    assert read is not None
    assert all(len(sentence) < 400 for sentence in explain(read, credit(), "left"))


def test_an_unreadable_time_is_quoted() -> None:
    told = {"raw": "ten", "ms": None, "times": 1, **YES}

    [sentence] = explain(account(told=told, kept=None, finish=None, commits={"asked": 0, "yes": 0}), credit(), "left")

    assert sentence.startswith("The LMS was told “ten” (unreadable) and has none of it")
