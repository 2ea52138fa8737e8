"""Courses that look like the sample courses, with the sample learners in them."""

from seattime.services import sample_data
from seattime.storage.models import db
from tests import builders

COURSES = (
    "sample-scorm12-fire-safety",
    "sample-scorm2004-3rd-bread",
    "sample-scorm2004-2nd-weather-map",
    "sample-storyline-email",
    "sample-captivate-knots",
    "sample-scorm2004-4th-bicycle",
    "sample-html5-colour",
)


def make_samples() -> None:
    """Commits."""
    for course_id in COURSES:
        course = builders.course(course_id, activities=2)
        course.title = course_id.removeprefix("sample-")
        course.sample = True
    db.session.commit()
    sample_data.create_samples()
