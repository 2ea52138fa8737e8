"""The document resources (xAPI 1.0.3 Communication 2.2, 2.3, 2.6, 2.7)."""

from __future__ import annotations

import json

from flask import Response

from seattime.domain.xapi import texts
from seattime.domain.xapi.queries import read_agent
from seattime.domain.xapi.versions import Version
from seattime.services import cmi5_documents, launch_documents, lrs_documents
from seattime.services.cmi5_documents import Wish
from seattime.services.lrs_documents import Must, Preconditions
from seattime.services.xapi_launches import Credential
from seattime.storage.lrs_documents import Name, Scope
from seattime.web.xapi.answers import json_answer, with_modified
from seattime.web.xapi.calls import Call

STATE, ACTIVITY, AGENT = "state", "activity", "agent"
_WHOSE = {STATE: ("activityId", "agent"), ACTIVITY: ("activityId",), AGENT: ("agent",)}


def get(resource: str, call: Call) -> Response:
    id_name = _id_name(resource)
    many = id_name not in call.parameters
    scope = _scope(resource, call, {id_name} | ({"since"} if many else set()))
    registration = _registration(resource, call)
    if many:
        since = texts.in_ms(texts.read_time(call.parameters["since"], "since")) if "since" in call.parameters else None
        ids, newest_ms = lrs_documents.list_documents(scope, registration, since)
        return json_answer(json.dumps(ids), newest_ms)
    found = lrs_documents.get_document(_name(resource, scope, call, registration))
    response = with_modified(Response(found.body, content_type=found.content_type), found.updated_ms)
    response.headers["ETag"] = f'"{found.etag}"'
    return response


def put(resource: str, call: Call) -> Response:
    name, content_type = _of_writing(resource, call)
    lrs_documents.put_document(name, content_type, call.body, _preconditions(call, _must(resource, call)))
    return Response(status=204)


def post(resource: str, call: Call) -> Response:
    name, content_type = _of_writing(resource, call)
    lrs_documents.post_document(name, content_type, call.body, _preconditions(call))
    return Response(status=204)


def delete(resource: str, call: Call) -> Response:
    """One document; of states also all of an activity and an agent."""
    id_name = _id_name(resource)
    scope = _scope(resource, call, {id_name})
    registration = _registration(resource, call)
    if resource == STATE and id_name not in call.parameters:
        lrs_documents.delete_documents(scope, registration)
    else:
        lrs_documents.delete_document(_name(resource, scope, call, registration), _preconditions(call))
    return Response(status=204)


def _of_writing(resource: str, call: Call) -> tuple[Name, str]:
    scope = _scope(resource, call, {_id_name(resource)})
    name = _name(resource, scope, call, _registration(resource, call))
    content_type = call.content_type or "application/octet-stream"
    return name, texts.need_media_type(content_type[:200], "Content-Type")


def _id_name(resource: str) -> str:
    return "stateId" if resource == STATE else "profileId"


def _scope(resource: str, call: Call, others: set[str]) -> Scope:
    if isinstance(call.sender, Credential):
        cmi5_documents.admit(call.sender, _wish(resource, call))
        return launch_documents.scope(call.sender, resource, call.parameters.get("activityId", ""))
    whose = _WHOSE[resource]
    call.only(frozenset({*whose, *others, *({"registration"} if resource == STATE else ())}))
    return Scope(
        resource,
        activity_id=texts.need_iri(call.need("activityId"), "activityId") if "activityId" in whose else "",
        agent=read_agent(call.need("agent"), groups=True) if "agent" in whose else "",
    )


def _wish(resource: str, call: Call) -> Wish:
    writes = call.method in ("PUT", "POST")
    return Wish(
        resource,
        reads=call.reads,
        document_id=call.parameters.get(_id_name(resource)),
        agent=call.parameters.get("agent"),
        content_type=call.content_type if writes else "",
        body=call.body if writes else b"",
    )


def _registration(resource: str, call: Call) -> str | None:
    if isinstance(call.sender, Credential):
        return launch_documents.registration(call.sender, resource)
    return texts.need_uuid(call.parameters["registration"], "registration") if "registration" in call.parameters else None


def _name(resource: str, scope: Scope, call: Call, registration: str | None) -> Name:
    id_name = _id_name(resource)
    return Name(scope, lrs_documents.check_id(call.need(id_name), id_name), registration or "")


def _must(resource: str, call: Call) -> Must:
    """1.0.3 (Communication 3.1) asks for it in profiles, 2.0 (4.1.4) wherever a document would be replaced. Published content does
    not know of it."""
    if isinstance(call.sender, Credential):
        return Must.NEVER
    if call.version is Version.V2:
        return Must.TO_REPLACE
    return Must.NEVER if resource == STATE else Must.ALWAYS


def _preconditions(call: Call, must: Must = Must.NEVER) -> Preconditions:
    by_the_letter = not isinstance(call.sender, Credential)
    return Preconditions(call.headers.get("If-Match"), call.headers.get("If-None-Match"), must, by_the_letter)
