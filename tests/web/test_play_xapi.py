"""The small xAPI and cmi5 answers that let content start and speak (xAPI 1.0.3 Communication; cmi5 8 and 10)."""

from __future__ import annotations

import base64
import io
import json
import uuid
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from seattime.domain.packages.kinds import PackageKind
from seattime.services import launch_statements, xapi_launches
from seattime.storage.lrs_models import LrsStatement
from seattime.storage.models import Statement, db
from seattime.web import hosts
from tests import builders
from tests.web.conftest import World

STATEMENT = {
    "actor": {"account": {"homePage": "http://localhost:8000", "name": "ana"}},
    "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced"},
    "object": {"id": "http://example.org/a"},
    "result": {"duration": "PT10.07S"},
}


@pytest.fixture
def auth(world: World) -> dict[str, str]:
    return {"Authorization": "Basic " + xapi_launches.sign_credential(world.key, 1)}


def call(world: World, method: str, path: str, auth: dict[str, str], body: Any = None, **more: Any):  # type: ignore[no-untyped-def]  # a werkzeug response
    data = body if isinstance(body, str | bytes) or body is None else json.dumps(body)
    return world.play.open(
        f"/xapi/{path}", method=method, data=data, content_type="application/json", headers=auth, base_url=world.origin, **more
    )


def stored() -> int:
    """In the record store, and raw beside it."""
    return sum(int(db.session.execute(select(func.count()).select_from(table)).scalar_one()) for table in (LrsStatement, Statement))


def test_statements_are_kept_raw_and_acknowledged_by_id(world: World, auth: dict[str, str]) -> None:
    chosen = str(uuid.uuid4())

    assert call(world, "PUT", f"statements?statementId={chosen}", auth, STATEMENT).status_code == 204
    posted = call(world, "POST", "statements", auth, [STATEMENT, STATEMENT])

    assert posted.status_code == 200
    assert len(posted.get_json()) == 2
    assert stored() == 3
    one = call(world, "GET", f"statements?statementId={chosen}", auth).get_json()
    assert one["result"] == {"duration": "PT10.07S"}
    assert one["id"] == chosen


def test_the_same_statement_twice_is_one(world: World, auth: dict[str, str]) -> None:
    statement = {**STATEMENT, "id": str(uuid.uuid4())}

    assert call(world, "POST", "statements", auth, statement).status_code == 200
    assert call(world, "POST", "statements", auth, statement).status_code == 200

    assert stored() == 1


def test_other_content_under_the_same_id_is_a_conflict_and_stores_nothing_of_its_batch(world: World, auth: dict[str, str]) -> None:
    known = {**STATEMENT, "id": str(uuid.uuid4())}
    call(world, "POST", "statements", auth, known)

    answer = call(world, "POST", "statements", auth, [STATEMENT, {**known, "result": {"duration": "PT9S"}}])

    assert answer.status_code == 409
    assert stored() == 1


@pytest.mark.parametrize("body", ["nonsense", "[1]", '{"actor": {}}', '{"id": "x", "actor": {}, "verb": {}, "object": {}}'])
def test_what_is_no_statement_is_refused_with_a_reason(world: World, auth: dict[str, str], body: str) -> None:
    answer = call(world, "POST", "statements", auth, body)

    assert answer.status_code == 400
    assert answer.get_json()["message"]
    assert stored() == 0


@pytest.mark.parametrize("header", ["", "Basic", "Basic !!!", "Basic bGF1bmNoOng=", "Bearer x"])
def test_without_this_launchs_credential_nothing_is_taken(world: World, header: str) -> None:
    assert call(world, "POST", "statements", {"Authorization": header}, STATEMENT).status_code == 403


def test_one_learner_reads_nothing_of_another(world: World, auth: dict[str, str]) -> None:
    other = builders.registration(world.registration.course, builders.learner("ben"))
    call(world, "POST", "statements", auth, STATEMENT)
    call(world, "PUT", "activities/state?activityId=a&stateId=bookmark", auth, '{"page": 3}')
    theirs = {"Authorization": "Basic " + xapi_launches.sign_credential(other.key, 1)}

    assert call(world, "GET", "statements", theirs).get_json()["statements"] == []
    assert call(world, "GET", "activities/state?activityId=a&stateId=bookmark", theirs).status_code == 404


def test_state_documents_are_kept_merged_listed_and_deleted(world: World, auth: dict[str, str]) -> None:
    path = "activities/state?activityId=http://a&stateId=bookmark"

    assert call(world, "PUT", path, auth, '{"page": 3, "x": 1}').status_code == 204
    assert call(world, "POST", path, auth, '{"page": 4}').status_code == 204
    assert call(world, "GET", path, auth).get_json() == {"page": 4, "x": 1}
    assert call(world, "GET", "activities/state?activityId=http://a", auth).get_json() == ["bookmark"]
    assert call(world, "DELETE", path, auth).status_code == 204
    assert call(world, "GET", path, auth).status_code == 404


