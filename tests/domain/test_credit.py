"""Counted time, worked out by hand: the sentences of the design, and what people see of them."""

import pytest

from seattime.domain import clockface
from seattime.domain.credit import REASONS, Correction, Credit, Line, credit, sum_credit, total
from seattime.domain.facts import SessionFacts, Span, absolute_spans
from seattime.domain.findings import headline
from seattime.domain.policy import Basis
from tests.domain.made_facts import HOUR, MINUTE, NOON, SECOND, policy, said, session, span


def only(*sessions: SessionFacts, corrections: tuple[Correction, ...] = ()) -> Credit:
    (one,) = credit(sessions, corrections).values()
    return one


def codes(one: Credit) -> list[str]:
    return [finding.code for finding in one.findings]


def summed(one: Credit) -> dict[str, int]:
    """The lines that are not 0."""
    return {line.code: line.ms for line in one.lines if line.ms}


# --- two clocks and one rule (design 3.5)


def test_content_that_reports_at_second_3_and_falls_silent_for_6_more_is_credited_9() -> None:
    one = only(session("s", span(0, 9 * SECOND), words=(said(3 * SECOND, 3 * SECOND),)))
    assert (one.credited_ms, one.reason, codes(one)) == (9 * SECOND, "completed", [])
    assert summed(one) == {"course-says": 3 * SECOND, "after-last-report": 6 * SECOND}


def test_content_that_claims_3_minutes_after_5_seconds_is_credited_5_and_flagged() -> None:
    one = only(session("s", span(0, 5 * SECOND), words=(said(3 * MINUTE, 5 * SECOND),)))
    assert (one.credited_ms, one.reason, codes(one)) == (5 * SECOND, "over-reported", ["over-reported"])
    assert summed(one) == {"course-says": 180 * SECOND, "over-reported": -175 * SECOND}
    assert dict(one.findings[0].figures) == {"said": 180_000, "open": 5_000, "counted": 5_000}


@pytest.mark.parametrize(
    ("what", "words", "measured_s", "credited_s", "reason", "findings"),
    [
        # Rise falls silent before the end: 93 s spent, last value PT1M20S
        ("Rise", [(80, 80)], 93, 93, "completed", []),
        # HTML5, Camtasia and H5P never speak
        ("H5P", [], 300, 300, "never-reported", []),
        # Captivate 12 says three minutes for one and a half
        ("Captivate 12", [(187, 92)], 92, 92, "over-reported", ["over-reported"]),
        # a value that falls starts a new segment, and segments add up
        ("two segments", [(60, 60), (30, 90)], 95, 95, "completed", []),
        # bounded the same way
        ("two segments that claim too much", [(60, 60), (100, 90)], 90, 90, "over-reported", ["over-reported"]),
        # a course that leaves out what it does not think learning keeps its word
        ("the course counts less", [(70, 100)], 100, 70, "as-reported", []),
        # and what comes after its word is added to it
        ("the course counts less and falls silent", [(70, 100)], 130, 100, "completed", []),
        # a constant zero is a finding, and measured stands
        ("constant zero", [(0, 100)], 100, 100, "measured-stands", ["constant-zero"]),
        # a zero at the very start says nothing about what follows
        ("zero at the start", [(0, 1)], 100, 100, "measured-stands", []),
        # a last word below half of the active time at that moment
        ("less than half", [(49, 100)], 100, 100, "measured-stands", ["under-reported"]),
        ("half", [(50, 100)], 100, 50, "as-reported", []),
        # at the moment of the word: a silent hour after it does not make the word too small
        ("half, then an hour of silence", [(50, 100)], 1_800, 1_750, "completed", []),
        # slack only decides findings
        ("over by the slack", [(102, 100)], 100, 100, "as-reported", []),
        ("over by more than the slack", [(103, 100)], 100, 100, "over-reported", ["over-reported"]),
        ("under half, by the slack", [(1, 3)], 3, 3, "measured-stands", []),
        # a word said later than anything measured is a word at the end
        ("a word beyond the end", [(90, 500)], 100, 90, "as-reported", []),
    ],
)
def test_the_course_says_and_the_player_measures(
    what: str, words: list[tuple[int, int]], measured_s: int, credited_s: int, reason: str, findings: list[str]
) -> None:
    heard = tuple(said(ms * SECOND, at * SECOND) for ms, at in words)
    one = only(session(what, span(0, measured_s * SECOND), words=heard))
    assert (one.credited_ms, one.reason, codes(one)) == (credited_s * SECOND, reason, findings)
    assert one.reported_ms == (sum(ms for ms, _ in words) * SECOND if words else None)


