"""Forwarding over real connections: what is sent and heard, our own record store as the target, and a process that is killed."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug import Request, Response
from werkzeug.serving import make_server

from seattime.app import create_app
from seattime.config import BadSetting, Settings
from seattime.domain.xapi.queries import read_query
from seattime.services import forwarding, lrs_statements
from seattime.services.forwarding import Forwarded
from seattime.services.forwarding_http import HttpTarget, Unreachable
from seattime.services.lrs_statements import Attached
from seattime.storage import forwarding as rows
from seattime.storage.models import db
from tests import builders
from tests.conftest import UNHURRIED, SetClock
from tests.said import say, statement

HEADERS = {"X-Experience-API-Version": "1.0.3"}


@contextmanager
def serving(answer: Callable[[Request], Response]) -> Iterator[str]:
    """The address of a server that answers so."""

    @Request.application
    def application(request: Request) -> Response:
        return answer(request)

    with serving_app(application) as address:
        yield address


@contextmanager
def serving_app(application: object) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, application, threaded=True)  # type: ignore[arg-type]  # plain WSGI
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def target(address: str) -> HttpTarget:
    return HttpTarget(f"{address}/xapi", "me", "p:ss wörd", timeout_s=20)


def test_what_is_sent_and_what_is_heard() -> None:
    seen: list[tuple[object, ...]] = []

    def answer(request: Request) -> Response:
        seen.append((request.method, request.path, request.authorization, request.headers["X-Experience-API-Version"], request.data))
        return Response(b"[]", 200, {"X-Custom": "x"})

    with serving(answer) as address:
        heard = target(address).request("POST", "statements", {**HEADERS, "Content-Type": "application/json"}, b"[1]")

    [(method, path, authorization, version, data)] = seen
    assert (method, path, version, data) == ("POST", "/xapi/statements", "1.0.3", b"[1]")
    assert (authorization.username, authorization.password) == ("me", "p:ss wörd")  # type: ignore[attr-defined]  # there is one
    assert (heard.status, heard.body, heard.headers["x-custom"]) == (200, b"[]", "x")


@pytest.mark.parametrize("status", [204, 301, 302, 307, 400, 401, 409, 500, 503])
def test_every_status_is_an_answer_and_no_redirect_is_followed(status: int) -> None:
    seen: list[str] = []

    def answer(request: Request) -> Response:
        seen.append(request.path)
        return Response(b"", status, {"Location": "/elsewhere", "Retry-After": "7"})

    with serving(answer) as address:
        heard = target(address).request("POST", "statements", HEADERS, b"[]")

    assert (heard.status, heard.headers["retry-after"], seen) == (status, "7", ["/xapi/statements"])


@pytest.mark.parametrize("status", [b"200 OK", b"503 Busy"])
@pytest.mark.parametrize("way", ["ended", "reset"])
def test_no_answer_is_told_from_a_bad_one(status: bytes, way: str) -> None:
    """Whether the connection ends in order in the middle of the answer, or breaks."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def hang_up() -> None:
            connection, _ = listener.accept()
            with connection:
                heard = b""
                while not heard.endswith(b"[]"):
                    heard += connection.recv(1000 if way == "ended" else 10)
                    if way == "reset":
                        break  # what is not read when it is closed makes it a reset
                connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 100\r\n\r\nhalf")

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(Unreachable):
            target(f"http://127.0.0.1:{port}").request("POST", "statements", HEADERS, b"[]")
        thread.join()
    with pytest.raises(Unreachable, match="cannot be reached"):
        target(f"http://127.0.0.1:{port}").request("GET", "about", HEADERS)


@pytest.fixture
def other(tmp_path: Path, sqlite_template: Path, clock: SetClock) -> Iterator[Flask]:
    """Another installation, on a database of its own."""
    copy = tmp_path / "other.sqlite3"
    copy.write_bytes(sqlite_template.read_bytes())
    settings = Settings(
        data_dir=tmp_path / "other", database_url=f"sqlite:///{copy}", secret_key="k", api_keys="us:pass", spool_any_folder=True
    )
    application = create_app(settings.checked(), clock=clock, wall=clock.seconds, pace=UNHURRIED)
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


