"""What a registration's content said: its statements as sentences, each with its JSON, attachments, and all of them as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from flask import Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from seattime.errors import BadInput, NotFound
from seattime.services import by_key, reports, statement_export, statement_view
from seattime.services.identifiers import is_storable
from seattime.services.statement_view import Filter
from seattime.storage.lrs_listing import Scope
from seattime.web.pages.blueprints import make_blueprint

blueprint = make_blueprint("statements")

CHOICES: Final = ("verb", "activity", "text", "since", "until")
MOST_SHOWN_IN_LIST: Final = 4000
MOST_SHOWN_ALONE: Final = 1_000_000
"""Characters of JSON on a page; what is longer is a file."""
TYPES: Final = {"jsonl": "application/jsonl; charset=utf-8", "csv": "text/csv; charset=utf-8"}


@blueprint.get("/registrations/<key>/statements")
def index(key: str) -> ResponseReturnValue:
    """Newest first, by choice of verb, activity, words and period, in pages."""
    registration = by_key.find_registration(key)
    query = {name: value for name in CHOICES if (value := request.args.get(name, "").strip())}
    wanted = _filter(query)
    verbs, activities = statement_view.choices(registration, wanted)
    before = request.args.get("before")
    return render_template(
        "pages/statements.html",
        registration=registration,
        learner_name=reports.learner_name(registration.learner),
        query=query,
        page=statement_view.page(registration, wanted, before),
        verbs=verbs,
        activities=activities,
        before=before,
        most_shown=MOST_SHOWN_IN_LIST,
    )


@blueprint.get("/registrations/<key>/statements/<uuid:statement_id>")
def show(key: str, statement_id: object) -> ResponseReturnValue:
    """One statement with all that it says."""
    registration = by_key.find_registration(key)
    statement, attachments = statement_view.one(registration, str(statement_id))
    return render_template(
        "pages/statement.html",
        registration=registration,
        learner_name=reports.learner_name(registration.learner),
        each=statement,
        attachments=attachments,
        too_long=len(statement.raw or "") > MOST_SHOWN_ALONE,
    )


@blueprint.get("/registrations/<key>/statements/<uuid:statement_id>.json")
def download(key: str, statement_id: object) -> ResponseReturnValue:
    """One statement, letter by letter."""
    statement, _ = statement_view.one(by_key.find_registration(key), str(statement_id))
    response = Response((statement.raw or "").encode("utf-8", "surrogatepass"), content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="statement-{statement.id}.json"'
    return response


@blueprint.get("/registrations/<key>/statements/<uuid:statement_id>/attachments/<sha2>")
def attachment(key: str, statement_id: object, sha2: str) -> ResponseReturnValue:
    """The content of an attachment. It comes from whoever sent it: a browser saves it and never shows it."""
    body = statement_view.attachment(by_key.find_registration(key), str(statement_id), sha2)
    response = Response(body, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="attachment-{sha2[:12]}.bin"'
    return response


@blueprint.get("/registrations/<key>/statements.<form>")
def export(key: str, form: str) -> ResponseReturnValue:
    """All that are in the record store, as a file that is written while it is read."""
    registration = by_key.find_registration(key)
    if form not in statement_export.FORMATS:
        raise NotFound(f"Statements can be had as {' or '.join(statement_export.FORMATS)}, not as {form}.")
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in registration.registration_id)[:120]
    parts: Iterator[str] = statement_export.parts_of(Scope(registration_key=registration.key), form)
    response = Response(stream_with_context(parts), content_type=TYPES[form])
    response.headers["Content-Disposition"] = f'attachment; filename="statements-{name}.{form}"'
    return response


def _filter(query: dict[str, str]) -> Filter:
    for name, value in query.items():
        if not is_storable(value):
            raise BadInput(f"{name} holds a character that cannot be looked for.", field=name)
    return Filter(
        verb=query.get("verb", ""),
        activity=query.get("activity", ""),
        text=query.get("text", ""),
        since=_day(query, "since"),
        until=_day(query, "until"),
    )


def _day(query: dict[str, str], name: str) -> date | None:
    if name not in query:
        return None
    try:
        return date.fromisoformat(query[name])
    except ValueError:
        raise BadInput(f"{query[name]!r} is not a day. Write it like 2026-11-23.", field=name) from None
