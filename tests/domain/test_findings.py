"""Findings in words, what one can do, and the one badge of a list."""

import re
from dataclasses import replace
from pathlib import Path
from string import Formatter

import pytest

from seattime.domain import credit as credit_module
from seattime.domain.credit import REASONS, Correction, Credit, Finding, credit
from seattime.domain.facts import SessionFacts
from seattime.domain.findings import (
    CATALOGUE,
    Badge,
    Severity,
    advice,
    badge,
    badge_of,
    entry,
    headline,
    sentence,
    severity,
)
from tests.domain.made_facts import MINUTE, SECOND, policy, said, session, span

ADAPTER = Path(__file__).parents[2] / "static" / "scorm_api" / "adapter" / "leniencies.js"

OVERCLAIMS = session("a", span(0, 92 * SECOND), words=(said(3 * MINUTE, 92 * SECOND),))
HONEST = session("b", span(10 * MINUTE, MINUTE), words=(said(MINUTE, MINUTE),))


def one(facts: SessionFacts, *corrections: Correction) -> Credit:
    return credit([facts], corrections)[facts.session]


def test_an_overclaiming_course_is_told_in_figures() -> None:
    (finding,) = one(OVERCLAIMS).findings
    assert sentence(finding) == "The course said 3 min, but it was open for 1 min 32 s. 1 min 32 s count."
    assert severity(finding) is Severity.CHECK
    assert "policy that goes by measured time" in advice(finding)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            session("s", span(0, 10 * MINUTE), words=(said(0, 10 * MINUTE),)),
            "The course said that no time passed, but it was in use for 10 min. Measured time stands: 10 min.",
        ),
        (
            session("s", span(0, 10 * MINUTE), words=(said(MINUTE, 10 * MINUTE),)),
            "The course said 1 min, less than half of the 10 min of its use. Measured time stands: 10 min.",
        ),
        (
            session("s", span(0, 40 * MINUTE)),
            "10 min passed without activity, after the 30 min that the policy allows. They do not count.",
        ),
        (
            session("s", span(0, 2 * MINUTE), policy=policy(longest_session_ms=MINUTE)),
            "This session ran for 2 min, and 1 min is the longest that is plausible. 2 min count.",
        ),
        (
            session("s", span(0, MINUTE), words=(said(None, MINUTE, raw="soon"),)),
            "The course gave its time as “soon”, which nobody can read. Measured time stands in.",
        ),
        (
            session("s", span(0, MINUTE), span(3 * MINUTE, MINUTE, before=1)),
            "The computer slept or the page was stopped for 2 min. That is not in the measured time.",
        ),
    ],
)
def test_each_finding_is_a_sentence_with_its_figures(facts: SessionFacts, expected: str) -> None:
    (finding,) = one(facts).findings
    assert sentence(finding) == expected


def test_every_code_of_the_arithmetic_is_in_the_catalogue() -> None:
    source = Path(credit_module.__file__).read_text(encoding="utf-8")
    codes = set(re.findall(r'(?:flag|Finding)\(\s*"([a-z-]+)"', source)) | {"under-reported", "slept", "clock-set"}
    assert len(codes) > 8
    assert codes <= set(CATALOGUE)


def test_every_kind_that_the_adapter_finds_is_in_the_catalogue() -> None:
    kinds = set(re.findall(r'^export const [A-Z_]+ = "([a-z-]+)";', ADAPTER.read_text(encoding="utf-8"), re.MULTILINE))
    assert len(kinds) > 5
    # By this one the server plans the next session; no value is changed, so there is nothing to find.
    assert kinds - {"unset-exit"} <= set(CATALOGUE)


def test_every_entry_is_a_sentence_with_advice() -> None:
    for code, known in CATALOGUE.items():
        words = sentence(Finding(code, element="cmi.exit", raw="quit"))
        assert words.endswith("."), code
        assert words[0].isupper() or words.startswith("some time"), code
        assert known.advice.endswith("."), code
        assert all(name is None or name.isidentifier() for _, name, _, _ in Formatter().parse(known.sentence))


def test_a_code_that_nobody_knows_is_still_told() -> None:
    unheard = Finding("flux", element="cmi.flux", raw="1.21")
    assert sentence(unheard) == "Something unusual was noted at cmi.flux: “1.21”."
    assert entry("flux").severity is Severity.NOTE


def test_a_long_raw_value_is_cut_in_the_sentence() -> None:
    assert "“" + "x" * 79 + "…”" in sentence(Finding("refused-value", element="cmi.exit", raw="x" * 200))


def test_braces_in_a_raw_value_are_only_braces() -> None:
    assert "“{said}”" in sentence(Finding("refused-value", element="cmi.exit", raw="{said}"))


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_a_headline(reason: str) -> None:
    assert headline(replace(one(HONEST), reason=reason)).endswith(".")


def test_a_badge_is_amber_while_somebody_should_look_and_grey_once_they_did() -> None:
    assert badge_of(one(HONEST)) is None
    assert badge_of(one(OVERCLAIMS)) is Badge.CHECK
    assert badge_of(one(OVERCLAIMS, Correction("a", 0))) is Badge.ADJUSTED
    assert badge_of(one(HONEST, Correction("b", -5_000))) is Badge.ADJUSTED
    assert badge_of(one(HONEST, Correction("b", 0))) is None


def test_a_list_shows_at_most_one_badge() -> None:
    honest, open_one, settled = one(HONEST), one(OVERCLAIMS), one(OVERCLAIMS, Correction("a", 0))
    assert badge([]) is None
    assert badge([honest]) is None
    assert badge([honest, settled]) is Badge.ADJUSTED
    assert badge([settled, open_one, honest]) is Badge.CHECK


def test_what_was_taken_off_the_courses_word_is_shown_as_adjusted_and_said() -> None:
    reduced = one(session("s", span(0, 40 * MINUTE), words=(said(40 * MINUTE, 40 * MINUTE),)))
    assert (reduced.credited_ms, reduced.reason) == (30 * MINUTE, "reduced")
    assert badge_of(reduced) is Badge.ADJUSTED
    assert headline(reduced).startswith("The course said 40 min; what was idle")


def test_notes_alone_give_no_badge() -> None:
    idle = one(session("s", span(0, 40 * MINUTE)))
    assert [finding.code for finding in idle.findings] == ["idle"]
    assert badge_of(idle) is None