def test_an_unreadable_word_is_a_finding_and_the_players_clock_stands_in() -> None:
    one = only(session("s", span(0, 60_000), words=(said(None, 50_000, raw="soon"),)))
    assert (one.credited_ms, one.reported_ms, one.reason) == (60_000, None, "never-reported")
    assert [(finding.code, finding.raw) for finding in one.findings] == [("unreadable-time", "soon")]


def test_a_lenient_word_counts_like_any_other_and_is_noted() -> None:
    one = only(session("s", span(0, 60_000), words=(said(60_000, 60_000, raw="0:1:0", lenient=True),)))
    assert (one.credited_ms, one.reason) == (60_000, "as-reported")
    assert [(finding.code, finding.raw) for finding in one.findings] == [("lenient-time", "0:1:0")]


def test_what_the_adapter_noted_is_not_noted_twice() -> None:
    one = only(
        session(
            "s",
            span(0, 60_000),
            words=(said(60_000, 60_000, raw="0:1:0", lenient=True),),
            adapter_findings=(("lenient-time", "cmi.core.session_time", "0:0:9"), ("over-spm", "cmi.suspend_data", "")),
        )
    )
    assert codes(one) == ["lenient-time", "over-spm"]


def test_gaps_are_never_measured_and_the_open_span_is_another_figure() -> None:
    asleep = session(
        "s", span(0, 10 * MINUTE), span(70 * MINUTE, 5 * MINUTE, before=1), acts=((NOON + 70 * MINUTE,) * 2,)
    )
    one = only(asleep)
    assert (one.credited_ms, one.measured_ms, one.open_ms, one.gap_ms) == (
        15 * MINUTE,
        15 * MINUTE,
        75 * MINUTE,
        60 * MINUTE,
    )
    assert dict(one.findings[0].figures)["gap"] == 60 * MINUTE
    assert codes(one) == ["slept"]


def test_a_clock_that_was_set_costs_nothing_and_is_noted() -> None:
    one = only(session("s", span(0, 10_000), span(10_000, 5_000, before=2)))
    assert (one.credited_ms, codes(one)) == (15_000, ["clock-set"])


def test_time_is_idle_after_half_an_hour_without_activity_until_the_next() -> None:
    # active to 12:05, idle from 12:35 to 12:50, active at 12:50, idle from 13:20 to the end at 13:30
    acts = ((NOON + MINUTE, NOON + 5 * MINUTE), (NOON + 50 * MINUTE, NOON + 50 * MINUTE))
    one = only(session("s", span(0, 90 * MINUTE), acts=acts))
    assert (one.idle_ms, one.credited_ms) == (25 * MINUTE, 65 * MINUTE)
    assert summed(one) == {"measured": 90 * MINUTE, "idle": -25 * MINUTE}
    assert codes(one) == ["idle"]


def test_hidden_silent_time_counts_until_it_is_idle() -> None:
    hidden = session("s", span(0, MINUTE), span(MINUTE, 59 * MINUTE, visible=False))
    one = only(hidden)
    assert (one.credited_ms, one.hidden_ms, one.idle_ms) == (30 * MINUTE, 59 * MINUTE, 30 * MINUTE)


def test_hidden_time_does_not_count_under_a_policy_that_says_so() -> None:
    strict = policy(hidden_counts=False)
    one = only(session("s", span(0, MINUTE), span(MINUTE, 9 * MINUTE, visible=False), policy=strict))
    assert (one.credited_ms, one.hidden_ms) == (MINUTE, 9 * MINUTE)
    assert summed(one) == {"measured": 10 * MINUTE, "hidden": -9 * MINUTE}


