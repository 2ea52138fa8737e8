"""The pages of statements: sentences and filters without scripts, JSON letter by letter, nothing of what content wrote as markup."""

from __future__ import annotations

import hashlib
import html
import json
import re

import pytest
from flask import Flask

from seattime.domain.cmi5.words import Verb
from seattime.services.cmi5_statements import Refused
from seattime.services.lrs_statements import Attached
from seattime.storage.models import Registration
from tests import builders
from tests.conftest import SetClock
from tests.said import ADL, say, say_invalid, statement
from tests.services import cmi5_world
from tests.web.pages.conftest import Browser

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>Tea"


def text_of(page: str) -> str:
    """What a person reads of its main part."""
    words = re.sub(r"<[^>]+>", "", page[page.index("<main") : page.index("</main>")])
    return re.sub(r"\s+", " ", html.unescape(words))


def paths(registration: Registration) -> tuple[str, str]:
    return f"/registrations/{registration.key}", f"/registrations/{registration.key}/statements"


def test_the_registration_shows_the_newest_and_leads_to_all(admin: Browser, clock: SetClock) -> None:
    ana = builders.registration()
    own, every = paths(ana)
    assert "Statements" not in text_of(admin.text(own))
    say(ana, *(statement("experienced", f"page-{number}") for number in range(7)))

    page = admin.text(own)

    assert re.findall(r"“page \d”", text_of(page)) == [f"“page {number}”" for number in (6, 5, 4, 3, 2)]
    assert f'href="{every}"' in page
    assert re.findall(r"“page \d”", text_of(admin.text(every))) == [f"“page {number}”" for number in range(6, -1, -1)]


def test_the_registration_says_what_cmi5_refused(admin: Browser, clock: SetClock) -> None:
    ana = cmi5_world.register()
    au = cmi5_world.launch(ana)
    own, _ = paths(ana)
    assert "Refused" not in text_of(admin.text(own))
    for _ in range(2):
        with pytest.raises(Refused):
            au.say(Verb.INITIALIZED)

    said = text_of(admin.text(own))
    assert "What the course said against the rules of cmi5. The time counts all the same." in said
    assert "“initialized” from Unit a was refused, the last of 2 refusals in this session." in said
    assert '"initialized" was said in this session already (cmi5 9.3).' in said


def test_a_choice_is_kept_from_page_to_page(admin: Browser, clock: SetClock) -> None:
    ana = builders.registration()
    _, every = paths(ana)
    say(ana, statement("completed", name="Making tea"), *(statement("experienced", f"page-{number}") for number in range(60)))

    first = admin.text(f"{every}?verb={ADL}experienced&text=page")
    link = html.unescape(re.search(r'href="([^"]+)">Older<', first)[1])  # type: ignore[index]  # None fails the test
    second = admin.text(link)

    assert first.count('<li class="statement') == 50
    assert second.count('<li class="statement') == 10
    assert "Ana Ruiz completed" not in text_of(first) + text_of(second)
    assert f'<option value="{ADL}experienced" selected>experienced</option>' in second
    assert "Nothing matches" in text_of(admin.text(f"{every}?text=milk"))
    assert admin.get(f"{every}?since=yesterday").status_code == 400
    assert admin.get(f"{every}?text=%00").status_code == 400
    assert admin.get(f"{every}?before=nowhere").status_code == 400


def test_nothing_that_content_wrote_is_markup(admin: Browser) -> None:
    ana = builders.registration()
    _, every = paths(ana)
    evil = statement("answered", name=EVIL, result={"response": EVIL}) | {"actor": {"name": EVIL, "mbox": "mailto:a@example.org"}}
    [chosen] = say(ana, evil)
    say_invalid(ana, {"actor": {"name": EVIL}, "verb": {"id": EVIL, "display": {"en": EVIL}}, "object": {"id": EVIL}})

    for path in (paths(ana)[0], every, f"{every}/{chosen}"):
        page = admin.text(path)
        assert "alert(1)</script>" not in page
        assert "<img" not in page
    assert "Tea answered “Tea” — “Tea”" in text_of(admin.text(every))


