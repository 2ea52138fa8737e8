"""Whatever answers a running course, or nothing does: it goes on, nothing is lost, everything counts once (design, 3.3 and 3.4).

Each case is a whole session under one kind of answer, and what comes after it.
"""

from __future__ import annotations

import json
from typing import Any

from e2e.fault_proxy import Answer, Fault, Request, answer, answer_by, drop, hang
from e2e.stories import Scene, play_a_while, status_is, story
from e2e.together import Plan, Until

PORTAL = "<!doctype html><title>Hotel</title><form>Room number</form>"
JSON = "application/json"
RECOVERED_WITHIN_S = 60.0


def aside(status: str, ledger: str | None = None) -> Fault:
    """As a server answers whose database is away, or that cannot verify the token (docs/protocol.md, Answers)."""

    def said(request: Request) -> Answer:
        results: list[dict[str, Any]] = []
        for record in json.loads(request.body)["records"]:
            registers = {name: {"seq": record[name]["seq"], "status": status} for name in ("time", "state") if name in record}
            results.append({"session": record["session"], **registers, "need_all": False, "lease": None})
        body = {"v": 1, "ledger": ledger, "now": None if ledger is None else 1, "results": results}
        return Answer(200, (("Content-Type", JSON),), json.dumps(body).encode())

    return answer_by(said)


ANSWERS: dict[str, Fault] = {
    "401": answer(401, '{"message": "Sign in."}', JSON),
    "403": answer(403, '{"message": "Not allowed."}', JSON),
    "413": answer(413, "<h1>Request Entity Too Large</h1>", "text/html"),
    "429": answer(429, "", Retry_After="3600"),
    "500": answer(500, "<h1>Internal Server Error</h1>", "text/html"),
    "503": answer(503, '{"message": "Later."}', JSON),
    "garbage": answer(200, PORTAL, "text/html"),
    "empty": answer(200, "", JSON),
    "wrong-shape": answer(200, '{"v": 1, "ledger": "x", "now": 5, "results": [{"session": 7}]}', JSON),
    "portal": answer(302, PORTAL, "text/html", Location="http://portal.localhost/"),
    "nothing": drop,
    "silence": hang,
}


@story("answers", **ANSWERS)
def test_a_session_under_such_answers_is_delivered_at_the_next_visit(scene: Scene, fault: Fault) -> Plan[None]:
    rule = scene.rule(fault)
    visit = scene.open()
    said = yield from play_a_while(visit)
    # what is not answered fails after 20 s; until then it is under way
    labels = ("Saving", "Kept on this device") if fault is hang else ("Kept on this device",)
    yield Until(lambda: visit.page.locator("#save").inner_text() in labels, "the learner sees that it is not saved")
    assert visit.panel() == "", "the course is not covered"
    first = visit.close()
    assert scene.sessions() == [], "nothing of it got through"
    rule.remove()

    again = scene.open()
    yield Until(again.content_is_there, "content is loaded")
    assert again.run([["GetValue", "cmi.suspend_data"], ["GetValue", "cmi.core.lesson_status"]]) == ["kept", "incomplete"]
    yield Until(status_is(again, "saved"), "the learner sees that it was sent")
    both = first + again.close()
    yield Until(scene.is_over(2), "both sessions are stored")
    delivered, _ = scene.check(both, 2)
    assert delivered.reported_s == said
    assert first.holds(delivered.measured_s, 0.8), f"{first} passed in the first one"


@story("answers", **{name: ANSWERS[name] for name in ("403", "413", "503", "nothing")})
def test_an_open_course_delivers_by_itself_when_the_server_is_back(scene: Scene, fault: Fault) -> Plan[None]:
    rule = scene.rule(fault)
    visit = scene.open()
    said = yield from play_a_while(visit)
    yield Until(status_is(visit, "kept"), "the learner sees that time is kept on this device")
    rule.remove()
    within_s = 90.0 if fault is ANSWERS["403"] else RECOVERED_WITHIN_S
    yield Until(status_is(visit, "saved"), "the learner sees that it was sent", within_s)
    assert visit.page.locator("#bar-refused").is_hidden()
    [known] = scene.sessions()
    assert known.reported_s == said
    assert known.elements["cmi.suspend_data"] == "kept"
    passed = visit.close()
    yield Until(scene.is_over(), "the session is over")
    scene.check(passed, 1)


