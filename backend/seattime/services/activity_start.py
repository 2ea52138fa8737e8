"""What one activity starts from: its address, its attempt, and the data that the content may read (types.d.ts, ActivityStart)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from sqlalchemy import select

from seattime.domain.attempts import derive_attempt
from seattime.domain.cmi5.launch_data import made_id, with_query
from seattime.domain.packages.kinds import PackageKind
from seattime.domain.packages.model import ActivityType, Item, Package
from seattime.domain.said.outcomes import one_word
from seattime.domain.standards import Standard
from seattime.services import cmi5_progress, shared_data, xapi_launches
from seattime.services.claims import DeliveryClaims
from seattime.services.parts import parts
from seattime.services.statement_visits import visits_of
from seattime.storage import ledger
from seattime.storage.lrs_models import ActivityStart
from seattime.storage.models import Attempt, CourseVersion, Registration, SessionRow, db

API_NAMES = {Standard.SCORM11: "API", Standard.SCORM12: "API", Standard.SCORM2004: "API_1484_11"}


def build_all(registration: Registration, claims: DeliveryClaims, package: Package, items: Iterable[Item]) -> dict[str, dict[str, Any]]:
    """The starts of these activities by their identifiers, within the caller's transaction.

    A course may have more than a thousand (cmi5 6.1), so they are asked for and written together.
    """
    newest = _newest_attempts(registration, claims.instance)
    with db.session.no_autoflush:
        return {item.identifier: _build(registration, claims, package, item, newest.get(item.identifier)) for item in items}


def build(registration: Registration, claims: DeliveryClaims, package: Package, item: Item) -> dict[str, Any]:
    """The start of one activity."""
    return build_all(registration, claims, package, [item])[item.identifier]


def _build(
    registration: Registration, claims: DeliveryClaims, package: Package, item: Item, attempt: Attempt | None
) -> dict[str, Any]:
    """The attempt is made when its first session is seen; what speaks xAPI gets a row of its start."""
    standard = standard_of(package, item)
    sessions = [] if attempt is None else _sessions_of(attempt)
    by_the_letter = unset_exit_ends(registration)
    state = derive_attempt([ledger.stored_session(row) for row in sessions], standard, unset_exit_ends=by_the_letter)
    if state.ended:
        attempt_key, new_attempt, state = (attempt.key if attempt else ""), True, derive_attempt([], standard)
    else:
        attempt_key, new_attempt = (attempt.key if attempt else ""), False
    start = xapi_launches.begin(registration, claims, item) if _speaks_xapi(package) else None
    return {
        "id": item.identifier,
        "title": item.title,
        "attempt": attempt_key,
        "new_attempt": new_attempt,
        "standard": standard.value,
        "expose": _exposed(package, standard),
        "src": _address(registration, package, item, start),
        **({"start": start.key} if start else {}),
        "order": claims.order_number,
        "data": {
            "elements": dict(state.elements),
            "totalTimeMs": state.total_time_ms,
            "entry": state.entry,
            "mode": claims.mode,
            "credit": "credit" if claims.mode == "normal" else "no-credit",
            "learnerId": registration.learner.learner_id,
            "learnerName": _learner_name(registration),
            **_from_manifest(item),
            **_leniencies(registration),
            **({"unsetExitEnds": True} if by_the_letter else {}),
            **_shared_data(registration, claims.instance, package, item),
        },
    }


def standard_of(package: Package, item: Item) -> Standard:
    """An asset talks to nobody, but a manifest may call a SCO an asset by mistake: the package's API is there for it all the same."""
    return Standard.NONE if item.scorm_type is ActivityType.AU else package.standard


def table_of_contents(registration: Registration, package: Package) -> list[dict[str, Any]]:
    """The tree with the status of each activity (types.d.ts, TocEntry)."""
    rows = db.session.scalars(
        select(SessionRow)
        .where(SessionRow.registration_key == registration.key, SessionRow.instance == registration.instance)
        .order_by(SessionRow.order_number, SessionRow.first_ms)
    ).all()
    instance = (registration.key, registration.instance)
    visits = visits_of({instance: rows})[instance].by_activity
    status = {row.activity_id: "incomplete" for row in rows} | {name: one_word(of_one) for name, of_one in visits.items()}
    status |= dict.fromkeys(cmi5_progress.waived(registration), "completed")
    return [_toc_entry(item, status) for item in package.organization.items if item.visible]


def _toc_entry(item: Item, status: dict[str, str]) -> dict[str, Any]:
    return {
        "id": item.identifier,
        "title": item.title,
        "launchable": item.launchable,
        "children": [_toc_entry(child, status) for child in item.children if child.visible],
        "status": status.get(item.identifier, "not attempted"),
    }


