"""What an attempt has come to: an order that is no clock, the group that moves together, exit and entry."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seattime.domain.attempts import AttemptState, StoredSession, derive_attempt, merged_elements
from seattime.domain.standards import Standard

OLD, NEW = Standard.SCORM12, Standard.SCORM2004


def visit(order: int, elements: dict[str, str] | None = None, **changes: Any) -> StoredSession:
    """A session that holds this order number and wrote its state under it."""
    fields: dict[str, Any] = {
        "session": f"session-{order}",
        "order_number": order,
        "state_order": order if elements else 0,
        "elements": elements or {},
        "terminated": True,
    }
    return StoredSession(**{**fields, **changes})


def test_an_attempt_without_sessions_begins_from_nothing() -> None:
    assert derive_attempt([], NEW) == AttemptState(elements={}, total_time_ms=0, entry="ab-initio", ended=False)


def test_a_short_later_visit_does_not_erase_an_earlier_sessions_completion() -> None:
    earlier = visit(
        1, {"cmi.core.lesson_status": "completed", "cmi.core.lesson_location": "9", "cmi.suspend_data": "nine"}
    )
    later = visit(2, {"cmi.core.lesson_location": "1", "cmi.suspend_data": "one"})
    assert derive_attempt([earlier, later], OLD).elements == {
        "cmi.core.lesson_status": "completed",
        "cmi.core.lesson_location": "1",
        "cmi.suspend_data": "one",
    }


def test_an_older_offline_session_that_arrives_late_does_not_overwrite_a_newer_bookmark() -> None:
    offline = visit(1, {"cmi.location": "3", "cmi.suspend_data": "three", "cmi.score.raw": "50"})
    newer = visit(2, {"cmi.location": "7", "cmi.suspend_data": "seven"})
    for order in permutations([offline, newer]):
        assert derive_attempt(order, NEW).elements == {
            "cmi.location": "7",
            "cmi.suspend_data": "seven",
            "cmi.score.raw": "50",
        }


def test_suspend_data_location_and_exit_move_as_a_group() -> None:
    first = visit(1, {"cmi.location": "3", "cmi.suspend_data": "three", "cmi.exit": "suspend"})
    second = visit(2, {"cmi.location": "7"})
    # the second one's location with the first one's suspend data is a state in which the content never was
    assert merged_elements([first, second], NEW) == {"cmi.location": "7"}
    third = visit(3, {"cmi.score.raw": "80"})
    assert merged_elements([first, third], NEW) == {
        "cmi.location": "3",
        "cmi.suspend_data": "three",
        "cmi.exit": "suspend",
        "cmi.score.raw": "80",
    }


def test_what_a_session_says_of_itself_is_not_handed_to_the_next() -> None:
    said = {
        "cmi.session_time": "PT5S",
        "cmi.exit": "suspend",
        "adl.nav.request": "exitAll",
        "cmi.completion_status": "incomplete",
    }
    assert derive_attempt([visit(1, said)], NEW).elements == {"cmi.completion_status": "incomplete"}
    old = {"cmi.core.session_time": "00:00:05", "cmi.core.exit": "", "cmi.core.lesson_status": "incomplete"}
    assert derive_attempt([visit(1, old)], OLD).elements == {"cmi.core.lesson_status": "incomplete"}


def test_what_was_set_in_review_or_browse_mode_stays_with_its_session() -> None:
    real = visit(1, {"cmi.completion_status": "completed"}, words=((60_000, 60_000),), exit="suspend")
    review = visit(2, {"cmi.completion_status": "incomplete"}, mode="review", words=((9_000, 9_000),), exit="normal")
    assert derive_attempt([real, review], NEW) == derive_attempt([real], NEW)


def test_total_time_is_the_sum_of_the_session_times_that_sessions_reported() -> None:
    # the second one's clock fell to zero and counted anew; what nobody can read says nothing
    sessions = [
        visit(1, words=((60_000, 61_000),)),
        visit(2, words=((30_000, 30_000), (20_000, 52_000))),
        visit(3, words=((None, 5_000),)),
        visit(4),
    ]
    assert derive_attempt(sessions, OLD).total_time_ms == 110_000


@pytest.mark.parametrize(
    ("standard", "exit_value", "terminated", "ended", "entry"),
    [
        # SCORM 2004, cmi.exit: every stored exit but suspend ends the attempt; the next session is the first of another
        (NEW, "suspend", True, False, "resume"),
        (NEW, "normal", True, True, "ab-initio"),
        (NEW, "logout", True, True, "ab-initio"),
        (NEW, "time-out", True, True, "ab-initio"),
        (NEW, "", True, True, "ab-initio"),
        # never set counts as unknown, and unknown as suspend
        (NEW, None, True, False, "resume"),
        # the session was never terminated: its tab was closed, and its exit may be a default set in advance
        (NEW, "normal", False, False, "resume"),
        # SCORM 1.2, cmi.core.exit: none ends the attempt
        (OLD, "suspend", True, False, "resume"),
        (OLD, "", True, False, ""),
        (OLD, "logout", True, False, ""),
        (OLD, "time-out", True, False, ""),
        (OLD, None, True, False, "resume"),
        (OLD, "", False, False, "resume"),
        (Standard.SCORM11, "logout", True, False, ""),
        (Standard.NONE, None, True, False, "resume"),
    ],
)
def test_exit_decides_what_the_next_session_enters(
    standard: Standard, exit_value: str | None, terminated: bool, ended: bool, entry: str
) -> None:
    last = visit(1, {"cmi.suspend_data": "here"}, exit=exit_value, terminated=terminated)
    state = derive_attempt([last], standard)
    assert (state.ended, state.entry) == (ended, entry)


def test_a_wish_to_suspend_the_course_keeps_the_attempt_whatever_the_exit() -> None:
    # SN, suspendAll; ADL's DMB, activity 1, visits 10 and 11
    last = visit(1, {"cmi.suspend_data": "here", "adl.nav.request": "suspendAll"}, exit="normal")
    state = derive_attempt([last], NEW)
    assert (state.ended, state.entry, state.elements) == (False, "resume", {"cmi.suspend_data": "here"})


@pytest.mark.parametrize(("terminated", "ended", "entry"), [(True, True, "ab-initio"), (False, False, "resume")])
def test_by_the_letter_an_exit_that_was_never_set_ends_the_attempt(terminated: bool, ended: bool, entry: str) -> None:
    # RTE 4.2.8; ADL's DMB, activity 1, visits 9 and 10
    last = visit(1, {"cmi.suspend_data": "here"}, exit=None, terminated=terminated)
    state = derive_attempt([last], NEW, unset_exit_ends=True)
    assert (state.ended, state.entry) == (ended, entry)


def test_in_scorm_12_no_exit_clears_state() -> None:
    # Adapt writes '' and expects its suspend data back
    adapt = visit(1, {"cmi.suspend_data": "here", "cmi.core.lesson_location": "co-15", "cmi.core.exit": ""}, exit="")
    assert derive_attempt([adapt], OLD).elements == {"cmi.suspend_data": "here", "cmi.core.lesson_location": "co-15"}


def test_a_late_exit_never_splits_a_later_session() -> None:
    late = visit(1, {"cmi.suspend_data": "one"}, exit="normal")
    later = visit(2, {"cmi.suspend_data": "two"}, exit="suspend")
    for order in permutations([late, later]):
        state = derive_attempt(order, NEW)
        assert (state.ended, state.entry, state.elements) == (False, "resume", {"cmi.suspend_data": "two"})


def test_a_session_that_set_nothing_leaves_the_next_one_to_begin() -> None:
    assert derive_attempt([visit(1, exit=None, terminated=False)], NEW).entry == "ab-initio"


elements = st.dictionaries(
    st.sampled_from(["cmi.suspend_data", "cmi.location", "cmi.exit", "cmi.completion_status", "cmi.score.raw"]),
    st.sampled_from(["a", "b", "c"]),
)
visits = st.lists(
    st.builds(
        visit,
        st.integers(1, 6),
        elements,
        exit=st.sampled_from([None, "", "suspend", "normal"]),
        terminated=st.booleans(),
    ),
    max_size=5,
    unique_by=lambda session: session.session,
)


@settings(max_examples=100)
@given(visits, st.randoms(use_true_random=False))
def test_the_order_of_delivery_changes_nothing(sessions: list[StoredSession], dice: Any) -> None:
    shuffled = list(sessions)
    dice.shuffle(shuffled)
    assert derive_attempt(shuffled, NEW) == derive_attempt(sessions, NEW)


@settings(max_examples=100)
@given(visits)
def test_the_group_always_stems_from_one_session(sessions: list[StoredSession]) -> None:
    group = ("cmi.suspend_data", "cmi.location", "cmi.exit")
    merged = merged_elements(sessions, NEW)
    found = {name: merged[name] for name in group if name in merged}
    candidates = [{name: one.elements[name] for name in group if name in one.elements} for one in sessions]
    assert not found or found in candidates
