"""What links, content and other learners can not do (design, section 7), tried from where they would try it."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext

from e2e.desk import registration_key
from e2e.place import Place
from e2e.playing import Visit
from e2e.waiting import let_pass, wait_until

BOUNDED_BY_S = 60
ASK = """async ([address, options]) => {
  try {
    const answer = await fetch(address, options);
    return { type: answer.type, status: answer.status, text: answer.type === "opaque" ? "" : await answer.text() };
  } catch (error) {
    return { type: "error", status: 0, text: String(error) };
  }
}"""
JOURNAL = """() => Object.keys(localStorage).filter((key) => key.endsWith(":t")).map((key) => JSON.parse(localStorage[key]))"""


def ask(visit: Visit, address: str, **options: Any) -> dict[str, Any]:
    """The content fetches an address with all that its browser sends along."""
    answer: dict[str, Any] = visit.content.evaluate(ASK, [address, {"credentials": "include", **options}])
    return answer


def fetch(link: str, method: str = "GET") -> int:
    """What a mail scanner does: no script, no cookie; the status."""
    parts = urlsplit(link)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=10)
    try:
        connection.request(method, f"{parts.path}?{parts.query}", headers={"Host": parts.netloc})
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_link_that_is_merely_fetched_starts_nothing(place: Place, context: BrowserContext) -> None:
    registration = place.register("scripted-scorm12")
    link = place.link(registration)
    assert fetch(link) == 200
    assert fetch(link, "HEAD") == 200
    assert place.ledger.launches(registration) == 0
    assert place.sessions(registration) == []

    Visit.start(context, link).close()
    assert place.ledger.launches(registration) == 1, "the link still works for the learner"


def test_an_expired_link_says_so_calmly_and_starts_nothing(own_place: Callable[..., Place], context: BrowserContext) -> None:
    place = own_place(SEATTIME_LINK_EXPIRY_S="1")
    registration = place.register("scripted-scorm12")
    link = place.cloud.link(registration, expiry=None)
    let_pass(2.1)
    page = context.new_page()
    answer = page.goto(link)

    assert answer is not None
    assert answer.status == 410
    assert page.locator("h1").inner_text() == "This link has expired"
    assert "Nothing you did so far is lost" in page.locator("main").inner_text()
    assert place.ledger.launches(registration) == 0


def test_a_link_that_expired_while_its_page_was_open_still_reloads(own_place: Callable[..., Place], context: BrowserContext) -> None:
    # long enough to be opened on a machine that has much else to do
    place = own_place(SEATTIME_LINK_EXPIRY_S="8")
    registration = place.register("scripted-scorm12")
    visit = Visit.start(context, place.cloud.link(registration, expiry=None))
    let_pass(8.5)
    before = visit.content
    visit.reload()
    visit.wait_for_content(other_than=before)
    assert place.ledger.launches(registration) == 2


@pytest.fixture
def signed_in(place: Place, context: BrowserContext) -> BrowserContext:
    """The learner's browser is an administrator's too."""
    page = context.new_page()
    page.goto(place.another_sign_in_link())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{place.server.url}/")
    page.close()
    return context


def test_content_in_an_administrators_browser_reaches_no_page_of_his(place: Place, signed_in: BrowserContext) -> None:
    registration = place.register("scripted-scorm12")
    visit = Visit.start(signed_in, place.link(registration))
    own = place.server.url

    assert ask(visit, f"{own}/learners")["type"] == "error", "another origin's page cannot be read"
    assert ask(visit, f"{own}/api/v2/courses")["type"] == "error"
    for path in ("/", "/learners", "/reports", "/api/v2/courses", "/metrics", "/sign-in"):
        assert ask(visit, path)["status"] == 404, f"{path} is not there on the play origin"
    form = "application/x-www-form-urlencoded"
    key = registration_key(place.link(registration))
    for path in (f"/registrations/{key}/delete", f"/registrations/{key}/reset"):
        ask(visit, f"{own}{path}", method="POST", mode="no-cors", headers={"Content-Type": form}, body="")
    assert place.cloud.registrations.get_registration_progress(registration).instance == 1, "nothing was changed"

    framed = visit.content.evaluate(
        """(address) => new Promise((resolve) => {
             const frame = document.createElement("iframe");
             frame.onload = () => { try { resolve(frame.contentDocument?.body?.innerText ?? ""); } catch { resolve(""); } };
             frame.src = address;
             document.body.append(frame);
           })""",
        f"{own}/learners",
    )
    assert framed == ""


def test_content_cannot_start_or_write_another_learners_registration(
    place: Place, context: BrowserContext, new_context: Callable[[], BrowserContext]
) -> None:
    mine, hers = place.register("scripted-scorm12"), place.register("scripted-scorm12")
    her_visit = Visit.start(new_context(), place.link(hers))
    visit = Visit.start(context, place.link(mine))
    [her_file] = wait_until(lambda: her_visit.content.evaluate(JOURNAL), "her journal has a record")
    [my_file] = wait_until(lambda: visit.content.evaluate(JOURNAL), "my journal has a record")
    her_visit.close()
    [her_session] = place.ended(hers)
    my_link = place.link(mine).partition("link=")[2]
    her_key = registration_key(place.link(hers))

    started = ask(
        visit,
        f"/player/{her_key}/launch",
        method="POST",
        headers={"Content-Type": "application/json"},
        body=f'{{"link": "{my_link}", "activity": null}}',
    )
    assert started["status"] == 403
    assert ask(visit, f"/player/{her_key}/")["status"] == 403, "nor by my cookie, which is for my player only"
    record = {
        "session": her_file["session"],
        "activity": her_file["activity"],
        "attempt": her_file["attempt"],
        "standard": "scorm12",
        "mode": "normal",
        "new_attempt": False,
        "want": None,
        "time": {**wire_time(her_file["time"]), "measured": 3_600_000, "open": 3_600_000, "seq": 999},
    }
    body = {"v": 1, "token": my_file["token"], "records": [record]}
    answered = visit.content.evaluate(
        """async (body) => (await fetch("/runtime/commit", { method: "POST", body: JSON.stringify(body) })).status""", body
    )
    assert answered == 200, "a whole and valid message, which my token makes mine"
    [hers_now] = place.sessions(hers)
    assert hers_now.measured_s == pytest.approx(her_session.measured_s, abs=1), "hers has but her own last words"
    assert {each.measured_s for each in place.sessions(mine)} >= {3600.0}
    assert place.counted(mine) < BOUNDED_BY_S, "the server's own clock bounds what anybody claims"
    assert place.ledger.launches(hers) == 1


def wire_time(kept: dict[str, Any]) -> dict[str, Any]:
    """A time register of the journal as docs/protocol.md sends it, whole."""
    names = ("order", "opened", "measured", "open", "spans", "acts", "status", "exit", "terminated", "ended")
    sent = {name: kept[name] for name in names}
    words = [[word["ms"], word["at"], word["raw"], 0] if isinstance(word, dict) else word for word in kept["words"]]
    return {**sent, "base": 0, "spans_from": 0, "acts_from": 0, "words_from": 0, "words": words}


def test_a_service_worker_of_the_content_is_refused(place: Place, context: BrowserContext) -> None:
    registration = place.register("scripted-scorm12")
    visit = Visit.start(context, place.link(registration))
    refused = visit.content.evaluate("""() => navigator.serviceWorker.register("sco.js").then(() => "", (error) => error.name)""")
    assert refused in ("SecurityError", "TypeError")
    assert visit.content.evaluate("() => navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    assert ask(visit, "sco.js")["status"] == 200, "the same file is there as a script"
