"""An AU is waived: its requirements were met by other means (cmi5 9.3.7, 9.5.5.2).

Guarantees: once for each AU in a registration; asked again, nothing happens. Must not import web.
"""

from __future__ import annotations

import uuid

from seattime.domain.cmi5 import statements
from seattime.domain.cmi5.words import Verb
from seattime.domain.packages.kinds import PackageKind
from seattime.errors import BadInput, NotFound
from seattime.services import cmi5_recording, cmi5_satisfaction, lrs, registrations
from seattime.services.cmi5_recording import Taking
from seattime.services.identifiers import checked_text
from seattime.services.parts import parts
from seattime.storage import cmi5
from seattime.storage.models import db

ADMINISTRATIVE = "Administrative"
"""One of the reasons that the standard proposes (9.5.5.2): an administrator marked the AU complete. Any text will do."""


def waive(registration_id: str, activity_id: str, reason: str) -> None:
    """`activity_id`: the AU's id in the course structure. Commits. Raises NotFound, BadInput."""
    checked_text(reason, "reason", longest=1000)

    def work() -> None:
        registration = registrations.find_registration(registration_id)
        cmi5.lock_registration(db.session, registration.key)
        if registration.version.kind != PackageKind.CMI5:
            raise BadInput("Only activities of cmi5 courses can be waived.", field="activityId")
        taking = Taking.now(registration)
        item = taking.item(activity_id)
        if item is None or not item.launchable:
            raise NotFound(f"The course has no activity {activity_id}.")
        if Verb.WAIVED in cmi5_recording.said_in(cmi5_recording.words_of(taking)).get(item.identifier, ()):
            return
        session_id = str(uuid.uuid4())
        about = taking.about_au(item, session_id)
        cmi5_recording.record(taking, about, statements.waived(about, reason, parts().clock.now_ms()))
        cmi5_satisfaction.evaluate(taking, session_id)

    lrs.in_one_transaction(work)
