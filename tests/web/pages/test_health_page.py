"""The page that says whether time is safe: in which words, to whom, and what one can do there."""

from __future__ import annotations

import json
import logging
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace

import pytest
from flask import Flask

from seattime.domain.records import parse_record
from seattime.domain.spooled import spooled
from seattime.domain.spooled_statements import SpooledStatements
from seattime.services.parts import EXTENSION, parts
from seattime.storage.models import db
from seattime.storage.probe import DatabaseState, Probe
from seattime.storage.spool_state import SpoolState
from tests import builders
from tests.web.pages.conftest import PUBLIC, Browser

EMPTY = SpoolState(count=0, size_bytes=0, set_aside=0)
BROKEN = SpoolState(broken="The spool cannot be used.", detail="disk I/O error")


@contextmanager
def found(app: Flask, database: DatabaseState, spool: SpoolState | None = None) -> Iterator[None]:
    """As if the probes had found this. Without a `spool` the real one is asked."""
    before = parts()
    probe = before.spool_probe if spool is None else Probe(lambda: spool, spool)
    app.extensions[EXTENSION] = replace(before, probe=Probe(lambda: database, database), spool_probe=probe)
    yield
    app.extensions[EXTENSION] = before


@pytest.fixture
def aside(sqlite_app: Flask) -> int:
    """The number of a record that was set aside, of Ana's registration."""
    claims = builders.launch(builders.registration())
    raw = builders.record(str(uuid.uuid4()), time=builders.time_register())
    launch = {name: value for name, value in asdict(claims).items() if name != "mode"}
    parts().spool.keep_aside(spooled(launch, parse_record(raw, "record")), "poison", "too_large: beyond a limit of the database")
    db.session.rollback()
    return parts().spool.set_aside()[0].id


def test_statements_that_were_set_aside_are_named_as_what_they_are(admin: Browser, sqlite_app: Flask) -> None:
    kept = SpooledStatements("lrs", {}, "", "1.0.3", 1, ((str(uuid.uuid4()), "{}"),))
    parts().spool.keep_aside(kept, "poison", "conflict: Another statement was stored.")
    page = admin.text("/health")

    assert "Statements of an application" in page
    assert f'<span class="mono">{kept.name}</span>' in page
    assert "session <span" not in page
    assert "Another statement was stored." in page


def test_all_is_well_is_said_in_so_many_words(admin: Browser) -> None:
    page = admin.text("/health")

    assert "All is well" in page
    assert "Nothing is set aside" in page
    for path in ("/health/live", "/health/ready", "/health/time-tracking", "/metrics"):
        assert f'href="{path}"' in page


@pytest.mark.parametrize(
    ("database", "spool", "words"),
    [
        (DatabaseState.SILENT, EMPTY, "Time is safe, but the database is away"),
        (DatabaseState.READ_ONLY, EMPTY, "Time is safe, but the database is away"),
        (DatabaseState.WRITABLE, BROKEN, "Time is safe, but there is no safety net"),
        (DatabaseState.WRITABLE, replace(EMPTY, count=2, size_bytes=9, oldest_ms=1_795_000_000_000), "Time is safe, and catching up"),
        (DatabaseState.SILENT, BROKEN, "The server cannot keep time at the moment"),
    ],
)
def test_what_is_wrong_is_said_first(
    admin: Browser, sqlite_app: Flask, database: DatabaseState, spool: SpoolState, words: str
) -> None:
    with found(sqlite_app, database, spool):
        page = admin.text("/health")

    assert words in re.search(r'<section class="card verdict.*?</section>', page, re.DOTALL)[0]  # type: ignore[index]
    assert "All is well" not in page
    assert spool.detail in page


def test_since_when_is_said(admin: Browser, sqlite_app: Flask) -> None:
    with found(sqlite_app, DatabaseState.SILENT, replace(EMPTY, count=1, size_bytes=9, oldest_ms=1_794_999_000_000)):
        page = admin.text("/health")

    assert "waiting since" in page
    assert "2026-11-18T10:50:00.000Z" in page


def test_a_record_that_was_set_aside_is_named_with_its_reason(admin: Browser, aside: int) -> None:
    page = admin.text("/health")

    assert "Ana Ruiz, Fire safety" in page
    assert "beyond a limit of the database" in page
    assert f"/health/set-aside/{aside}/again" in page


def test_the_raw_record_can_be_had(admin: Browser, aside: int) -> None:
    answer = admin.get(f"/health/set-aside/{aside}.json")

    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert json.loads(answer.get_data(as_text=True)) == json.loads(parts().spool.set_aside()[0].body)


def test_trying_again_puts_the_record_into_the_spool(admin: Browser, aside: int, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert admin.post(f"/health/set-aside/{aside}/again").status_code == 302

    assert parts().spool.count() == 1
    assert parts().spool.set_aside() == []
    assert [record.event for record in caplog.records if hasattr(record, "event")] == ["put_back"]


def test_deleting_takes_it_away_after_a_question(admin: Browser, aside: int) -> None:
    form = re.search(rf'<form [^>]*action="/health/set-aside/{aside}/discard"[^>]*>', admin.text("/health"))

    assert form is not None
    assert "data-ask=" in form[0]
    assert admin.post(f"/health/set-aside/{aside}/discard").status_code == 302
    assert parts().spool.set_aside() == []
    assert parts().spool.count() == 0


@pytest.mark.parametrize("what", ["again", "discard"])
def test_what_is_gone_meanwhile_is_said(admin: Browser, what: str) -> None:
    assert admin.post(f"/health/set-aside/99/{what}").status_code == 404


@pytest.mark.parametrize("what", ["again", "discard"])
def test_nothing_is_changed_by_a_form_of_another_page(admin: Browser, aside: int, what: str) -> None:
    foreign = admin.post(f"/health/set-aside/{aside}/{what}", headers={"Origin": "http://c1.play.localhost:8000"})
    without_token = admin.post(f"/health/set-aside/{aside}/{what}", {"csrf_token": ""})

    assert (foreign.status_code, without_token.status_code) == (403, 400)
    assert parts().spool.set_aside_count() == 1


@pytest.mark.parametrize("path", ["/health", "/health/set-aside/1.json"])
def test_nobody_sees_it_without_a_sign_in(stranger: Browser, path: str) -> None:
    assert stranger.get(path).headers["Location"].startswith("/sign-in")


def test_while_the_database_is_away_who_signed_in_before_sees_the_page_and_changes_nothing(
    admin: Browser, sqlite_app: Flask, aside: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr("seattime.services.sign_in.find_user", gone)
    with found(sqlite_app, DatabaseState.SILENT):
        page = admin.text("/health")
        form = {"csrf_token": re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]}
        answers = [
            admin.request(f"/health/set-aside/{aside}/{what}", method="POST", data=form, headers={"Origin": PUBLIC}).status_code
            for what in ("again", "discard")
        ]
        answers.append(admin.get(f"/health/set-aside/{aside}.json").status_code)

    assert "the database is away" in page
    assert "beyond a limit of the database" in page
    assert "/discard" not in page
    assert answers == [503, 503, 503]
    assert parts().spool.set_aside_count() == 1


def test_while_the_database_is_away_strangers_see_nothing(stranger: Browser, sqlite_app: Flask) -> None:
    with found(sqlite_app, DatabaseState.SILENT):
        assert stranger.get("/health").status_code == 302


def test_every_page_leads_to_it(admin: Browser) -> None:
    assert 'href="/health"' in admin.text("/learners")