def test_the_json_is_pretty_and_exact(admin: Browser) -> None:
    ana = builders.registration()
    _, every = paths(ana)
    [chosen] = say(ana, statement(result={"score": {"raw": 1.0}, "response": "half \ud800"}))

    listed, alone = admin.text(every), admin.text(f"{every}/{chosen}")
    download = admin.get(f"{every}/{chosen}.json")

    for page in (listed, alone):
        shown = html.unescape(re.search(r'<pre class="raw[^"]*">(.*?)</pre>', page, re.DOTALL)[1])  # type: ignore[index]
        assert '      "raw": 1.0\n' in shown
        assert "half \\ud800" in shown
        assert json.loads(shown) == json.loads(download.data)
    assert download.headers["Content-Disposition"] == f'attachment; filename="statement-{chosen}.json"'
    assert admin.get(f"{every}/{chosen.replace(chosen[0], 'f' if chosen[0] != 'f' else '0')}").status_code == 404


def test_what_is_long_is_not_in_the_list(admin: Browser) -> None:
    ana = builders.registration()
    _, every = paths(ana)
    [longer] = say(ana, statement(result={"response": "x" * 5000}))
    [longest] = say(ana, statement(result={"response": "x" * 1_000_001}))

    assert len(admin.text(every)) < 20_000
    assert "x" * 5000 in admin.text(f"{every}/{longer}")
    alone = admin.text(f"{every}/{longest}")
    assert len(alone) < 20_000
    assert "too long for a page" in alone


def test_what_is_odd_about_one_is_said(admin: Browser, clock: SetClock) -> None:
    ana = builders.registration()
    _, every = paths(ana)
    [taken_back] = say(ana, statement(name="Making tea"))
    say(ana, statement("voided") | {"object": {"objectType": "StatementRef", "id": taken_back}})
    raw = say_invalid(ana, {"actor": {"mbox": "x"}, "verb": {"id": "done"}, "object": {"id": "tea"}})

    page = admin.text(every)

    assert '<li class="statement voided' in page
    assert "Not valid statement.actor.mbox: must have the form" in text_of(page)
    assert "kept as it came, beside the record store: statement.actor.mbox" in text_of(admin.text(f"{every}/{raw}"))


def test_an_attachment_is_saved_and_never_shown(admin: Browser) -> None:
    ana = builders.registration()
    _, every = paths(ana)
    body = b"<script>alert(1)</script>"
    sha2 = hashlib.sha256(body).hexdigest()
    described = {"usageType": "http://a/u", "display": {"en": "Page"}, "contentType": "text/html", "length": len(body), "sha2": sha2}
    [chosen] = say(ana, statement(attachments=[described]), attached=(Attached(sha2, "text/html", body),))

    assert f'href="{every}/{chosen}/attachments/{sha2}"' in admin.text(f"{every}/{chosen}")
    answer = admin.get(f"{every}/{chosen}/attachments/{sha2}")
    assert answer.data == body
    assert answer.content_type == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_all_of_them_as_a_file(admin: Browser, clock: SetClock) -> None:
    ana = builders.registration()
    _, every = paths(ana)
    ids = say(ana, statement(name="=Tea"), statement("completed"))
    clock.advance(1)

    lines = admin.get(f"{every}.jsonl")
    table = admin.get(f"{every}.csv")

    assert [json.loads(line)["id"] for line in lines.get_data(as_text=True).splitlines()] == ids
    assert lines.headers["Content-Disposition"] == f'attachment; filename="statements-{ana.registration_id}.jsonl"'
    assert table.get_data(as_text=True).splitlines()[1].split(",")[:1] == [ids[0]]
    assert "Ana Ruiz experienced “=Tea”" in table.get_data(as_text=True)
    assert admin.get(f"{every}.xml").status_code == 404


def test_strangers_see_none_of_it(stranger: Browser, sqlite_app: Flask) -> None:
    ana = builders.registration()
    _, every = paths(ana)
    [chosen] = say(ana, statement())

    for path in (every, f"{every}/{chosen}", f"{every}/{chosen}.json", f"{every}.jsonl", f"{every}/{chosen}/attachments/{'a' * 64}"):
        assert stranger.get(path).status_code == 302
