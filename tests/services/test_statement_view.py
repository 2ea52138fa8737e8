"""A registration's statements for people, on both databases: all of them, newest first, by choice, a bounded number at a time."""

from __future__ import annotations

import hashlib
import uuid
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import event

from seattime.domain.xapi.texts import write_time
from seattime.errors import BadInput, NotFound
from seattime.services import statement_view
from seattime.services.lrs_statements import Attached
from seattime.services.statement_view import Filter
from seattime.storage import lrs_listing
from seattime.storage.models import Registration, db
from tests import builders
from tests.conftest import SetClock
from tests.said import ADL, say, say_invalid, statement

DAY_MS = 86_400_000


def seen(registration: Registration, wanted: Filter | None = None) -> list[str]:
    """The sentences of all pages."""
    found, cursor = [], None
    while True:
        page = statement_view.page(registration, wanted or Filter(), cursor)
        found += [each.sentence.text for each in page.statements]
        cursor = page.more
        if cursor is None:
            return found


def test_newest_first_with_what_is_kept_raw_among_them(app: Flask, clock: SetClock) -> None:
    ana = builders.registration()
    say(ana, statement("initialized", name="Making tea"))
    clock.advance(1000)
    raw = say_invalid(ana, {"actor": {"name": "Ana"}, "verb": {"id": "done"}, "object": {"id": "tea"}})
    clock.advance(1000)
    say(ana, statement("experienced", "milk"), statement("completed"))

    page = statement_view.page(ana, Filter(), None)

    assert [each.sentence.text for each in page.statements] == [
        "Ana Ruiz completed “Making tea”",
        "Ana Ruiz experienced “milk”",
        "Ana done “tea”",
        "Ana Ruiz started “Making tea”",
    ]
    assert [each.refused for each in page.statements if each.id != raw] == ["", "", ""]
    assert page.statements[2].refused == "statement.actor: needs one of mbox, mbox_sha1sum, openid, account, which says who it is."
    assert page.more is None


def test_only_its_own(app: Flask) -> None:
    ana, ben = builders.registration(), builders.registration(builders.course("water"), builders.learner("ben"))
    say(ben, statement())
    say(None, statement())
    say_invalid(ben, statement())

    assert seen(ana) == []


def test_pages_lead_on_without_gaps_whatever_is_stored_at_one_moment(app: Flask, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statement_view, "PAGE_SIZE", 3)
    ana = builders.registration()
    say(ana, *(statement("experienced", f"page-{number}") for number in range(5)))
    for number in range(5):
        say_invalid(ana, {"actor": {}, "verb": {"id": "x"}, "object": {"id": f"raw-{number}"}})
    clock.advance(1)
    say(ana, *(statement("experienced", f"page-{number}") for number in range(5, 8)))

    found = seen(ana)

    assert len(found) == len(set(found)) == 13
    assert found[:8] == [f"Ana Ruiz experienced “page {number}”" for number in range(7, -1, -1)]


def test_what_arrives_while_one_reads_on_shifts_nothing(app: Flask, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statement_view, "PAGE_SIZE", 2)
    ana = builders.registration()
    say(ana, *(statement("experienced", f"page-{number}") for number in range(4)))
    first = statement_view.page(ana, Filter(), None)
    clock.advance(1)
    say(ana, statement("experienced", "page-9"))

    second = statement_view.page(ana, Filter(), first.more)

    assert [each.sentence.what for each in second.statements] == ["“page 1”", "“page 0”"]


def test_by_verb_activity_words_and_period(app: Flask, clock: SetClock) -> None:
    ana = builders.registration()
    say(ana, statement("experienced", "tea", name="Making tea"), statement("experienced", "milk"))
    clock.advance(DAY_MS)
    say(ana, statement("completed", "tea"))

    assert seen(ana, Filter(verb=ADL + "experienced")) == ["Ana Ruiz experienced “milk”", "Ana Ruiz experienced “Making tea”"]
    assert seen(ana, Filter(activity="http://example.org/milk")) == ["Ana Ruiz experienced “milk”"]
    assert seen(ana, Filter(text="MAKING")) == ["Ana Ruiz completed “Making tea”", "Ana Ruiz experienced “Making tea”"]
    assert seen(ana, Filter(text="example.org/milk")) == ["Ana Ruiz experienced “milk”"]
    assert seen(ana, Filter(since=date(2026, 11, 19))) == ["Ana Ruiz completed “Making tea”"]
    assert seen(ana, Filter(until=date(2026, 11, 18), text="tea")) == ["Ana Ruiz experienced “Making tea”"]
    assert seen(ana, Filter(since=date(2026, 11, 18), until=date(2026, 11, 19), verb=ADL + "completed")) == [
        "Ana Ruiz completed “Making tea”"
    ]
    verbs, activities = statement_view.choices(ana, Filter(verb="http://example.org/chosen"))
    assert [(each.value, each.words) for each in verbs] == [
        (ADL + "completed", "completed"),
        (ADL + "experienced", "experienced"),
        ("http://example.org/chosen", "http://example.org/chosen"),
    ]
    assert [each.words for each in activities] == ["Making tea", "milk"]


