"""The Statement resource (xAPI 1.0.3 Communication 2.1)."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from flask import Response, g

from seattime.domain.xapi import formats, texts
from seattime.domain.xapi.queries import CURSOR, PARAMETERS, read_query
from seattime.domain.xapi.refusing import refuse, shown
from seattime.services import launch_saving, launch_statements, lrs, lrs_saving, lrs_statements
from seattime.services.lrs_documents import is_json
from seattime.services.lrs_multipart import write_multipart
from seattime.services.lrs_statements import Attached
from seattime.services.xapi_launches import Credential
from seattime.web.xapi.answers import json_answer, no_content, with_modified
from seattime.web.xapi.calls import Call
from seattime.web.xapi.multipart import read_multipart


def get(call: Call) -> Response:
    call.only(PARAMETERS)
    asked = read_query(call.parameters)
    # before anything is read: what comes to be stored while reading is beyond it
    g.lrs_through = lrs.consistent_through()
    languages = formats.read_languages(call.headers.get("Accept-Language"))
    if isinstance(call.sender, Credential):
        page = launch_statements.find(call.sender, asked, languages)
    else:
        page = lrs_statements.get_statements(asked, languages)
    if asked.statement_id or asked.voided_id:
        text = page.raws[0]
    else:
        more = "" if page.cursor is None else "/xapi/statements?" + urlencode({**call.parameters, CURSOR: page.cursor})
        text = f'{{"statements":[{",".join(page.raws)}],"more":{json.dumps(more)}}}'
    if not asked.attachments:
        return json_answer(text, page.newest_ms)
    content_type, body = write_multipart(text.encode(), page.attachments)
    return with_modified(Response(body, content_type=content_type), page.newest_ms)


def put(call: Call) -> Response:
    call.only(frozenset({"statementId"}))
    statement_id = texts.need_uuid(call.need("statementId"), "statementId")
    body, attached = _read(call)
    if isinstance(call.sender, Credential):
        launch_saving.save(launch_statements.read(call.sender, body, call.version, tuple(attached), statement_id))
        return no_content()
    sent = lrs_statements.read_statements(body, call.version, attached, statement_id)
    lrs_saving.save_statements(call.author, sent, call.version, attached)
    return no_content()


def post(call: Call) -> Response:
    call.only(frozenset())
    body, attached = _read(call)
    if isinstance(call.sender, Credential):
        taken = launch_saving.save(launch_statements.read(call.sender, body, call.version, tuple(attached)))
        return json_answer(json.dumps(taken))
    sent = lrs_statements.read_statements(body, call.version, attached)
    return json_answer(json.dumps(lrs_saving.save_statements(call.author, sent, call.version, attached)))


def _read(call: Call) -> tuple[bytes, list[Attached]]:
    if is_json(call.content_type):
        return call.body, []
    if call.content_type.partition(";")[0].strip().lower() == "multipart/mixed":
        return read_multipart(call.content_type, call.body)
    if isinstance(call.sender, Credential):
        # a beacon, for one, names none or another
        return call.body, []
    refuse("Content-Type", f"must be application/json or multipart/mixed, not {shown(call.content_type)}")
