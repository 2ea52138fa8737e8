"""A package that speaks to its publisher's own record store, from its very first line to its last: all of it comes to its launch's."""

from __future__ import annotations

import zipfile
from pathlib import Path

from playwright.sync_api import BrowserContext

from e2e.place import Place
from e2e.playing import Visit
from e2e.waiting import wait_until

STORE = "https://lrs.example.com/data/xAPI"

SAYING = f"""
const STORE = "{STORE}", KEY = "Basic cHVibGlzaGVyOnBhc3N3b3Jk", VERSION = "1.0.3";
const statement = (verb) => JSON.stringify({{
  actor: {{mbox: "mailto:someone@publisher.example"}}, verb: {{id: "https://publisher.example/" + verb}},
  object: {{id: "https://publisher.example/course"}},
}});
const headers = {{Authorization: KEY, "X-Experience-API-Version": VERSION, "Content-Type": "application/json"}};
const post = (verb, more) => ({{method: "POST", headers, body: statement(verb), ...more}});
const form = (verb) => new URLSearchParams({{Authorization: KEY, "X-Experience-API-Version": VERSION, content: statement(verb)}});
"""

PAGES = {
    "tincan.xml": """<?xml version="1.0" encoding="UTF-8"?>
<tincan xmlns="http://projecttincan.com/tincan.xsd"><activities>
<activity id="https://publisher.example/course" type="http://adlnet.gov/expapi/activities/course">
<name>Baked in</name><launch lang="en">index.html</launch></activity></activities></tincan>""",
    # its first line speaks by XMLHttpRequest, and a finished Request
    "index.html": f"""<!-- made by hand --><!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Baked in</title><script>{SAYING}
const asked = new XMLHttpRequest();
asked.open("POST", STORE + "/statements");
for (const name in headers) asked.setRequestHeader(name, headers[name]);
asked.send(statement("first-by-xhr"));
fetch(new Request(STORE + "/statements", post("first-by-request")));
</script></head><body data-mode=""><script>document.body.dataset.mode = document.compatMode + document.documentElement.lang;
document.body.dataset.scripts = document.scripts.length;</script>
<iframe src="inner.html"></iframe></body></html>""",
    # a frame in it, which goes on to another page once it was answered
    "inner.html": f"""<html><script>{SAYING}
fetch(STORE + "/statements", post("frame-by-fetch")).then((answer) => answer.ok && location.replace("course.html"));
</script></html>""",
    "course.html": f"""<!doctype html><script>{SAYING}
navigator.sendBeacon(STORE + "/statements", statement("first-by-beacon"));
addEventListener("pagehide", () => {{
  navigator.sendBeacon(STORE + "/statements", statement("last-by-beacon"));
  navigator.sendBeacon(STORE + "/statements", new Blob([statement("last-by-json")], {{type: "application/json"}}));
  navigator.sendBeacon(STORE + "/statements?method=POST", form("last-by-form"));
  navigator.sendBeacon(STORE + "/statements?method=POST", form("last-by-text").toString());
  fetch(STORE + "/statements", post("last-by-fetch", {{keepalive: true}}));
  fetch(new Request(STORE + "/statements", post("last-by-request", {{keepalive: true}})));
}});
</script><p id="there">There</p>""",
}

SAID = {
    "first-by-xhr", "first-by-request", "frame-by-fetch", "first-by-beacon",
    "last-by-beacon", "last-by-json", "last-by-form", "last-by-text", "last-by-fetch", "last-by-request",
}  # fmt: skip


def test_no_statement_to_a_store_of_its_own_is_lost_or_goes_there(place: Place, context: BrowserContext, tmp_path: Path) -> None:
    """Each kind of request, from the first script of each document to the last moment of a tab that is closed."""
    package = tmp_path / "baked-store.zip"
    with zipfile.ZipFile(package, "w") as archive:
        for name, text in PAGES.items():
            archive.writestr(name, text)
    outside: list[str] = []
    context.on("request", lambda request: outside.append(request.url) if request.url.startswith(STORE) else None)
    registration = place.register(package)

    visit = Visit.start(context, place.link(registration))
    wait_until(lambda: any(frame.url.endswith("/course.html") for frame in visit.frames()), "the course's last page is there")
    visit.frames()[-1].wait_for_selector("#there", state="attached")
    page = visit.content.evaluate("() => ({...document.body.dataset})")
    visit.close()

    def said() -> list[str]:
        return sorted(each["verb"]["id"].rpartition("/")[2] for each in place.ledger.statements(registration))

    wait_until(lambda: len(said()) >= len(SAID), "all that was said is there", within_s=20)
    assert said() == sorted(SAID), "each once"
    assert outside == []
    assert page == {"mode": "CSS1Compaten", "scripts": "2"}, "the page is what its author made it"
    assert visit.errors == []