def _newest_attempts(registration: Registration, instance: int) -> dict[str, Attempt]:
    """By activity."""
    attempts = db.session.scalars(
        select(Attempt).where(Attempt.registration_key == registration.key, Attempt.instance == instance).order_by(Attempt.number)
    )
    return {attempt.activity_id: attempt for attempt in attempts}


def _sessions_of(attempt: Attempt) -> list[SessionRow]:
    of_attempt = select(SessionRow).where(SessionRow.registration_key == attempt.registration_key, SessionRow.attempt_key == attempt.key)
    return list(db.session.scalars(of_attempt))


def _exposed(package: Package, standard: Standard) -> list[str]:
    if standard is Standard.NONE:
        return []
    if not package.standard_stated:
        return ["API", "API_1484_11"]
    return [API_NAMES[standard]]


def _learner_name(registration: Registration) -> str:
    learner = registration.learner
    return ", ".join(part for part in (learner.last_name, learner.first_name) if part)


def unset_exit_ends(registration: Registration) -> bool:
    """Whether an exit that was never set ends an attempt of this course: the leniency `unset-exit` is off."""
    return not parts().leniencies.is_on("unset-exit", registration.course.course_id)


def _from_manifest(item: Item) -> dict[str, Any]:
    values = {
        "masteryScore": item.mastery_score,
        "scaledPassingScore": item.scaled_passing_score,
        "completionThreshold": item.completion_threshold,
        "maxTimeAllowedMs": item.max_time_allowed_ms,
        "timeLimitAction": item.time_limit_action.value if item.time_limit_action else None,
        "dataFromLms": item.data_from_lms,
        "objectives": [objective.identifier for objective in item.objectives] or None,
    }
    return {name: value for name, value in values.items() if value is not None}


def _shared_data(registration: Registration, instance: int, package: Package, item: Item) -> dict[str, Any]:
    stores = shared_data.of_activity(registration, instance, package, item)
    return {"sharedData": stores} if stores else {}


def _leniencies(registration: Registration) -> dict[str, Any]:
    changes = parts().leniencies.of_course(registration.course.course_id)
    return {"leniencies": changes} if changes else {}


def _speaks_xapi(package: Package) -> bool:
    """Alone, or beside SCORM."""
    return package.dual or package.kind in (PackageKind.XAPI, PackageKind.CMI5)


def content_address(version: CourseVersion, package: Package, item: Item) -> str:
    """Where the content lies: below the play origin, or absolute."""
    href = item.launch_href or ""
    return href if item.is_external else f"/content/{version.key}/{quote(package.root)}{href}"


def _address(registration: Registration, package: Package, item: Item, start: ActivityStart | None) -> str:
    """Where the content's frame goes, launch parameters included."""
    href = content_address(registration.version, package, item)
    if start is None:
        return href
    if package.kind is PackageKind.CMI5:
        return with_query(href, _cmi5_parameters(registration, start, item))
    return with_query(href, _xapi_parameters(registration, start, package, item))


def _xapi_parameters(registration: Registration, start: ActivityStart, package: Package, item: Item) -> dict[str, str]:
    """The Tin Can launch method: endpoint, auth, actor, registration, activity_id, and what some tools expect beside them."""
    credential = xapi_launches.sign_credential(registration.key, start.launch_number, start.key)
    return {
        "endpoint": _endpoint(registration),
        "auth": f"Basic {credential}",
        "actor": json.dumps(xapi_launches.actor(registration), ensure_ascii=False),
        "registration": xapi_launches.registration_id(registration.key, start.instance),
        "activity_id": item.activity_id or (package.activity_id if package.dual else None) or item.identifier,
        "activity_platform": "SeatTime",
        **_content_access(registration, package),
    }


def _content_access(registration: Registration, package: Package) -> dict[str, str]:
    """Where an application that was handed this launch, wherever it runs, finds the package's files (web/content_access.py). The token is
    the part of the address that nobody guesses."""
    address = f"{parts().settings.play_origin_of(registration.course.slug)}/content/{registration.version.key}/{quote(package.root)}"
    return {"content_endpoint": address, "content_token": registration.version.key}


def _cmi5_parameters(registration: Registration, start: ActivityStart, item: Item) -> dict[str, str]:
    """cmi5 8.1, with a fetch address that is good once. What the AU reads then is made as it is launched (cmi5_sessions.py)."""
    return {
        "endpoint": _endpoint(registration),
        "fetch": f"{_endpoint(registration)}fetch/{xapi_launches.make_fetch(start)}",
        "actor": json.dumps(xapi_launches.actor(registration), ensure_ascii=False),
        "registration": xapi_launches.registration_id(registration.key, start.instance),
        "activityId": made_id(registration.course_key, "au", item.identifier),
    }


def _endpoint(registration: Registration) -> str:
    return parts().settings.play_origin_of(registration.course.slug) + "/xapi/"
