"""Versions of time policies, and what a change would do."""

import pytest
from flask import Flask

from seattime.domain.policy import STANDARD, Basis
from seattime.errors import BadInput, Conflict, NotFound
from seattime.services import policies, reports
from seattime.services.reports import Filter
from tests.sample_world import make_samples

FIVE_MINUTES = {"idle_limit_ms": 300_000}


def _counted(course_id: str) -> int:
    return next(each.counted_ms for each in reports.registration_lines(Filter()) if each.course_id == course_id)


def test_the_standard_policy_is_there_from_the_beginning(app: Flask) -> None:
    assert policies.names() == ["Standard"]
    assert policies.current("Standard") == STANDARD


def test_a_change_is_the_next_version_and_the_old_one_stays(app: Flask) -> None:
    policies.save(policies.propose("Standard", FIVE_MINUTES), author="kim")

    newest, first = policies.versions("Standard")
    assert (newest.policy.version, newest.policy.idle_limit_ms, newest.author) == (2, 300_000, "kim")
    assert first.policy == STANDARD


def test_a_policy_of_ones_own_begins_at_version_one(app: Flask) -> None:
    policies.save(policies.propose("Quiet room", {"basis": "measured"}), author="kim")

    assert policies.names() == ["Standard", "Quiet room"]
    assert policies.current("Quiet room").version == 1
    assert policies.current("Quiet room").basis is Basis.MEASURED


def test_an_unknown_policy_is_not_found(app: Flask) -> None:
    with pytest.raises(NotFound):
        policies.versions("Nobody's")


def test_a_wrong_rule_is_refused_by_name(app: Flask) -> None:
    with pytest.raises(BadInput) as caught:
        policies.propose("Standard", {"basis": "guess"})
    assert caught.value.field == "basis"


def test_two_changes_at_once_do_not_overwrite_each_other(app: Flask) -> None:
    one, other = policies.propose("Standard", FIVE_MINUTES), policies.propose("Standard", {"basis": "measured"})
    policies.save(one, author="kim")

    with pytest.raises(Conflict):
        policies.save(other, author="lee")
    assert policies.current("Standard").basis is Basis.AUTO


def test_the_preview_counts_before_and_after_and_changes_nothing(app: Flask) -> None:
    """Mixing colours was active until 8:10: idle from 38:10 on, with a limit of five minutes from 13:10 on."""
    make_samples()

    (change,) = policies.preview(policies.propose("Standard", FIVE_MINUTES))

    assert (change.before_ms, change.after_ms) == (2_290_000, 790_000)
    assert _counted("sample-html5-colour") == 2_290_000


def test_a_saved_change_counts_as_the_preview_said(app: Flask) -> None:
    make_samples()
    assert _counted("sample-html5-colour") == 2_290_000

    policies.save(policies.propose("Standard", FIVE_MINUTES), author="kim")

    assert _counted("sample-html5-colour") == 790_000


def test_a_change_for_one_course_is_seen_in_the_other_one_that_was_open(app: Flask) -> None:
    """If hidden pages did not count, bread would lose nothing to the weather map and count only what was visible."""
    make_samples()

    changes = policies.preview(policies.propose("Standard", {"hidden_counts": False}))

    # A clear e-mail: 40 s hidden. Bread: its hidden 10:30 count in the weather map before and after.
    assert [(change.before_ms, change.after_ms) for change in changes] == [(852_000, 812_000)]
