"""Who tries a course sees its calls, with their errors and what they mean; a learner's page loads nothing of it."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from e2e.place import Place
from e2e.playing import Visit

DATABASES = ("sqlite",)
CALLS = [
    ["SetValue", "cmi.core.lesson_status", "finished at last"],
    ["SetValue", "cmi.core.lesson_location", "page 2"],
    ["GetValue", "cmi.core.student_name"],
    ["Commit"],
]


def test_the_calls_of_a_test_run_are_told_filtered_and_saved(place: Place, context: BrowserContext, tmp_path: Path) -> None:
    course = place.cloud.course(place.zips["scripted-scorm12"])
    visit = Visit.start(context, place.cloud.preview_link(course))
    page = visit.page
    page.get_by_role("button", name="Calls", exact=True).click()
    visit.run(CALLS)

    rows = page.locator("#calls-rows tr")
    expect(rows).to_have_count(5)
    wrong = rows.nth(1)
    expect(wrong.locator(".calls-value")).to_have_text("finished at last")
    expect(wrong.locator(".calls-answer")).to_have_text("false")
    expect(wrong.locator(".calls-error")).to_contain_text("405 Incorrect data type")

    page.get_by_label("Errors only").check()
    expect(rows).to_have_count(1)
    page.get_by_label("Errors only").uncheck()
    page.get_by_label("Without reads").check()
    expect(rows).to_have_count(4)
    page.get_by_label("Show calls with this text").fill("LOCATION")
    expect(rows).to_have_count(1)
    expect(page.locator("#calls-count")).to_have_text("1 of 5 calls")

    with page.expect_download() as download:
        page.get_by_role("button", name="Save as JSON").click()
    download.value.save_as(tmp_path / "calls.json")
    saved = json.loads((tmp_path / "calls.json").read_text(encoding="utf-8"))
    assert [(call["element"], call["value"], call["answer"]) for call in saved["calls"]] == [("cmi.core.lesson_location", "page 2", "true")]

    page.get_by_role("button", name="Close").click()
    expect(page.locator("#calls")).to_be_hidden()
    visit.close()


def test_a_learners_page_asks_for_nothing_of_the_call_log(place: Place, context: BrowserContext) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    visit = Visit.start(context, place.link(place.register("scripted-scorm12")))
    assert visit.run([["Commit"]]) == ["true"]
    visit.close()

    assert any(url.endswith("/player/player-page.js") for url in asked)
    assert [url for url in asked if "call-log" in url] == []
