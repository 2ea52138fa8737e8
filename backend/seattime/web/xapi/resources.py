"""The resources of the record store, for whoever asks: applications by the public side, content by its play origin (play_xapi.py)."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Final

from flask import Response, g, request
from flask.typing import ResponseReturnValue

from seattime.domain.xapi import json_text, texts, versions
from seattime.domain.xapi.queries import read_agent
from seattime.domain.xapi.versions import HEADER, Version
from seattime.services import lrs, lrs_statements
from seattime.web import errors_api, outage
from seattime.web.xapi import answers, documents, statements
from seattime.web.xapi.calls import Call

Handler = Callable[[Call], Response]


def answer(resource: str, read_call: Callable[[], Call]) -> ResponseReturnValue:
    """Every request, whatever its method: the alternate syntax names another."""
    if resource not in RESOURCES and resource != "about":
        return errors_api.answer(404, f"There is no resource /xapi/{resource[:60]}; docs/xapi.md names all.")
    if request.method == "OPTIONS":
        return answers.answer_preflight(Response(status=204), "GET, HEAD, PUT, POST, DELETE")
    if resource == "about":
        return _about()
    if resource == "statements":
        g.lrs_statements = True
    call = read_call()
    g.lrs_known = True
    if (failed := request.environ.get(answers.FAILED)) is not None:
        raise failed
    if resource != "statements" or call.reads:
        outage.refuse_now()
    handler = RESOURCES[resource].get("GET" if call.reads else call.method)
    if handler is None:
        allowed = ", ".join(sorted(RESOURCES[resource]))
        response = errors_api.answer(405, f"/xapi/{resource} takes {allowed}, not {call.method}.")
        response.headers["Allow"] = allowed
        return response
    return handler(call)


def finish(response: Response, version: Version | str) -> Response:
    """The headers of every answer."""
    response.headers[HEADER] = version
    if "lrs_statements" in g and "lrs_known" in g:
        _say_through(response)
    for name, value in (*answers.ALWAYS, *answers.ANY_ORIGIN):
        response.headers[name] = value
    return response


def _get_activity(call: Call) -> Response:
    """Communication 2.5."""
    call.only(frozenset({"activityId"}))
    return answers.json_answer(lrs_statements.get_activity(call.need("activityId")))


def _get_agent(call: Call) -> Response:
    """Communication 2.4."""
    call.only(frozenset({"agent"}))
    text = call.need("agent")
    identifier = read_agent(text)
    return answers.json_answer(json.dumps(lrs_statements.get_person(json_text.parse(text, "agent"), identifier)))


def _documents(resource: str) -> dict[str, Handler]:
    return {
        "GET": partial(documents.get, resource),
        "PUT": partial(documents.put, resource),
        "POST": partial(documents.post, resource),
        "DELETE": partial(documents.delete, resource),
    }


RESOURCES: Final[dict[str, dict[str, Handler]]] = {
    "statements": {"GET": statements.get, "PUT": statements.put, "POST": statements.post},
    "activities/state": _documents(documents.STATE),
    "activities/profile": _documents(documents.ACTIVITY),
    "agents/profile": _documents(documents.AGENT),
    "activities": {"GET": _get_activity},
    "agents": {"GET": _get_agent},
}


def _about() -> Response:
    """Communication 2.8: for everybody, without version or credentials."""
    if request.method not in ("GET", "HEAD"):
        return errors_api.answer(405, "/xapi/about takes GET.")
    return answers.json_answer(json.dumps({"version": list(versions.ALL)}))


def _say_through(response: Response) -> None:
    """On every answer of the Statement resource (Communication 2.1.3); while the database is away there is nothing to say."""
    through = g.get("lrs_through")
    if through is None:
        through = lrs.lately_consistent_through()
    if through is not None:
        response.headers[answers.THROUGH] = texts.write_time(through)