def test_our_own_record_store_takes_everything(app: Flask, other: Flask, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = builders.registration()
    body = b"\x89PNG"
    sha2 = hashlib.sha256(body).hexdigest()
    described = {"usageType": "http://a/u", "display": {"en": "P"}, "contentType": "image/png", "length": 4, "sha2": sha2}
    [first] = say(ana, statement(result={"score": {"raw": 1.0}, "duration": "PT1.50S"}))
    say(ana, statement("completed", attachments=[described]), attached=(Attached(sha2, "image/png", body),))
    say(None, statement("voided") | {"object": {"objectType": "StatementRef", "id": first}})
    say(None, statement(version="2.0.0", context={"contextAgents": [{"objectType": "contextAgent", "agent": {"mbox": "mailto:a@b.c"}}]}))
    clock.advance(1)
    monkeypatch.setattr(forwarding, "endpoint", lambda: "http://other.example.org/xapi")

    with serving_app(_as_public(other)) as address:
        us = HttpTarget(f"{address}/xapi", "us", "pass")
        assert forwarding.run(us) == Forwarded(sent=4)
        _begin_anew()
        assert forwarding.run(us) == Forwarded(sent=4)

    with other.app_context():
        page = lrs_statements.get_statements(read_query({"attachments": "true", "ascending": "true"}), [])
        voided = lrs_statements.get_statements(read_query({"voidedStatementId": first}), [])
        db.session.rollback()
    assert [json.loads(raw)["verb"]["id"].rsplit("/")[-1] for raw in page.raws] == ["completed", "voided", "experienced"]
    assert [each.body for each in page.attachments] == [body]
    assert '"raw": 1.0' in voided.raws[0]
    assert '"PT1.50S"' in voided.raws[0]


def _begin_anew() -> None:
    db.session.execute(text("DELETE FROM forwarding"))
    db.session.commit()


def _as_public(app: Flask) -> Callable[..., object]:
    """Requests as if they came by the public address."""

    def application(environ: dict[str, object], start_response: object) -> object:
        return app.wsgi_app({**environ, "HTTP_HOST": "localhost:8000"}, start_response)  # type: ignore[arg-type]  # plain WSGI

    return application


@pytest.mark.parametrize("answered", [False, True])
def test_a_process_that_is_killed_while_it_sends(settings: Settings, app: Flask, clock: SetClock, answered: bool) -> None:
    """By SIGKILL, before the target has stored anything or after it: the next one goes on, its locks are gone with it."""
    # long ago by the real clock, which is the processes' own
    clock.now = 1_600_000_000_000
    made = say(None, *(statement() for _ in range(5)))
    db.session.remove()
    has: list[str] = []
    arrived, may_answer = threading.Event(), threading.Event()

    def answer(request: Request) -> Response:
        sent = [each["id"] for each in json.loads(request.data)]
        if not arrived.is_set():
            if answered:
                has.extend(sent)
            arrived.set()
            may_answer.wait(60)
            return Response(status=500)
        has.extend(each for each in sent if each not in has)
        return Response(json.dumps(sent), 200)

    with serving(answer) as address:
        environment = _environment(settings, address)
        command = [sys.executable, "-m", "seattime", "forward"]
        first = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            assert arrived.wait(60), first.communicate(timeout=5)
        finally:
            os.kill(first.pid, signal.SIGKILL)
            first.communicate(timeout=60)
        may_answer.set()
        _wait_for_the_lock(settings)
        # the next worker, in this process: reading the program anew takes seconds and adds nothing
        clock.advance(3_600_000)
        again = replace(settings, forward_xapi_endpoint=f"{address}/xapi", forward_xapi_user="us", forward_xapi_password="pass")
        with create_app(again, clock=clock).app_context():
            assert forwarding.run() == Forwarded(sent=5)
            db.session.remove()
            db.engine.dispose()

    assert has == made


def _environment(settings: Settings, address: str) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("SEATTIME_") and not name.lower().endswith("_proxy")},
        "SEATTIME_DATABASE_URL": settings.database_url,
        "SEATTIME_DATA_DIR": str(settings.data_dir),
        "SEATTIME_SPOOL_ANY_FOLDER": "1",
        "SEATTIME_FORWARD_XAPI_ENDPOINT": f"{address}/xapi",
        "SEATTIME_FORWARD_XAPI_USER": "us",
        "SEATTIME_FORWARD_XAPI_PASSWORD": "pass",
    }


def _wait_for_the_lock(settings: Settings) -> None:
    """PostgreSQL needs a moment to notice that the holder is gone; whoever asks for the lock waits so long."""
    if settings.database_url.startswith("sqlite"):
        return
    with psycopg.connect(settings.sqlalchemy_url.replace("+psycopg", "")) as connection:
        connection.execute(f"SELECT pg_advisory_xact_lock({rows.LOCK})")


def test_a_setting_without_a_password_is_refused() -> None:
    good = {"forward_xapi_endpoint": "https://lrs.example.org/xapi/", "forward_xapi_user": "us", "forward_xapi_password": "pass"}
    assert Settings(**good).checked().forward_xapi_endpoint == "https://lrs.example.org/xapi"
    assert "pass" not in repr(replace(Settings(**good), forward_xapi_password="pass-word")).replace("forward_xapi_password", "")
    for wrong in (
        {"forward_xapi_password": ""},
        {"forward_xapi_user": ""},
        {"forward_xapi_endpoint": "lrs.example.org"},
        {"forward_xapi_endpoint": "ftp://lrs.example.org"},
        {"forward_xapi_endpoint": "https://us:pass@lrs.example.org/xapi"},
        {"forward_xapi_endpoint": "https://lrs.example.org/xapi?x=1"},
        {"forward_xapi_endpoint": "https://lrs.example.org/xapi/statements"},
    ):
        with pytest.raises(BadSetting, match="SEATTIME_FORWARD_XAPI"):
            Settings(**{**good, **wrong}).checked()
