"""What another record store's answers mean, and when the next try is due."""

from __future__ import annotations

import pytest

from seattime.domain.forwarding import Answer, Verdict, describe, judge, outgoing, version_of, wait_s


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.TAKEN), (204, Verdict.TAKEN),
        (409, Verdict.CONFLICT),
        (400, Verdict.REFUSED), (413, Verdict.REFUSED), (415, Verdict.REFUSED), (422, Verdict.REFUSED),
        (201, Verdict.LATER), (202, Verdict.LATER), (301, Verdict.LATER), (401, Verdict.LATER), (403, Verdict.LATER),
        (404, Verdict.LATER), (405, Verdict.LATER), (408, Verdict.LATER), (429, Verdict.LATER), (500, Verdict.LATER), (503, Verdict.LATER),
    ],
)  # fmt: skip
def test_only_what_is_said_of_a_statement_is_held_against_it(status: int, verdict: Verdict) -> None:
    assert judge(Answer(status)) is verdict


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(400, {}, b'{"message": "statements[0].actor: is missing."}'), "400: statements[0].actor: is missing."),
        (Answer(400, {}, b'{"error": "No.", "status": 400}'), "400: No."),
        (Answer(400, {}, b'["no"]'), '400: ["no"]'),
        (Answer(502, {}, b"<html><title>Bad gateway</title>\n"), "502: Bad gateway"),
        (Answer(500, {}, b"\xff\x00"), "500: \ufffd"),
        (Answer(500), "500"),
        (Answer(302, {"location": "https://example.org/sign-in"}), "302 to https://example.org/sign-in"),
    ],
)
def test_an_answer_in_one_line(answer: Answer, words: str) -> None:
    assert describe(answer) == words


@pytest.mark.parametrize(
    ("failures", "chance", "headers", "seconds"),
    [
        (1, 1.0, {}, 1), (2, 1.0, {}, 2), (8, 1.0, {}, 128), (9, 1.0, {}, 256), (10, 1.0, {}, 300), (1000, 1.0, {}, 300),
        (9, 0.0, {}, 128), (1000, 0.0, {}, 150),
        (1, 1.0, {"retry-after": "60"}, 60), (10, 1.0, {"retry-after": "60"}, 300), (1, 1.0, {"retry-after": "7200"}, 3600),
        (1, 1.0, {"retry-after": "-5"}, 1), (1, 1.0, {"retry-after": "9" * 400}, 3600),
    ],
)  # fmt: skip
def test_the_wait_doubles_and_keeps_what_the_target_asks(failures: int, chance: float, headers: dict[str, str], seconds: int) -> None:
    assert wait_s(failures, chance, Answer(503, headers)) == seconds


def test_a_statement_goes_without_the_moment_at_which_we_stored_it() -> None:
    raw = '{"id":"a","result":{"stored":1.0, "x":"\\u0041"},"stored":"2026-01-01T00:00:00.000Z","authority":{"name":"us"}}'

    assert outgoing(raw) == '{"id":"a","result":{"stored":1.0, "x":"\\u0041"},"authority":{"name":"us"}}'


@pytest.mark.parametrize(("version", "sent_as"), [("1.0.0", "1.0.3"), ("1.0.3", "1.0.3"), ("2.0.0", "2.0.0"), (None, "1.0.3")])
def test_a_statement_goes_under_its_own_version(version: str | None, sent_as: str) -> None:
    assert version_of({} if version is None else {"version": version}) == sent_as
