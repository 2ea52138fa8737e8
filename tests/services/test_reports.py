"""Lists of courses, registrations and learners: parts add up to wholes, whatever is chosen."""

from datetime import date, timedelta

import pytest
from flask import Flask

from seattime.errors import NotFound
from seattime.services import corrections, launching, registration_view, reports
from seattime.services.reports import Filter
from seattime.storage.models import db
from tests import builders
from tests.sample_world import make_samples

TODAY = date(2026, 11, 18)
"""Of the tests' clock."""
ALL_MS = 2_530_000 + 810_000 + 630_000 + 852_000 + 92_000 + 1_050_000 + 2_290_000


def test_lists_of_courses_learners_and_registrations_add_up_to_the_same(app: Flask) -> None:
    make_samples()

    assert sum(line.counted_ms for line in reports.registration_lines(Filter())) == ALL_MS
    assert sum(line.counted_ms for line in reports.course_lines()) == ALL_MS
    assert sum(line.counted_ms for line in reports.learner_lines()) == ALL_MS


def test_days_add_up_to_the_whole(app: Flask) -> None:
    make_samples()
    days = reports.days_of(reports.registration_lines(Filter(), with_days=True))

    assert sum(ms for _, ms in days) == ALL_MS
    # six days ago the first, yesterday the last; holes are filled
    assert [day for day, _ in days] == [TODAY - timedelta(days=n) for n in range(6, 0, -1)]


def test_a_period_counts_only_its_days(app: Flask) -> None:
    """Ben's bicycle: 11:00 in the evening four days ago, 6:30 in the morning after."""
    make_samples()

    def bicycle(**period: date) -> list[int]:
        lines = reports.registration_lines(Filter(**period))
        return [line.counted_ms for line in lines if line.course_id == "sample-scorm2004-4th-bicycle"]

    evening, morning = TODAY - timedelta(days=4), TODAY - timedelta(days=3)
    assert bicycle(since=evening, until=evening) == [660_000]
    assert bicycle(since=morning) == [390_000]
    assert bicycle(until=evening - timedelta(days=1)) == []


def test_test_runs_are_left_out_unless_asked_for(app: Flask) -> None:
    launching.test_run_registration(builders.course(), "administrator")

    assert reports.registration_lines(Filter()) == []
    assert len(reports.registration_lines(Filter(test_runs=True))) == 1
    assert reports.course_lines()[0].learners == 0
    assert reports.known_learners() == []


def test_deleted_courses_and_registrations_are_in_no_list(app: Flask) -> None:
    registration = builders.registration()
    key = registration.key
    registration.deleted_ms = 1
    db.session.commit()

    assert reports.registration_lines(Filter()) == []
    assert reports.learner_lines() == []
    with pytest.raises(NotFound):
        reports.registration_line(key)


def test_a_learner_without_a_name_is_called_by_his_id(app: Flask) -> None:
    learner = builders.learner("kim")
    learner.first_name = learner.last_name = ""

    assert reports.learner_name(learner) == "kim"


def test_a_correction_counts_in_every_list(app: Flask) -> None:
    make_samples()
    line = next(each for each in reports.registration_lines(Filter()) if each.course_id == "sample-captivate-knots")
    session = registration_view.view(line.key).sessions[0]

    corrections.correct(line.key, session.id, delta_ms=60_000, author="kim", reason="on paper")

    assert reports.registration_line(line.key).counted_ms == 152_000
    assert sum(each.counted_ms for each in reports.learner_lines()) == ALL_MS + 60_000
    assert sum(ms for _, ms in reports.days_of(reports.registration_lines(Filter(), with_days=True))) == ALL_MS + 60_000


def test_a_correction_never_takes_away_more_than_there_is(app: Flask) -> None:
    make_samples()
    line = next(each for each in reports.registration_lines(Filter()) if each.course_id == "sample-captivate-knots")
    session = registration_view.view(line.key).sessions[0]

    corrections.correct(line.key, session.id, delta_ms=-3_600_000, author="kim", reason="was not there")

    assert reports.registration_line(line.key).counted_ms == 0


def test_a_correction_of_an_unknown_session_is_refused(app: Flask) -> None:
    registration = builders.registration()

    with pytest.raises(NotFound):
        corrections.correct(registration.key, "no-such", delta_ms=1000, author="kim", reason="x")


def test_the_view_of_a_registration_names_findings_and_moments(app: Flask) -> None:
    make_samples()
    line = next(each for each in reports.registration_lines(Filter()) if each.course_id == "sample-scorm12-fire-safety")

    (session,) = registration_view.view(line.key).sessions

    assert [finding.code for finding in session.findings] == ["slept"]
    # the word came when 40:00 had been measured, 55 s of sleep later than the clock would say
    assert session.spoken == ((session.start_ms + 2_400_000 + 55_000, "0000:40:00.00"),)
    assert session.end_ms - session.start_ms == 2_585_000


def test_a_dual_package_is_called_what_it_is(app: Flask) -> None:
    course = builders.course()
    version = course.versions[-1]
    version.structure = {**version.structure, "dual": True}
    db.session.commit()

    assert reports.course_line(course.key).kind_name == "SCORM 1.2 and xAPI"