def test_a_word_is_judged_by_the_time_that_was_active() -> None:
    # 100 min measured at the word, 70 of them idle: 40 min are more than half of the active 30
    one = only(session("s", span(0, 100 * MINUTE), words=(said(40 * MINUTE, 100 * MINUTE),)))
    assert (one.idle_ms, one.credited_ms, one.reason) == (70 * MINUTE, 30 * MINUTE, "reduced")
    # the course's clock ran on while nobody was there: 10 of its 40 min are idle ones
    assert summed(one) == {"course-says": 40 * MINUTE, "idle": -10 * MINUTE}


@pytest.mark.parametrize("mode", ["review", "browse"])
def test_review_and_browse_mode_are_kept_apart(mode: str) -> None:
    one = only(session("s", span(0, MINUTE), mode=mode, words=(said(9 * MINUTE, MINUTE),)))
    assert (one.credited_ms, one.measured_ms, one.reason, codes(one)) == (0, MINUTE, "review", [])
    assert summed(one) == {"measured": MINUTE, "not-counted": -MINUTE}
    counted = only(session("s", span(0, MINUTE), mode=mode, policy=policy(review_counts=True)))
    assert counted.credited_ms == MINUTE


def test_the_longest_plausible_session_is_flagged_and_never_cut() -> None:
    busy = ((NOON, NOON + 13 * HOUR),)
    one = only(session("s", span(0, 13 * HOUR), acts=busy))
    assert (one.credited_ms, codes(one)) == (13 * HOUR, ["very-long"])
    assert codes(only(session("s", span(0, 12 * HOUR), acts=busy))) == []


@pytest.mark.parametrize(
    ("basis", "words", "credited", "reason", "findings"),
    [
        (Basis.REPORTED, [(70, 100)], 70, "by-policy-reported", []),
        (Basis.REPORTED, [(300, 100)], 120, "by-policy-reported", ["over-reported"]),
        (Basis.REPORTED, [], 0, "by-policy-reported", ["never-reported"]),
        (Basis.MEASURED, [(70, 100)], 120, "by-policy-measured", []),
        (Basis.MEASURED, [(300, 100)], 120, "by-policy-measured", []),
    ],
)
def test_a_policy_may_go_by_one_clock_alone(
    basis: Basis, words: list[tuple[int, int]], credited: int, reason: str, findings: list[str]
) -> None:
    heard = tuple(said(ms * SECOND, at * SECOND) for ms, at in words)
    one = only(
        session("s", span(0, 120 * SECOND), words=heard, policy=policy(name="One clock", version=3, basis=basis))
    )
    assert (one.credited_ms, one.reason, codes(one)) == (credited * SECOND, reason, findings)
    assert (one.policy, one.policy_version) == ("One clock", 3)


def test_the_servers_clock_bounds_what_counts_and_what_exceeds_it_is_kept_and_flagged() -> None:
    one = only(
        session("s", span(0, MINUTE), launched_ms=NOON + 5_000, first_ms=NOON + 6_000, delivered_ms=NOON + 50_000)
    )
    assert (one.credited_ms, one.measured_ms, one.beyond_ms) == (45_000, MINUTE, 15_000)
    assert codes(one) == ["beyond-server-clock"]


def test_a_server_clock_that_was_set_back_is_a_finding_only() -> None:
    one = only(session("s", span(0, MINUTE), first_ms=NOON - HOUR, delivered_ms=NOON - HOUR + MINUTE))
    assert (one.credited_ms, codes(one)) == (MINUTE, ["server-clock-stepped"])


def test_a_step_back_that_the_server_saw_is_a_finding_only_and_no_browser_can_claim_one() -> None:
    late = {"launched_ms": NOON + 5_000, "first_ms": NOON + 6_000, "delivered_ms": NOON + 50_000}
    seen = only(session("s", span(0, MINUTE), clock_stepped=True, **late))
    claimed = only(session("s", span(0, MINUTE), adapter_findings=(("server-clock-stepped", "", ""),), **late))
    assert (seen.credited_ms, codes(seen)) == (MINUTE, ["server-clock-stepped"])
    assert claimed.credited_ms == 45_000


