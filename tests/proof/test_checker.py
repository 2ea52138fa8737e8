"""The checker of e2e/checker.py, fed histories that are broken in one way each: who checks the product must be checked himself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from e2e.checker import LedgerRow, Verdict, check, union_ms
from e2e.history import STATE, TIME, History, StateSaid, TimeSaid

NOON = 1_795_000_000_000
LAST = TimeSaid(
    seq=3,
    measured=9_000,
    places=((NOON, 4_000), (NOON + 6_000, 5_000)),
    words=((8_000, 8_000, "0000:00:08.00", 0),),
    status={"completion": "completed"},
    exit="suspend",
    terminated=True,
    ended="terminated",
)
BEFORE = replace(
    LAST,
    seq=2,
    measured=6_000,
    places=((NOON, 4_000), (NOON + 6_000, 2_000)),
    words=((5_000, 5_000, "0000:00:05.00", 0),),
    status={"completion": "incomplete"},
    exit=None,
    terminated=False,
    ended=None,
)
ROW = LedgerRow(
    session="s1",
    time_seq=3,
    state_seq=2,
    opened_ms=NOON,
    measured_ms=9_000,
    spans=[[0, 4_000, 1, 0], [6_000, 5_000, 1, 1]],
    words=[[8_000, 8_000, "0000:00:08.00", 0]],
    status={"completion": "completed"},
    exit="suspend",
    terminated=True,
    ended="terminated",
    elements={"cmi.location": "page 2", "cmi.suspend_data": "first"},
    credited_ms=9_000,
)


def begin(history: History, session: str = "s1", *, learner: str = "ana", registration: str = "r1", really: int = NOON) -> None:
    history.began(session, registration, learner, really)


def send(history: History, status: str | None, *, time: int | None = None, state: int | None = None, session: str = "s1") -> None:
    """A request and its answer; none where `status` is None."""
    request = history.invoked(session)
    if status is None:
        history.unknown(request)
        return
    for register, seq in ((TIME, time), (STATE, state)):
        if seq is not None:
            history.acknowledged(request, register, seq, status)
    history.closed(request)


def one_session(status: str | None = "stored") -> History:
    """A session that said two times and two states; the server said `status` of the newest."""
    history = History()
    begin(history)
    history.said_time("s1", BEFORE)
    history.said_state("s1", StateSaid(1, {"cmi.location": "page 1", "cmi.suspend_data": "first"}))
    send(history, "stored", time=2, state=1)
    history.said_time("s1", LAST)
    history.said_state("s1", StateSaid(2, {"cmi.location": "page 2", "cmi.suspend_data": "first"}))
    send(history, status, time=3, state=2)
    return history


def found(verdict: Verdict) -> str:
    """Which verdicts were given."""
    return " ".join(name for name in ("lost", "duplicated", "unexpected") if getattr(verdict, name))


def test_what_was_said_stored_and_counted_is_in_order() -> None:
    verdict = check(one_session(), [ROW])
    assert verdict.ok, str(verdict)
    assert (verdict.sessions, verdict.measured_ms, verdict.union_ms, verdict.credited_ms) == (1, 9_000, 9_000, 9_000)


def test_what_was_never_answered_may_have_happened() -> None:
    history = one_session(status=None)
    history.journal_lost("s1")
    older = replace(
        ROW, time_seq=2, state_seq=1, measured_ms=6_000, spans=[[0, 4_000, 1, 0], [6_000, 2_000, 1, 1]], words=[list(BEFORE.words[0])],
        status=BEFORE.status, exit=None, terminated=False, ended=None, credited_ms=6_000,
        elements={"cmi.location": "page 1", "cmi.suspend_data": "first"},
    )  # fmt: skip
    assert check(history, [ROW]).ok
    assert check(history, [older]).ok
    assert history.left_open == 1


BROKEN_ROWS: dict[str, tuple[dict[str, Any], str]] = {
    "an older sequence": ({"time_seq": 2}, "lost"),
    "an older state": ({"state_seq": 1}, "lost"),
    "fewer seconds measured": ({"measured_ms": 8_999}, "lost"),
    "more seconds measured": ({"measured_ms": 9_001}, "duplicated"),
    "a shorter interval": ({"spans": [[0, 4_000, 1, 0], [6_000, 4_000, 1, 1]]}, "lost"),
    "a longer interval": ({"spans": [[0, 4_500, 1, 0], [6_000, 5_000, 1, 1]]}, "duplicated"),
    "intervals that overlap": ({"spans": [[0, 4_000, 1, 0], [3_980, 5_000, 1, 1]]}, "duplicated"),
    "an interval too many": ({"spans": [[0, 4_000, 1, 0], [6_000, 5_000, 1, 1], [12_000, 0, 1, 0]]}, "unexpected"),
    "an interval far from the truth": ({"spans": [[0, 4_000, 1, 0], [60_000, 5_000, 1, 1]]}, "unexpected"),
    "a sequence that nobody said": ({"time_seq": 4}, "unexpected"),
    "a state that nobody said": ({"state_seq": 3}, "unexpected"),
    "words missing": ({"words": []}, "lost"),
    "an older word over a newer one": ({"words": [[5_000, 5_000, "0000:00:05.00", 0]]}, "unexpected"),
    "a word that nobody said": ({"words": [[7_000, 7_000, "0000:00:07.00", 0]]}, "unexpected"),
    "an older status over a newer one": ({"status": {"completion": "incomplete"}}, "unexpected"),
    "another exit": ({"exit": "normal"}, "unexpected"),
    "an end that is missing": ({"ended": None}, "unexpected"),
    "an element missing": ({"elements": {"cmi.location": "page 2"}}, "lost"),
    "an older element over a newer one": ({"elements": {"cmi.location": "page 1", "cmi.suspend_data": "first"}}, "unexpected"),
    "an element that nobody set": ({"elements": {**ROW.elements, "cmi.exit": "x"}}, "unexpected"),
    "fewer seconds counted": ({"credited_ms": 8_989}, "lost"),
    "more seconds counted": ({"credited_ms": 9_011}, "duplicated"),
}


@pytest.mark.parametrize("name", BROKEN_ROWS)
def test_a_row_that_is_wrong_in_one_thing_is_found(name: str) -> None:
    changes, kind = BROKEN_ROWS[name]
    assert kind in found(check(one_session(), [replace(ROW, **changes)]))


def test_an_acknowledged_session_that_is_not_there_is_lost() -> None:
    assert found(check(one_session(), [])) == "lost"


def test_a_session_that_stands_twice_is_duplicated() -> None:
    assert "duplicated" in found(check(one_session(), [ROW, ROW]))


def test_a_session_that_nobody_began_is_unexpected() -> None:
    stranger = replace(ROW, session="s9")
    assert found(check(one_session(), [ROW, stranger])) == "unexpected"


def test_what_is_still_in_a_journal_at_the_end_is_lost() -> None:
    history = one_session(status=None)
    history.still_pending("s1")
    assert "still in a journal" in str(check(history, [ROW]))


def test_the_journal_owes_what_was_never_acknowledged() -> None:
    history = one_session(status=None)
    older = replace(ROW, time_seq=2)
    assert "lost" in found(check(history, [older]))


def test_an_ack_of_what_nobody_sent_is_unexpected() -> None:
    history = one_session()
    send(history, "stored", time=9)
    assert "unexpected" in found(check(history, [ROW]))


def test_one_sequence_with_two_contents_is_unexpected() -> None:
    history = one_session()
    history.said_time("s1", replace(LAST, measured=9_500))
    assert "two contents" in str(check(history, [ROW]))


# --- what a schedule takes away


def lose_journal(history: History) -> None:
    history.journal_lost("s1")


def restore(history: History) -> None:
    history.restored()


def lose_spool(history: History) -> None:
    history.spool_lost()


EXCUSES: dict[str, tuple[str | None, list[Callable[[History], None]], bool]] = {
    "stored, and the device gone": ("stored", [lose_journal], False),
    "stored, then a restore, and the device there": ("stored", [restore], False),
    "stored, the device gone, then a restore": ("stored", [lose_journal, restore], True),
    "stored, a restore, then the device gone": ("stored", [restore, lose_journal], True),
    "a restore before it was stored": ("before", [lose_journal], False),
    "spooled, and the device gone": ("spooled", [lose_journal], False),
    "spooled, the node dead, and the device there": ("spooled", [lose_spool], False),
    "spooled, the node dead, and the device gone": ("spooled", [lose_spool, lose_journal], True),
    "stored, the node dead, and the device gone": ("stored", [lose_spool, lose_journal], False),
    "refused, and the device gone": ("refused", [lose_journal], True),
    "held, and the device gone": ("held", [lose_journal], True),
}


@pytest.mark.parametrize("name", EXCUSES)
def test_only_what_the_schedule_took_away_is_excused(name: str) -> None:
    status, events, excused = EXCUSES[name]
    history = History()
    begin(history)
    history.said_time("s1", LAST)
    if status == "before":
        restore(history)
        status = "stored"
    if status == "refused":
        request = history.invoked("s1")
        history.closed(request, "refused")
    else:
        send(history, status, time=3)
    for event in events:
        event(history)
    assert (found(check(history, [])) == "") is excused


def test_of_what_a_restore_has_torn_and_nobody_can_say_again_a_part_may_stand() -> None:
    history = one_session()
    restore(history)
    part = replace(ROW, spans=[], elements={"cmi.location": "page 2"})
    assert check(history, [part]).lost
    lose_journal(history)
    assert check(history, [part]).ok
    assert check(history, []).ok


def test_what_a_restore_has_torn_may_hold_nothing_that_nobody_said_and_no_time_twice() -> None:
    history = one_session()
    restore(history)
    lose_journal(history)
    part = replace(ROW, spans=[], elements={})
    assert found(check(history, [replace(part, measured_ms=9_001, credited_ms=None)])) == "duplicated"
    assert found(check(history, [replace(part, time_seq=2, credited_ms=None)])) == "duplicated", "9 s were said by the third"
    assert found(check(history, [replace(part, spans=[[0, 9_001, 1, 0]], credited_ms=None)])) == "duplicated"
    assert found(check(history, [replace(part, elements={"cmi.location": "page 9"})])) == "unexpected"
    assert found(check(history, [replace(part, state_seq=1, elements={"cmi.location": "page 2"})])) == "unexpected"
    assert found(check(history, [replace(part, credited_ms=9_001)])) == "duplicated", "counted is never more than all that passed"
    assert check(history, [replace(part, credited_ms=8_000)]).ok, "where the rest of it lay is not known"


def test_of_a_lost_device_what_the_ledger_has_is_the_truth() -> None:
    history = one_session(status=None)
    history.journal_lost("s1")
    assert check(history, [replace(ROW, credited_ms=8_989)]).lost
    assert check(history, [replace(ROW, credited_ms=9_011)]).duplicated


def test_spooled_and_in_the_ledger_at_the_end_is_recovered() -> None:
    assert check(one_session("spooled"), [ROW]).recovered == 1
    assert check(one_session("stored"), [ROW]).recovered == 0


def test_spooled_and_never_recovered_is_lost_though_the_device_is_gone() -> None:
    history = one_session("spooled")
    history.journal_lost("s1")
    assert check(history, [replace(ROW, time_seq=2)]).lost


# --- erasure


def test_gone_of_what_nobody_erased_is_unexpected() -> None:
    assert found(check(one_session("gone"), [ROW])) == "unexpected"


def test_of_an_erased_registration_nothing_is_owed() -> None:
    history = one_session()
    history.erased("r1")
    send(history, "gone", time=3)
    verdict = check(history, [])
    assert verdict.ok
    assert verdict.sessions == 0


def test_stored_after_the_erasure_is_unexpected() -> None:
    history = one_session()
    history.erased("r1")
    send(history, "stored", time=3)
    assert found(check(history, [])) == "unexpected"


def test_an_answer_that_came_after_the_erasure_to_a_request_before_it_is_not() -> None:
    history = one_session()
    request = history.invoked("s1")
    history.erased("r1")
    history.acknowledged(request, TIME, 3, "stored")
    history.closed(request)
    assert check(history, []).ok


# --- learners


def two_sessions(second_at: int, *, credited: tuple[int, int], off: int = 0) -> Verdict:
    """Two sessions of 10 s of one learner; the ledger has the second one `off` ms late."""
    history = History()
    for session, start in (("s1", NOON), ("s2", NOON + second_at)):
        begin(history, session, registration=f"r-{session}", really=start)
        history.said_time(session, TimeSaid(seq=1, measured=10_000, places=((start, 10_000),), off_ms=off))
        send(history, "stored", time=1, session=session)
    row = LedgerRow(session="s1", time_seq=1, state_seq=0, opened_ms=NOON, measured_ms=10_000, spans=[[0, 10_000, 1, 0]])
    rows = [
        replace(row, credited_ms=credited[0]),
        replace(row, session="s2", opened_ms=NOON + second_at + off, credited_ms=credited[1]),
    ]
    return check(history, rows)


def test_overlaps_count_once() -> None:
    assert two_sessions(4_000, credited=(10_000, 4_000)).ok
    assert two_sessions(4_000, credited=(10_000, 10_000)).duplicated
    assert two_sessions(4_000, credited=(10_000, 3_999)).lost


def test_what_does_not_overlap_counts_in_full_to_a_step_of_the_clock_however_wrong_the_anchors_were() -> None:
    assert two_sessions(60_000, credited=(10_000, 10_000), off=300).ok
    assert two_sessions(60_000, credited=(10_000, 9_989), off=300).lost
    assert two_sessions(60_000, credited=(10_000, 10_011), off=300).duplicated


def test_an_overlap_is_known_as_well_as_the_anchors_were() -> None:
    assert two_sessions(4_000, credited=(10_000, 4_300), off=300).ok
    assert two_sessions(4_000, credited=(10_000, 4_301), off=300).duplicated
    assert two_sessions(10_100, credited=(10_000, 9_900), off=300).ok


def test_the_unions_of_intervals() -> None:
    assert union_ms([]) == 0
    assert union_ms([(0, 10), (20, 5)]) == 15
    assert union_ms([(0, 10), (5, 10)]) == 15
    assert union_ms([(0, 10), (2, 3)]) == 10