def test_the_alternate_request_syntax_is_understood(world: World, auth: dict[str, str]) -> None:
    chosen = str(uuid.uuid4())
    form = {"statementId": chosen, "content": json.dumps(STATEMENT), "Authorization": auth["Authorization"]}

    answer = world.play.post("/xapi/statements?method=PUT", data=form, base_url=world.origin)

    assert answer.status_code == 204
    assert stored() == 1


PUBLISHERS = "Basic cHVibGlzaGVyOnBhc3N3b3Jk"
FORM = urlencode({"content": json.dumps(STATEMENT), "Authorization": PUBLISHERS, "Content-Type": "application/json"})
FORM_TYPE = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("query", "content_type", "body"),
    [
        ("", "text/plain;charset=UTF-8", json.dumps(STATEMENT)),
        ("", "application/json", json.dumps([STATEMENT])),
        ("&method=POST", "text/plain;charset=UTF-8", json.dumps(STATEMENT)),
        ("&method=POST", "text/plain;charset=UTF-8", FORM),
        ("&method=POST", "application/json", json.dumps(STATEMENT)),
        ("&method=POST", FORM_TYPE, FORM),
        ("&method=PUT&statementId=0b1c2d3e-4f50-4162-8374-95a6b7c8d9e0", FORM_TYPE, FORM),
    ],
)
def test_a_beacon_says_its_credential_in_the_address(world: World, auth: dict[str, str], query: str, content_type: str, body: str) -> None:
    """It goes before the password of another store in the form. What `sendBeacon` sends is named by what its data is."""
    address = f"/xapi/statements?{urlencode(auth)}{query}"

    answer = world.play.post(address, data=body, content_type=content_type, base_url=world.origin)

    assert answer.status_code in (200, 204), answer.get_data(as_text=True)
    (kept,) = call(world, "GET", "statements", auth).get_json()["statements"]
    assert kept["result"] == STATEMENT["result"]


def test_a_header_goes_before_a_form(world: World, auth: dict[str, str]) -> None:
    """XMLHttpRequests in the alternate syntax to another store are diverted, too."""
    answer = world.play.post("/xapi/statements?method=POST", data=FORM, content_type=FORM_TYPE, headers=auth, base_url=world.origin)

    assert answer.status_code == 200


@pytest.mark.parametrize("query", ["Authorization=Basic+bGF1bmNoOng%3D", "Authorization=%0A", "method=POST"])
def test_a_beacon_without_this_launchs_credential_is_not_taken(world: World, query: str) -> None:
    answer = world.play.post(f"/xapi/statements?{query}", data=FORM, content_type=FORM_TYPE, base_url=world.origin)

    assert answer.status_code in (400, 403)
    assert stored() == 0


def test_an_endpoint_joined_with_two_slashes_works(world: World, auth: dict[str, str]) -> None:
    assert call(world, "POST", "/statements", auth, STATEMENT).status_code == 200


@pytest.fixture
def cmi5_start(world: World) -> dict[str, str]:
    """The launch parameters of a cmi5 activity."""
    registration = builders.registration(builders.course("night-sky", kind=PackageKind.CMI5), builders.learner("cleo"))
    world.key, world.registration = registration.key, registration
    world.origin = world.origin.replace(urlsplit(world.origin).netloc.split(".")[0], registration.course.slug)
    answer = world.play.post(f"/player/{registration.key}/launch", json={"link": world.link()}, base_url=world.origin)
    source = answer.get_json()["activities"]["item_1"]["src"]
    return {name: values[0] for name, values in parse_qs(urlsplit(source).query).items()}


def test_a_cmi5_fetch_address_gives_its_token_once(world: World, cmi5_start: dict[str, str]) -> None:
    path = urlsplit(cmi5_start["fetch"]).path

    first = world.play.post(path, base_url=world.origin).get_json()
    second = world.play.post(path, base_url=world.origin).get_json()

    assert base64.b64decode(first["auth-token"]).startswith(b"launch:")
    assert second == {"error-code": "1", "error-text": second["error-text"]}


def test_a_cmi5_launch_finds_its_launch_data(world: World, cmi5_start: dict[str, str]) -> None:
    token = world.play.post(urlsplit(cmi5_start["fetch"]).path, base_url=world.origin).get_json()["auth-token"]
    auth = {"Authorization": f"Basic {token}"}
    query = f"activities/state?activityId={cmi5_start['activityId']}&stateId=LMS.LaunchData"

    data = call(world, "GET", query, auth).get_json()

    assert data["launchMode"] == "Normal"
    assert data["moveOn"] == "NotApplicable"
    assert data["contextTemplate"]["registration"] == cmi5_start["registration"] == str(uuid.UUID(world.key))