# --- overlaps count once (design 3.6)


def test_three_launches_sum_up() -> None:
    sessions = [session(f"s{n}", span(n * HOUR, 8 * SECOND), order_number=n) for n in range(3)]
    credits = credit(sessions).values()
    assert total(credits).credited_ms == 24 * SECOND
    (of_registration,) = sum_credit(credits, by=lambda one: one.registration).values()
    assert (of_registration.sessions, of_registration.credited_ms) == (3, 24 * SECOND)


def test_a_session_that_comes_twice_counts_once() -> None:
    once = session("s", span(0, 8 * SECOND))
    assert credit([once, once]) == credit([once])


def test_two_courses_of_one_learner_open_for_the_same_6_seconds_give_6_and_parts_that_add_up_to_it() -> None:
    fire = session("a", span(0, 6 * SECOND), course="fire", registration="ana-fire", order_number=1)
    water = session("b", span(0, 6 * SECOND), course="water", registration="ana-water", order_number=2)
    credits = credit([fire, water])
    by_course = {
        course: each.credited_ms for course, each in sum_credit(credits.values(), by=lambda one: one.course).items()
    }
    assert by_course == {"fire": 0, "water": 6 * SECOND}
    assert total(credits.values()).credited_ms == 6 * SECOND
    assert summed(credits["a"]) == {"measured": 6 * SECOND, "elsewhere": -6 * SECOND}
    assert codes(credits["a"]) == ["elsewhere"]


def test_of_two_sessions_the_visible_one_owns_the_second_whatever_the_leases_say() -> None:
    visible = session("a", span(0, 10_000), order_number=1)
    hidden = session("b", span(0, 10_000, visible=False), order_number=2)
    credits = credit([visible, hidden])
    assert (credits["a"].credited_ms, credits["b"].credited_ms) == (10_000, 0)


def test_of_two_visible_sessions_the_one_with_the_later_lease_at_that_time_owns_the_second() -> None:
    # a is launched as 1 and b as 2; at 4 s a takes the lease back as 3, at 7 s b takes it as 4
    first = session("a", span(0, 10_000), order_number=3, leases=((NOON, 1), (NOON + 4_000, 3)))
    second = session("b", span(0, 10_000), order_number=4, leases=((NOON, 2), (NOON + 7_000, 4)))
    credits = credit([first, second])
    assert (credits["a"].owned_ms, credits["b"].owned_ms) == (3_000, 7_000)


def test_before_its_first_lease_a_session_holds_the_smallest_number_known_of_it() -> None:
    late = session("a", span(0, 10_000), order_number=9, leases=((NOON + 6_000, 9), (NOON + 8_000, 12)))
    other = session("b", span(0, 10_000), order_number=10)
    credits = credit([late, other])
    assert (credits["a"].owned_ms, credits["b"].owned_ms) == (2_000, 8_000)


def test_ties_go_to_the_smaller_id() -> None:
    credits = credit([session("b", span(0, 5_000)), session("a", span(0, 5_000))])
    assert (credits["a"].credited_ms, credits["b"].credited_ms) == (5_000, 0)


@pytest.mark.parametrize(
    "rival",
    [
        session("b", span(0, 10_000), order_number=9, mode="review"),
        session("b", span(0, 10_000), order_number=9, counts=False),
        session(
            "b",
            span(0, 10_000),
            order_number=9,
            launched_ms=NOON + 20_000,
            first_ms=NOON + 30_000,
            delivered_ms=NOON + 30_000,
        ),
        session("b", span(-HOUR, HOUR + 10_000), order_number=9, policy=policy(idle_limit_ms=MINUTE)),
        session("b", span(0, 10_000, visible=False), order_number=9, policy=policy(hidden_counts=False)),
    ],
    ids=["review", "reset", "beyond", "idle", "hidden"],
)
def test_only_seconds_that_could_count_under_their_own_policy_compete(rival: SessionFacts) -> None:
    hidden = session("a", span(0, 10_000, visible=False), order_number=1)
    assert credit([hidden, rival])["a"].credited_ms == 10_000


