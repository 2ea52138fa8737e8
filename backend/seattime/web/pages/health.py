"""Health for people: whether learners' time is safe now, since when something is wrong, and what waits for a person's decision.

Shown also while the database is away, to whoever has a signed cookie of an earlier sign-in (security.py): that is when one
needs it. What changes something asks for a sign-in that the database has confirmed.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from seattime.errors import NotFound, Unavailable
from seattime.services import by_key, forwarding, forwarding_health, health, recovery, reports
from seattime.services.forwarding_health import ForwardingState
from seattime.services.health import Health, Status
from seattime.services.parts import parts
from seattime.storage.probe import DatabaseState
from seattime.storage.spool import SetAside, SpoolFailed
from seattime.web.pages import security
from seattime.web.pages.blueprints import make_blueprint

log = logging.getLogger(__name__)
blueprint = make_blueprint("health_page")

MOST_SHOWN: Final = 100
KINDS: Final = {
    "held": ("Its token could not be verified", "Try it again if you know the registration: you vouch for it then."),
    "poison": ("The ledger does not take it", "Try it again once the cause is gone."),
}
"""What is said of a kind of record on the shelf, and what one can do."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The page's first words. `tone`: good, check or wrong."""

    tone: str
    title: str
    words: str
    advice: str = ""


@blueprint.get("/health")
def show() -> ResponseReturnValue:
    """Everything about it."""
    now = health.look()
    shelf, unread = _shelf(now)
    away = now.database is DatabaseState.SILENT
    forwarded = forwarding_health.look()
    refused = [] if away else forwarding_health.set_aside()
    return render_template(
        "pages/health.html",
        now=now,
        verdict=verdict(now, forwarded),
        since_ms=since_ms(now, shelf),
        shelf=shelf[:MOST_SHOWN],
        unread=unread,
        more=max(0, (now.spool.set_aside or 0) - MOST_SHOWN),
        names={} if away else _names(shelf[:MOST_SHOWN]),
        kinds=KINDS,
        reason_of=reason_of,
        may_change=not away,
        forwarding=forwarded,
        refused=refused,
        owners={} if away else forwarding_health.owners_of(refused),
    )


@blueprint.get("/health/set-aside/<int:number>.json")
def download(number: int) -> ResponseReturnValue:
    """The record as it was kept."""
    record = _find(number)
    response = Response(record.body, content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="record-{record.session}.json"'
    return response


@blueprint.post("/health/set-aside/<int:number>/again")
def again(number: int) -> ResponseReturnValue:
    """It goes into the spool, from which it is applied within seconds."""
    _change("put back", recovery.put_back, number)
    flash("It is tried again now. If the ledger still does not take it, it comes back here.")
    return redirect(url_for("health_page.show", _anchor="shelf"))


@blueprint.post("/health/set-aside/<int:number>/discard")
def discard(number: int) -> ResponseReturnValue:
    """It is deleted for good."""
    _change("discarded", parts().spool.discard, number)
    flash("The record is deleted.")
    return redirect(url_for("health_page.show", _anchor="shelf"))


@blueprint.post("/health/forwarding/again")
def forward_again() -> ResponseReturnValue:
    """What another record store refused is sent once more within seconds."""
    _need_confirmed_sign_in()
    forwarding.ask_again()
    flash("They are sent again now. What is still refused comes back here.")
    return redirect(url_for("health_page.show", _anchor="forwarding"))


def verdict(now: Health, forwarded: ForwardingState | None) -> Verdict:
    """Whether time is safe, in plain words. That forwarding stands still is said where nothing worse is."""
    if now.status is Status.HEALTHY:
        if forwarded is not None and (not forwarded.works or forwarded.set_aside):
            return Verdict(
                "check",
                "Time is safe, but not every statement is forwarded",
                "What browsers deliver is in the database as soon as it comes. What the other record store does not take stays here.",
                "See below what it says.",
            )
        return Verdict("good", "All is well", "What browsers deliver is in the database as soon as it comes. Nothing waits.")
    if now.status is Status.UNHEALTHY:
        return Verdict(
            "wrong",
            "The server cannot keep time at the moment",
            "Neither the database nor the server’s own disk takes what browsers deliver. The browsers keep it and send it again.",
            "Bring the database back, or make room on the disk. Until then no learner should clear a browser’s data.",
        )
    if now.database is not DatabaseState.WRITABLE:
        return Verdict(
            "check",
            "Time is safe, but the database is away",
            "What browsers deliver is kept on this server’s disk. It goes into the database by itself when that is back.",
            "Bring the database back; nothing else is left to do.",
        )
    if now.spool.broken is not None:
        return Verdict(
            "check",
            "Time is safe, but there is no safety net",
            "The database takes what browsers deliver. If it fails now, the server has nowhere else to keep it.",
            "See that the disk of the spool works and has room.",
        )
    if now.spool.count:
        return Verdict("check", "Time is safe, and catching up", "What this server kept while the database was away is on its way into it.")
    return Verdict(
        "check", "Time is safe, and some of it needs you", "Records that the ledger does not take by itself wait for a decision below."
    )


def since_ms(now: Health, shelf: list[SetAside]) -> int | None:
    """When the oldest thing that waits came; None where nothing has had to wait."""
    moments = [each.since_ms for each in shelf]
    if now.spool.oldest_ms is not None:
        moments.append(now.spool.oldest_ms)
    return min(moments, default=None)


def reason_of(record: SetAside) -> tuple[str, str]:
    """The fault's name, where the reason begins with one, and the reason in words."""
    name, colon, words = record.reason.partition(": ")
    return (name, words) if colon and re.fullmatch(r"\w+", name) else ("", record.reason)


def _shelf(now: Health) -> tuple[list[SetAside], str | None]:
    """What was set aside, and why that cannot be read where it cannot. A disk that does not answer is not asked."""
    if not now.spool.set_aside:
        return [], None
    try:
        return parts().spool.set_aside(), None
    except SpoolFailed as error:
        return [], str(error)


def _names(shelf: list[SetAside]) -> dict[str, str]:
    """Who and what, by registration key, where the registration is there."""
    found = by_key.find_registrations(each.registration_key for each in shelf)
    return {key: f"{reports.learner_name(row.learner)}, {row.course.title}" for key, row in found.items()}


def _find(number: int) -> SetAside:
    _need_confirmed_sign_in()
    try:
        found = next((each for each in parts().spool.set_aside() if each.id == number), None)
    except SpoolFailed as error:
        raise Unavailable(f"The records cannot be read now. {error}") from error
    if found is None:
        raise NotFound("There is no such record any more: it was tried again or deleted.")
    return found


def _change(what: str, change: Callable[[int], bool], number: int) -> None:
    _need_confirmed_sign_in()
    try:
        done = change(number)
    except SpoolFailed as error:
        raise Unavailable(f"That cannot be done now. {error}") from error
    if done:
        log.warning("record %s by %s", what, security.author(), extra={"event": what.replace(" ", "_"), "record": number})
    else:
        raise NotFound("There is no such record any more: it was tried again or deleted.")


def _need_confirmed_sign_in() -> None:
    if parts().probe.answer() is DatabaseState.SILENT:
        raise Unavailable("Wait for the database: until it is back nobody's sign-in can be confirmed.")