def test_a_page_reads_a_bounded_number_of_statements(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """And says how far back it looked; the next one goes on there."""
    monkeypatch.setattr(statement_view, "MOST_LOOKED_AT", 20)
    monkeypatch.setattr(statement_view, "_BATCH", 10)
    ana = builders.registration()
    say(ana, statement("completed"), *(statement() for _ in range(45)))
    read: list[int] = []
    real = lrs_listing.list_registration
    monkeypatch.setattr(lrs_listing, "list_registration", lambda *args, **more: read.append(more["limit"]) or real(*args, **more))

    first = statement_view.page(ana, Filter(verb=ADL + "completed"), None)

    assert (first.statements, read) == ([], [10, 10])
    assert first.looked_to_ms is not None
    assert seen(ana, Filter(verb=ADL + "completed")) == ["Ana Ruiz completed “tea”"]


def test_the_number_of_questions_does_not_grow_with_the_statements(app: Flask) -> None:
    ana = builders.registration()
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda _c, _cursor, text, *_: asked.append(text))
    counts = []
    for _ in range(2):
        say(ana, *(statement("experienced", f"page-{number}", id=str(uuid.uuid4())) for number in range(60)))
        asked.clear()
        statement_view.page(ana, Filter(), None)
        counts.append(len(asked))

    assert counts[0] == counts[1] < 10


def test_what_was_taken_back_is_marked_and_the_one_who_did_it_says_what(app: Flask) -> None:
    ana = builders.registration()
    [taken_back] = say(ana, statement("passed", name="Making tea"))
    say(ana, statement("voided") | {"object": {"objectType": "StatementRef", "id": taken_back}})

    voiding, voided = statement_view.page(ana, Filter(), None).statements

    assert (voiding.voided, voided.voided) == (False, True)
    assert voiding.sentence.text == "Ana Ruiz voided the statement “Ana Ruiz passed “Making tea””"


def test_when_it_happened_and_when_it_came(app: Flask, clock: SetClock) -> None:
    ana = builders.registration()
    say(ana, statement(timestamp=write_time(clock.now - 5 * 3_600_000)), statement(timestamp=write_time(clock.now - 59_000)), statement())

    views = statement_view.page(ana, Filter(), None).statements

    assert [(clock.now - each.at_ms, each.late) for each in views] == [(0, False), (59_000, False), (5 * 3_600_000, True)]


def test_an_actor_without_a_name_is_the_learner_where_it_is_his_account(app: Flask) -> None:
    ana = builders.registration()
    say(ana, statement() | {"actor": {"account": {"homePage": "http://localhost:8000", "name": "ana"}}})
    say(ana, statement() | {"actor": {"account": {"homePage": "http://elsewhere", "name": "ana"}}})

    assert seen(ana) == ["ana experienced “tea”", "Ana Ruiz experienced “tea”"]


def test_a_very_long_statement_is_listed_without_its_text(app: Flask) -> None:
    ana = builders.registration()
    [chosen] = say(ana, statement(result={"response": "x" * 70_000}))

    [listed] = statement_view.page(ana, Filter(), None).statements
    alone, _ = statement_view.one(ana, chosen)

    assert (listed.raw, listed.sentence) == (None, statement_view.TOO_LONG)
    assert alone.sentence.text.startswith("Ana Ruiz experienced “tea” — “xxx")


def test_one_statement_with_its_attachments(app: Flask) -> None:
    ana, ben = builders.registration(), builders.registration(builders.course("water"), builders.learner("ben"))
    body = b"\x89PNG"
    sha2 = hashlib.sha256(body).hexdigest()
    described = {"usageType": "http://a/u", "display": {"en": "A <b>picture</b>"}, "contentType": "image/png", "length": 4, "sha2": sha2}
    elsewhere = described | {"sha2": "b" * 64, "fileUrl": "http://example.org/p.png"}
    [chosen] = say(ana, statement(attachments=[described, elsewhere]), attached=(Attached(sha2, "image/png", body),))

    view, attachments = statement_view.one(ana, chosen.upper())

    assert view.attachments == 2
    assert [(each.name, each.size, each.here) for each in attachments] == [("A picture", 4, True), ("A picture", 4, False)]
    assert statement_view.attachment(ana, chosen, sha2) == body
    with pytest.raises(NotFound):
        statement_view.attachment(ana, chosen, "b" * 64)
    with pytest.raises(NotFound):
        statement_view.one(ben, chosen)


@pytest.mark.parametrize("cursor", ["x", "1-s-2", "1-q-2-6690e6c9-3ef0-4ed3-8b37-7f3964730bee", "9" * 30 + "-s-2-x"])
def test_a_cursor_that_is_none_is_refused(app: Flask, cursor: str) -> None:
    with pytest.raises(BadInput):
        statement_view.page(builders.registration(), Filter(), cursor)


def test_whatever_was_kept_raw_can_be_seen(app: Flask) -> None:
    """Numbers that Python does not read whole, halves of surrogate pairs, references to nothing."""
    ana = builders.registration()
    say(ana, statement(result={"response": "half \ud800"}))
    say_invalid(ana, {"actor": {}, "verb": {}, "object": {"objectType": "StatementRef", "id": "\ud800"}})
    say_invalid(ana, {"actor": {"account": {"name": "\ud800"}}, "verb": {"id": "\ud800"}, "object": {"id": "\ud800", "objectType": 5}})
    db.session.execute(
        lrs_listing.LrsStatement.__table__.update().values(raw='{"result": {"score": {"raw": ' + "9" * 5000 + "}}}")
    )
    db.session.commit()

    assert len(seen(ana)) == 3
    assert statement_view.choices(ana, Filter())
