"""The sample learners: what each of them shows, and that they leave without a trace."""

from flask import Flask
from sqlalchemy import func, select

from seattime.services import reports, sample_data
from seattime.storage.models import Course, Learner, Registration, SessionRow, db
from tests import builders
from tests.sample_world import COURSES, make_samples


def _counted() -> dict[str, int]:
    return {line.course_id: line.counted_ms for line in reports.registration_lines(reports.Filter())}


def test_each_sample_counts_what_one_can_work_out_in_ones_head(app: Flask) -> None:
    make_samples()

    assert _counted() == {
        # said 40:00, stayed open 2:10 more; the 55 s of sleep are not counted
        "sample-scorm12-fire-safety": 2_530_000,
        # open 24:00, for 10:30 of it another course was in front
        "sample-scorm2004-3rd-bread": 810_000,
        "sample-scorm2004-2nd-weather-map": 630_000,
        "sample-storyline-email": 852_000,
        # claimed 3:06.68, open 1:32
        "sample-captivate-knots": 92_000,
        # 11:00 in the evening, 6:30 in the morning
        "sample-scorm2004-4th-bicycle": 1_050_000,
        # active until 8:10, idle half an hour later
        "sample-html5-colour": 2_290_000,
    }


def test_only_the_overclaiming_one_is_to_be_checked(app: Flask) -> None:
    make_samples()

    lines = reports.registration_lines(reports.Filter(badge="check"))

    assert [line.course_id for line in lines] == ["sample-captivate-knots"]


def test_making_them_twice_makes_them_once(app: Flask) -> None:
    make_samples()
    sample_data.create_samples()

    assert db.session.scalar(select(func.count()).select_from(SessionRow)) == 7


def test_samples_lie_in_the_past(app: Flask) -> None:
    make_samples()

    assert all(line.last_ms is not None for line in reports.registration_lines(reports.Filter()))
    newest = db.session.scalars(select(func.max(SessionRow.delivered_ms))).one()
    assert newest < 1_795_000_000_000


def test_removing_them_leaves_no_course_learner_or_session(app: Flask) -> None:
    make_samples()
    assert sample_data.has_samples()

    sample_data.remove_samples()

    assert not sample_data.has_samples()
    assert reports.course_lines() == []
    assert reports.learner_lines() == []
    assert db.session.scalar(select(func.count()).select_from(SessionRow)) == 0


def test_removing_them_leaves_tombstones(app: Flask) -> None:
    make_samples()
    sample_data.remove_samples()

    assert db.session.scalars(select(Registration.deleted_ms.is_not(None))).all() == [True] * 7
    assert db.session.scalars(select(Course.deleted_ms.is_not(None))).all() == [True] * len(COURSES)


def test_a_sample_course_in_which_somebody_learns_stays(app: Flask) -> None:
    make_samples()
    course = db.session.scalars(select(Course).where(Course.course_id == "sample-html5-colour")).one()
    builders.registration(course, builders.learner("kim"))

    sample_data.remove_samples()

    assert [(line.course_id, line.sample, line.learners) for line in reports.course_lines()] == [
        ("sample-html5-colour", False, 1)
    ]


def test_they_can_be_made_again_after_their_removal(app: Flask) -> None:
    make_samples()
    sample_data.remove_samples()

    make_samples()

    assert len(_counted()) == 7
    assert db.session.scalar(select(func.count()).select_from(Learner)) == 2
