"""What cmi5 adds to a registration's progress: by the verbs of its defined statements, those of the LMS included. Reads only.

Must not import web.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from seattime.domain.cmi5.satisfaction import Said
from seattime.domain.cmi5.words import Verb
from seattime.domain.packages.kinds import PackageKind
from seattime.services import cmi5_recording
from seattime.storage import cmi5
from seattime.storage.cmi5_models import Cmi5Statement
from seattime.storage.models import Registration, db


@dataclass(frozen=True)
class Cmi5Progress:
    """One instance. `said`: by AU; empty where it is no cmi5 course. `satisfied_ms`: when the course was said to be satisfied."""

    said: Said = field(default_factory=dict)
    satisfied_ms: int | None = None


NONE = Cmi5Progress()


def progress_of(wanted: list[tuple[Registration, int]]) -> Mapping[tuple[str, int], Cmi5Progress]:
    """For those that are cmi5 courses, by registration and instance."""
    pairs = [(registration.key, instance) for registration, instance in wanted if registration.version.kind == PackageKind.CMI5]
    rows: dict[tuple[str, int], list[Cmi5Statement]] = defaultdict(list)
    for row in cmi5.statements_of(db.session, pairs) if pairs else ():
        rows[row.registration_key, row.instance].append(row)
    return {pair: Cmi5Progress(cmi5_recording.said_in(found), _satisfied_ms(found)) for pair, found in rows.items()}


def waived(registration: Registration) -> list[str]:
    """The AUs that are, in the current instance."""
    found = progress_of([(registration, registration.instance)]).get((registration.key, registration.instance), NONE)
    return [subject for subject, verbs in found.said.items() if Verb.WAIVED in verbs]


def _satisfied_ms(rows: list[Cmi5Statement]) -> int | None:
    found = (row.said_ms for row in rows if row.verb == Verb.SATISFIED and row.subject == cmi5_recording.COURSE)
    return next(found, None)