def test_an_xapi_launch_names_endpoint_credential_actor_registration_and_activity(world: World) -> None:
    registration = builders.registration(builders.course("tea", kind=PackageKind.XAPI), builders.learner("cleo"))
    world.key, world.registration = registration.key, registration
    world.origin = world.origin.replace(urlsplit(world.origin).netloc.split(".")[0], registration.course.slug)
    answer = world.play.post(f"/player/{registration.key}/launch", json={"link": world.link()}, base_url=world.origin)
    query = parse_qs(urlsplit(answer.get_json()["activities"]["item_1"]["src"]).query)

    assert query["endpoint"] == [f"{world.origin}/xapi/"]
    assert json.loads(query["actor"][0])["account"]["name"] == "cleo"
    known = {"endpoint", "auth", "actor", "registration", "activity_id", "activity_platform", "content_endpoint", "content_token"}
    assert set(query) == known
    auth = {"Authorization": query["auth"][0]}
    assert call(world, "POST", "statements", auth, STATEMENT).status_code == 200


HALF = '{"actor":{"name":"\\ud800\\u0000"},"verb":{},"object":{}}'


def test_half_a_surrogate_pair_in_a_statement_is_kept(world: World, auth: dict[str, str]) -> None:
    answer = call(world, "POST", "statements", auth, HALF)

    (chosen,) = answer.get_json()
    assert call(world, "GET", f"statements?statementId={chosen}", auth).get_json()["actor"] == {"name": "\ud800\0"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "statements", "[" * 100_000),
        ("POST", "statements", '{"actor":{},"verb":{},"object":{},"n":NaN}'),
        ("PUT", "activities/state?activityId=%00&stateId=%00", "{}"),
        ("PUT", "activities/state?activityId=a&stateId=" + "a" * 2001, "{}"),
        ("GET", "agents?agent=nonsense", None),
        ("GET", "agents?agent=[1]", None),
        ("GET", "agents?agent=" + "[" * 100_000, None),
        ("POST", "statements?method=PATCH", None),
    ],
)
def test_what_cannot_be_taken_is_refused_in_json(
    world: World, auth: dict[str, str], method: str, path: str, body: str | None
) -> None:
    answer = call(world, method, path, auth, body)

    assert answer.status_code == 400
    assert answer.get_json()["message"]


@pytest.mark.parametrize("kind", ["text/plain\r\nX-Forged: 1", "text/\u4e2d", "text/\0", " "])
def test_a_content_type_that_cannot_be_a_header_is_refused(world: World, auth: dict[str, str], kind: str) -> None:
    form = {"activityId": "a", "stateId": "s", "content": "x", "Content-Type": kind, **auth}

    answer = world.play.post("/xapi/activities/state?method=PUT", data=form, base_url=world.origin)

    assert answer.status_code == 400
    assert call(world, "GET", "activities/state?activityId=a&stateId=s", auth).status_code == 404


def test_statements_are_not_deleted_by_the_alternate_syntax_either(world: World, auth: dict[str, str]) -> None:
    form = {"content": json.dumps(STATEMENT), **auth}

    assert world.play.post("/xapi/statements?method=DELETE", data=form, base_url=world.origin).status_code == 405
    assert stored() == 0


def test_a_document_is_never_a_page_of_the_play_origin(world: World, auth: dict[str, str]) -> None:
    """Another site may have a browser post a form with a credential of its own: a script in the document must not run."""
    page = {"activityId": "a", "stateId": "s", "content": "<script>alert(1)</script>", "Content-Type": "text/html", **auth}
    assert world.play.post("/xapi/activities/state?method=PUT", data=page, base_url=world.origin).status_code == 204
    form = {"activityId": "a", "stateId": "s", **auth}

    answer = world.play.post("/xapi/activities/state?method=GET", data=form, base_url=world.origin)

    assert "alert" in answer.get_data(as_text=True)
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")


def test_a_fault_of_the_server_is_told_in_json(world: World, auth: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_args: object) -> None:
        raise OperationalError("SELECT", {}, Exception("the database is down"))

    monkeypatch.setattr(launch_statements.lrs_statements, "get_statements", down)

    answer = call(world, "GET", "statements", auth)

    assert answer.status_code == 503
    assert answer.get_json()["message"]


def test_a_document_without_a_length_is_not_cut_off_and_kept(world: World, auth: dict[str, str]) -> None:
    answer = call(
        world,
        "PUT",
        "activities/state?activityId=a&stateId=s",
        auth,
        environ_overrides={
            "wsgi.input": io.BytesIO(b" " * (hosts.MOST_BYTES + 10)),
            "wsgi.input_terminated": True,
            "HTTP_TRANSFER_ENCODING": "chunked",
        },
    )

    assert answer.status_code == 413
    assert call(world, "GET", "activities/state?activityId=a&stateId=s", auth).status_code == 404
