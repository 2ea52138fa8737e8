"""Moving a registration to the newest version of its course, on purpose. Must not import web.

Guarantees: progress and time stay; only the content that the next launch plays changes. What is played at that moment goes on by the
rules of its own version (xapi_launches.version_of). A cmi5 course that asks for less than before may be satisfied by it.
"""

from __future__ import annotations

from seattime.services import by_key, cmi5_satisfaction, courses
from seattime.services.parts import parts
from seattime.storage.models import db


def move_to_newest(registration_key: str) -> int:
    """The number of the version that the next launch plays. Commits. Raises NotFound."""
    registration = by_key.find_registration(registration_key)
    newest = courses.latest_version(registration.course)
    if registration.version_key != newest.key:
        registration.version_key = newest.key
        registration.updated_ms = parts().clock.now_ms()
    number = newest.number
    db.session.commit()
    cmi5_satisfaction.evaluate_registration(registration)
    return number
