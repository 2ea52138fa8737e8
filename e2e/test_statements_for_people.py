"""Statements for people in a real browser, from the course to the file; and on their way to another record store, whatever dies."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from e2e.desk import registration_key
from e2e.fault_proxy import HELD_AT_MOST_S, FaultProxy, delay_answer, drop
from e2e.place import Place
from e2e.playing import Visit
from e2e.record_store import RecordStore
from e2e.server import KEY_ID, KEY_SECRET
from e2e.waiting import wait_until

COURSE = "xapi-tea"
LAST_VERB = "http://adlnet.gov/expapi/verbs/terminated"


def play(place: Place, context: BrowserContext) -> tuple[str, list[dict[str, Any]]]:
    """A learner opens the course and leaves it; the launch link, and the statements as they were stored."""
    registration = place.register(COURSE)
    link = place.link(registration)
    visit = Visit.start(context, link)
    wait_until(visit.slides_are_there, "a slide is shown")
    visit.exit()

    def said_all() -> list[dict[str, Any]]:
        said = place.ledger.statements(registration)
        return said if said and said[-1]["verb"]["id"] == LAST_VERB else []

    return link, wait_until(said_all, "the course says that it ended")


def saved(page: Page, link: str) -> str:
    """The file behind a link, as the browser saves it."""
    with page.expect_download() as download:
        page.get_by_role("link", name=link, exact=True).click()
    return Path(download.value.path()).read_text(encoding="utf-8")


def test_what_a_course_said_is_read_chosen_from_and_taken_along(
    own_place: Callable[..., Place], new_context: Callable[[], BrowserContext]
) -> None:
    place = own_place()
    link, statements = play(place, new_context())
    page = new_context().new_page()
    page.goto(place.server.sign_in_link())
    page.get_by_role("button", name="Sign in").click()

    page.goto(f"{place.server.url}/registrations/{registration_key(link)}")
    page.get_by_role("link", name="All statements").click()
    rows = page.locator(".statement")
    expect(rows).to_have_count(len(statements))
    page.get_by_label("Verb").select_option(LAST_VERB)
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(re.compile(r"Ana Ruiz \d+ ended “A good pot of tea” — \d+ s"))
    rows.get_by_text("JSON", exact=True).click()
    rows.get_by_role("link", name="On a page of its own").click()
    expect(page.locator("pre.raw")).to_contain_text(statements[-1]["id"])

    asked = urlencode({"statementId": statements[-1]["id"]})
    assert (200, saved(page, "Download it")) == RecordStore(place.server).fetch("GET", f"/xapi/statements?{asked}"), "letter by letter"
    assert json.loads(page.locator("pre.raw").inner_text()) == statements[-1]
    page.get_by_label("Where this page is").get_by_role("link", name="Statements").click()
    lines = [json.loads(line) for line in saved(page, "JSON lines").splitlines()]
    assert lines == statements


@pytest.fixture
def way(place: Place) -> Iterator[FaultProxy]:
    """The way to the shared server, whose record store is the target of forwarding."""
    proxy = FaultProxy(place.server.port).start()
    yield proxy
    proxy.stop()


def test_what_is_played_arrives_once_at_another_record_store_that_was_away_and_from_a_server_that_was_killed(
    place: Place, own_place: Callable[..., Place], way: FaultProxy, context: BrowserContext
) -> None:
    away = way.rule(drop)
    here = own_place(
        SEATTIME_FORWARD_XAPI_ENDPOINT=f"{way.url}/xapi",
        SEATTIME_FORWARD_XAPI_USER=KEY_ID,
        SEATTIME_FORWARD_XAPI_PASSWORD=KEY_SECRET,
    )  # fmt: skip
    sender, target = RecordStore(here.server), RecordStore(place.server)
    _, statements = play(here, context)
    ids, registration = [each["id"] for each in statements], str(statements[0]["context"]["registration"])

    def forwarding() -> dict[str, Any]:
        return dict(sender.health()["forwarding"])

    wait_until(lambda: forwarding()["failing_since"], "the server knows that the target is away")
    unheard = way.rule(delay_answer(HELD_AT_MOST_S), method="POST")
    away.remove()
    wait_until(lambda: target.found(registration) == ids, "the target has them")
    assert forwarding()["sent"] == 0, "and the server never heard of it"
    here.server.kill()
    unheard.remove()
    here.server.start()

    wait_until(lambda: forwarding()["sent"] == len(ids), "it sends them again")
    assert target.found(registration) == ids
    later = sender.send({**_statement_of(statements[0]), "context": {"registration": registration}})
    wait_until(lambda: target.found(registration) == [*ids, *later], "what comes later comes, too")
    assert forwarding()["works"]


def _statement_of(statement: dict[str, Any]) -> dict[str, Any]:
    """Another one like it."""
    return {name: statement[name] for name in ("actor", "verb", "object")}