def test_what_is_elsewhere_does_not_make_the_courses_word_too_much() -> None:
    # both ran for 60 s; from 20 s on the other one owns
    mine = session("a", span(0, MINUTE), order_number=1, words=(said(MINUTE, MINUTE),))
    other = session("b", span(20_000, 40_000), course="water", order_number=2)
    one = credit([mine, other])["a"]
    assert (one.credited_ms, one.reason, codes(one)) == (20_000, "reduced", ["elsewhere"])
    assert summed(one) == {"course-says": MINUTE, "elsewhere": -40_000}


def test_sessions_of_another_learner_do_not_compete() -> None:
    credits = credit([session("a", span(0, 5_000)), session("b", span(0, 5_000), learner="ben")])
    assert total(credits.values()).credited_ms == 10_000


def test_a_session_of_a_reset_instance_counts_nothing_and_keeps_its_figures() -> None:
    one = only(session("s", span(0, MINUTE), counts=False, words=(said(MINUTE, MINUTE),)))
    assert (one.credited_ms, one.reported_ms, one.measured_ms, one.reason) == (0, MINUTE, MINUTE, "reset")


# --- corrections (design 3.9)


@pytest.mark.parametrize(
    ("deltas", "credited", "correction", "reason"),
    [
        ([-20_000], 40_000, -20_000, "corrected"),
        ([30_000, -5_000], 85_000, 25_000, "corrected"),
        ([-90_000], 0, -60_000, "corrected"),
        ([0], 60_000, 0, "never-reported"),
    ],
)
def test_a_correction_is_a_line_of_its_own_and_time_never_falls_below_nothing(
    deltas: list[int], credited: int, correction: int, reason: str
) -> None:
    one = only(session("s", span(0, MINUTE)), corrections=tuple(Correction("s", delta) for delta in deltas))
    assert (one.credited_ms, one.reason, one.resolved) == (credited, reason, True)
    assert summed(one).get("correction", 0) == correction


def test_a_correction_of_a_session_that_is_not_there_is_left_aside() -> None:
    assert only(session("s", span(0, MINUTE)), corrections=(Correction("other", 5),)).resolved is False


# --- how people see it


def test_the_fire_safety_example_of_the_design() -> None:
    # 40:00 measured and said; the computer slept for 00:55; 02:10 more were measured without a further report
    last_report = 40 * MINUTE
    raw = [[0, last_report, 1, 0], [last_report + 55_000, 130_000, 1, 1]]
    opened = NOON
    facts = session(
        "s",
        *absolute_spans(opened, raw, 2_530_000, opened + HOUR),
        words=(said(last_report, last_report),),
        acts=((opened, opened + last_report),),
        open_ms=2_585_000,
    )
    one = only(facts)
    assert [(line.code, clockface.column(line.ms)) for line in one.lines] == [
        ("course-says", "40:00"),
        ("after-last-report", "02:10"),
        ("elsewhere", "00:00"),
        ("idle", "00:00"),
    ]
    assert clockface.column(one.credited_ms) == "42:10"
    assert clockface.spent(one.credited_ms) == "42 min"
    assert [clockface.column(ms) for ms in (one.measured_ms, one.open_ms, one.gap_ms)] == ["42:10", "43:05", "00:55"]
    assert one.last_word_at_server_ms == opened + last_report
    assert (one.policy, one.policy_version) == ("Standard", 1)
    assert headline(one) == (
        "The course stopped reporting at 40 min; the 2 min 10 s that it stayed open after that were added."
    )


def test_an_empty_session_counts_nothing() -> None:
    one = only(session("s"))
    assert (one.credited_ms, one.measured_ms, one.open_ms, one.lines[0]) == (0, 0, 0, Line("measured", 0))


def test_every_reason_is_one_of_the_known_ones() -> None:
    assert len(set(REASONS)) == len(REASONS)
    assert only(session("s", Span(NOON, 5, visible=True))).reason in REASONS