@story("answers", wide=1280, narrow=390)
def test_time_that_is_on_this_device_for_a_while_is_told_in_one_calm_sentence(scene: Scene, width: int) -> Plan[None]:
    rule = scene.rule(ANSWERS["503"])
    visit = scene.open()
    visit.page.set_viewport_size({"width": width, "height": 700})
    yield from play_a_while(visit)
    sentence = visit.page.locator("#save-sentence")
    yield Until(sentence.is_visible, "it is told")
    assert sentence.inner_text().startswith("Your time is kept on this device")
    box = sentence.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width, "all of it is on the screen"
    assert visit.panel() == "", "the course is not covered"
    first = yield from scene.exit(visit)
    assert visit.panel() == "Your time is kept on this device"
    assert sentence.is_hidden(), "nothing is said twice"
    rule.remove()
    yield Until(lambda: visit.panel() == "Your time is saved", "it is sent while the page is open", RECOVERED_WITHIN_S)
    visit.page.close()
    yield Until(scene.is_over(), "the session is stored")
    scene.check(first, 1)


@story("answers", unknown_ledger=None, known_ledger="ledger")
def test_what_the_server_has_on_disk_is_told_as_received_and_confirmed_later(scene: Scene, ledger: str | None) -> Plan[None]:
    rule = scene.rule(aside("spooled", ledger))
    visit = scene.open()
    said = yield from play_a_while(visit)
    yield Until(status_is(visit, "spooled"), "the learner sees that it was received")
    assert visit.page.locator("#save").inner_text() == "Received"
    first = yield from scene.exit(visit)
    assert visit.panel() == "Your time is safe"
    sent = len(scene.seen())
    assert sent <= 8, "it is not sent again and again"

    rule.remove()
    yield Until(lambda: visit.panel() == "Your time is saved", "it is confirmed while the page is open", RECOVERED_WITHIN_S)
    visit.page.close()
    yield Until(scene.is_over(), "the session is stored")
    [known] = scene.check(first, 1)
    assert known.reported_s == said


@story("answers")
def test_what_was_spooled_at_the_end_is_sent_again_at_the_next_visit(scene: Scene) -> Plan[None]:
    rule = scene.rule(aside("spooled"))
    visit = scene.open()
    said = yield from play_a_while(visit)
    first = visit.close()
    assert scene.sessions() == []
    rule.remove()
    again = scene.open()
    yield Until(again.content_is_there, "content is loaded")
    assert again.run([["GetValue", "cmi.suspend_data"]]) == ["kept"]
    both = first + again.close()
    yield Until(scene.is_over(2), "both sessions are stored")
    delivered, _ = scene.check(both, 2)
    assert delivered.reported_s == said


@story("answers")
def test_what_the_server_holds_for_a_person_stays_here_until_it_is_taken(scene: Scene) -> Plan[None]:
    rule = scene.rule(aside("held"))
    visit = scene.open()
    said = yield from play_a_while(visit)
    yield Until(status_is(visit, "held"), "the learner sees that")
    first = yield from scene.exit(visit)
    assert visit.panel() == "Your time is kept"
    visit.page.close()
    rule.remove()

    again = scene.open()
    yield Until(again.content_is_there, "content is loaded")
    both = first + again.close()
    yield Until(scene.is_over(2), "the newer launch vouches for the older one", RECOVERED_WITHIN_S)
    delivered, _ = scene.check(both, 2)
    assert delivered.reported_s == said
