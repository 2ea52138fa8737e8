"""The record store at /xapi over HTTP: headers, both request syntaxes, multipart, refusals (xAPI 1.0.3 Communication; IEEE 9274.1.1)."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import uuid
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from seattime.domain.xapi.versions import HEADER
from seattime.services import api_keys, lrs_statements, xapi_launches
from seattime.storage.lrs_models import LrsStatement
from seattime.storage.models import db
from seattime.web import hosts
from tests.domain.xapi.made import made
from tests.web.conftest import PUBLIC, World

BASIC = "Basic " + base64.b64encode(b"tester:secret").decode()
THROUGH = "X-Experience-API-Consistent-Through"
AGENT = '{"mbox":"mailto:ana@example.org"}'


def call(world: World, method: str, path: str, body: Any = None, **headers: str):  # type: ignore[no-untyped-def]  # a werkzeug response
    data = body if isinstance(body, str | bytes) or body is None else json.dumps(body)
    given = {"Authorization": BASIC, HEADER: "1.0.3", "Content-Type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return world.public.open(f"/xapi/{path}", method=method, data=data, headers=given, base_url=PUBLIC)


def stored() -> int:
    return int(db.session.execute(select(func.count()).select_from(LrsStatement)).scalar_one())


def test_a_statement_goes_in_and_comes_back_by_the_letter(world: World) -> None:
    chosen = str(uuid.uuid4())
    text = json.dumps(made(result={"duration": "PT1.230S"})).replace('"PT1', '"PT1')[:-1] + ',"context":{"extensions":{"http://e":1.50}}}'

    assert call(world, "PUT", f"statements?statementId={chosen}", text).status_code == 204
    answer = call(world, "GET", f"statements?statementId={chosen}")

    assert answer.status_code == 200
    assert '"context":{"extensions":{"http://e":1.50}}' in answer.get_data(as_text=True)
    assert answer.headers[HEADER] == "1.0.3"
    assert answer.headers[THROUGH].endswith("Z")
    assert parsedate_to_datetime(answer.headers["Last-Modified"]).year == 2026


def test_more_leads_to_every_statement(world: World) -> None:
    ids = call(world, "POST", "statements", [made() for _ in range(5)]).get_json()
    seen, path = [], "statements?limit=2&verb=" + "http://example.org/did"
    while path:
        answer = call(world, "GET", path).get_json()
        seen += [each["id"] for each in answer["statements"]]
        path = answer["more"].removeprefix("/xapi/")

    assert seen == list(reversed(ids))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": ""}, 401),
        ({"Authorization": "Basic " + base64.b64encode(b"tester:wrong").decode()}, 401),
        ({"Authorization": "Bearer x"}, 401),
        ({"Authorization": "Basic !"}, 401),
        ({HEADER: "0.95"}, 400),
        ({HEADER: "1.1.0"}, 400),
        ({HEADER: "3.0"}, 400),
        ({HEADER: ""}, 400),
        ({HEADER: "1.0"}, 200),
        ({HEADER: "2.0.0"}, 200),
    ],
)
def test_who_calls_and_in_which_version(world: World, headers: dict[str, str], status: int) -> None:
    answer = call(world, "GET", "statements", **headers)

    assert answer.status_code == status
    assert answer.get_json().get("message") if status >= 400 else answer.get_json()["more"] == ""


def test_a_key_needs_the_scope(world: World) -> None:
    key = api_keys.create_key(scopes=["read"])
    basic = "Basic " + base64.b64encode(f"{key.key_id}:{key.secret}".encode()).decode()

    assert call(world, "GET", "statements", Authorization=basic).status_code == 403


def test_a_launchs_credential_is_none_here_and_a_key_none_where_content_runs(world: World) -> None:
    launch = "Basic " + xapi_launches.sign_credential(world.key, 1)

    assert call(world, "GET", "statements", Authorization=launch).status_code == 401
    assert world.play.get("/xapi/statements", base_url=world.origin, headers={"Authorization": BASIC}).status_code == 403


def test_about_is_for_everybody(world: World) -> None:
    answer = world.public.get("/xapi/about", base_url=PUBLIC)

    assert {"1.0.3", "2.0.0"} <= set(answer.get_json()["version"])


@pytest.mark.parametrize("path", ["/lrs/about", "/lrs/statements", "/xapi/nothing", "/xapi/"])
def test_there_is_nothing_else(world: World, path: str) -> None:
    assert world.public.get(path, base_url=PUBLIC).status_code == 404


def test_head_is_get_without_a_body(world: World) -> None:
    call(world, "POST", "statements", made())

    answer = call(world, "HEAD", "statements")

    assert answer.status_code == 200
    assert answer.get_data() == b""
    assert int(answer.headers["Content-Length"]) > 100


def test_a_method_that_a_resource_does_not_have(world: World) -> None:
    answer = call(world, "DELETE", "statements")

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, POST, PUT"


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "where"),
    [
        ("POST", "statements", "{", {}, "the body: is not JSON (Expecting property name"),
        ("POST", "statements", b"\xff", {}, "the body: is not UTF-8"),
        ("POST", "statements", '{"a":1,"a":2}', {}, "the body: is not JSON that can be taken (the name 'a' stands twice"),
        ("POST", "statements", "[" * 100_000, {}, "the body"),
        ("POST", "statements", [made(), {**made(), "verb": {"id": "x"}}], {}, "statements[1].verb.id: must be an IRI"),
        ("POST", "statements", "x", {"Content_Type": "text/plain"}, "Content-Type: must be application/json or multipart/mixed"),
        ("POST", "statements", "x", {"Content_Type": "multipart/mixed"}, "Content-Type: of multipart/mixed must name its boundary"),
        ("POST", "statements", "x", {"Content_Type": "multipart/mixed; boundary=b"}, "the body"),
        ("POST", "statements?statementId=" + str(uuid.UUID(int=1)), made(), {}, "statementId: is not a parameter"),
        ("PUT", "statements", made(), {}, "statementId: is missing"),
        ("PUT", "statements?statementId=" + str(uuid.UUID(int=1)), [made()], {}, "the body: of a PUT must be one statement"),
        ("PUT", "statements?statementId=" + str(uuid.UUID(int=1)), made(id=str(uuid.UUID(int=2))), {}, "statement.id: differs"),
        ("GET", "statements?StatementId=x", None, {}, "StatementId: is not a parameter of this resource; do you mean statementId?"),
        ("GET", "statements?limit=1&limit=2", None, {}, "limit: stands twice"),
        ("GET", "agents?agent=[1]", None, {}, "agent: must be a JSON object"),
        ("GET", "activities?activityId=x", None, {}, "activityId: must be an IRI"),
        ("PUT", f"activities/state?activityId=http://a&agent={AGENT}&stateId=a%00", "{}", {}, "stateId: must have"),
        ("PUT", f"activities/state?activityId=http://a&agent={AGENT}&stateId=a", "{", {}, "the body: is not JSON"),
        ("PUT", f"activities/state?activityId=http://a&agent={AGENT}&stateId=a", "x", {"Content_Type": "x"}, "Content-Type: must be"),
        ("PUT", f"agents/profile?agent={AGENT}&profileId=a", "{}", {}, "If-None-Match: is missing"),
        ("DELETE", f"agents/profile?agent={AGENT}", None, {}, "profileId: is missing"),
    ],
)
def test_bad_input_is_refused_with_what_and_where(
    world: World, method: str, path: str, body: Any, headers: dict[str, str], where: str
) -> None:
    answer = call(world, method, path, body, **headers)

    assert answer.status_code == 400
    assert answer.get_json()["message"].startswith(where)
    assert stored() == 0


def test_a_body_without_a_length_is_not_cut_off_and_kept(world: World) -> None:
    answer = world.public.post(
        "/xapi/statements",
        base_url=PUBLIC,
        headers={"Authorization": BASIC, HEADER: "1.0.3", "Content-Type": "application/json"},
        environ_overrides={
            "wsgi.input": io.BytesIO(b" " * (hosts.MOST_BYTES + 10)),
            "wsgi.input_terminated": True,
            "HTTP_TRANSFER_ENCODING": "chunked",
        },
    )

    assert answer.status_code == 413


def test_a_form_without_a_length_is_not_cut_off_and_kept(world: World) -> None:
    head = urlencode(
        {"Authorization": BASIC, HEADER: "1.0.3", "activityId": "http://a", "agent": AGENT, "stateId": "s", "Content-Type": "text/plain"}
    )
    answer = world.public.post(
        "/xapi/activities/state?method=PUT",
        base_url=PUBLIC,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        environ_overrides={
            "wsgi.input": io.BytesIO(f"{head}&content=".encode() + b"a" * (hosts.MOST_BYTES + 10)),
            "wsgi.input_terminated": True,
            "HTTP_TRANSFER_ENCODING": "chunked",
        },
    )

    assert answer.status_code == 413
    assert call(world, "GET", f"activities/state?activityId=http://a&agent={AGENT}&stateId=s").status_code == 404


def test_more_statements_than_one_request_may_hold_are_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lrs_statements, "MOST_STATEMENTS", 2)

    assert call(world, "POST", "statements", [made() for _ in range(3)]).status_code == 400
    assert stored() == 0


def test_other_content_under_an_id_is_409_and_nothing_of_its_batch_is_stored(world: World) -> None:
    chosen = str(uuid.uuid4())
    call(world, "POST", "statements", made(id=chosen))

    answer = call(world, "POST", "statements", [made(), made(id=chosen, result={"success": True})])

    assert answer.status_code == 409
    assert stored() == 1


def test_an_outage_is_503_for_whoever_reads(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_args: object, **_more: object) -> None:
        raise OperationalError("SELECT", {}, Exception("the database is down"))

    monkeypatch.setattr(lrs_statements.lrs_reading, "find_statements", down)

    answer = call(world, "GET", "statements")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


def multipart(*parts: tuple[dict[str, str], bytes], end: bytes = b"--b--\r\n") -> bytes:
    made = b""
    for headers, body in parts:
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        made += b"--b\r\n" + head.encode() + b"\r\n" + body + b"\r\n"
    return made + end


BYTES = b"\x00\r\n--\xff\r\nb"
SHA2 = hashlib.sha256(BYTES).hexdigest()
WITH_FILE = made(
    attachments=[{"usageType": "http://u", "display": {"en": "x"}, "contentType": "image/png", "length": len(BYTES), "sha2": SHA2}]
)
FIRST = ({"Content-Type": "application/json"}, json.dumps(WITH_FILE).encode())
SECOND = {"Content-Type": "image/png", "Content-Transfer-Encoding": "binary", "X-Experience-API-Hash": SHA2}
MIXED = {"Content_Type": "multipart/mixed; boundary=b"}


def test_an_attachment_goes_in_and_comes_back_byte_by_byte(world: World) -> None:
    (chosen,) = call(world, "POST", "statements", multipart(FIRST, (SECOND, BYTES)), **MIXED).get_json()

    answer = call(world, "GET", f"statements?statementId={chosen}&attachments=true")

    kind, _, boundary = answer.content_type.partition("; boundary=")
    _before, json_part, file_part, _after = answer.get_data().split(f"--{boundary}".encode())
    assert kind == "multipart/mixed"
    assert json.loads(json_part.partition(b"\r\n\r\n")[2])["id"] == chosen
    headers, _, body = file_part.partition(b"\r\n\r\n")
    assert body == BYTES + b"\r\n"
    assert headers.decode().strip().split("\r\n") == [f"{name}: {value}" for name, value in SECOND.items()]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (multipart(), "the body"),
        (multipart(FIRST), "statements[0].attachments[0]: has neither"),
        (multipart(FIRST, (SECOND, b"other")), "a part of the request: has other content"),
        (multipart(FIRST, (SECOND, BYTES), ({**SECOND, "X-Experience-API-Hash": "a" * 64}, b"x")), "a part of the request: has the hash"),
        (multipart(({"Content-Type": "text/plain"}, FIRST[1]), (SECOND, BYTES)), "the first part: must have the Content-Type"),
        (multipart(FIRST, ({"X-Experience-API-Hash": SHA2}, BYTES)), "part 2: must have the Content-Transfer-Encoding"),
        (multipart(FIRST, ({"Content-Transfer-Encoding": "binary"}, BYTES)), "part 2: must have an X-Experience-API-Hash"),
        (multipart(FIRST, ({**SECOND, "X-Experience-API-Hash": "x"}, BYTES)), "the X-Experience-API-Hash of part 2"),
        (multipart(FIRST, (SECOND, BYTES), end=b""), "the body: is not multipart/mixed with this boundary, or breaks off"),
        (multipart(FIRST, ({**SECOND, "X-Long": "a" * 10_000}, BYTES)), "the body: is not multipart/mixed that can be read"),
    ],
)
def test_bad_multipart_is_refused_whole(world: World, body: bytes, why: str) -> None:
    answer = call(world, "POST", "statements", body, **MIXED)

    assert answer.status_code == 400
    assert answer.get_json()["message"].startswith(why)
    assert stored() == 0


def form(world: World, method: str, parameters: dict[str, str], resource: str = "statements", **headers: str):  # type: ignore[no-untyped-def]
    return world.public.post(
        f"/xapi/{resource}?method={method}",
        data=urlencode(parameters),
        headers={"Content-Type": "application/x-www-form-urlencoded", **headers},
        base_url=PUBLIC,
    )


def test_the_alternate_request_syntax(world: World) -> None:
    """Communication 1.3."""
    chosen = str(uuid.uuid4())
    given = {"Authorization": BASIC, HEADER: "1.0.3", "Content-Type": "application/json"}

    assert form(world, "PUT", {**given, "statementId": chosen, "content": json.dumps(made())}).status_code == 204
    assert form(world, "GET", {**given, "statementId": chosen}).get_json()["id"] == chosen
    state = {**given, "activityId": "http://a", "agent": AGENT, "stateId": "s"}
    assert form(world, "PUT", {**state, "content": "{}"}, "activities/state").status_code == 204
    assert form(world, "PUT", {**state, "content": "[]", "If-Match": '"x"'}, "activities/state").status_code == 412
    assert form(world, "DELETE", state, "activities/state").status_code == 204
    assert form(world, "GET", state, "activities/state").status_code == 404


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("PATCH", {}),
        ("PUT&statementId=" + str(uuid.UUID(int=1)), {"content": json.dumps(made())}),
        ("PUT", {"statementId": str(uuid.UUID(int=1))}),
        ("PUT", {"statementId": str(uuid.UUID(int=1)), "content": json.dumps(made()), HEADER: "2.0.0"}),
        ("GET", {"nonsense": "1"}),
    ],
)
def test_what_the_alternate_syntax_refuses(world: World, method: str, parameters: dict[str, str]) -> None:
    assert form(world, method, {"Authorization": BASIC, HEADER: "1.0.3", **parameters}).status_code == 400
    assert stored() == 0


def test_a_form_of_another_site_cannot_use_what_the_browser_remembers(world: World) -> None:
    parameters = {HEADER: "1.0.3", "statementId": str(uuid.UUID(int=1)), "content": json.dumps(made())}

    refused = form(world, "PUT", parameters, Authorization=BASIC, Origin="http://evil.example")

    assert refused.status_code == 403
    assert stored() == 0
    assert form(world, "PUT", {**parameters, "Authorization": BASIC}, Origin="http://elsewhere.example").status_code == 204


def test_content_that_runs_elsewhere_may_ask(world: World) -> None:
    asked = world.public.options(
        "/xapi/statements", base_url=PUBLIC, headers={"Origin": "http://elsewhere.example", "Access-Control-Request-Method": "PUT"}
    )

    assert asked.status_code == 204
    assert "PUT" in asked.headers["Access-Control-Allow-Methods"]
    assert HEADER in asked.headers["Access-Control-Allow-Headers"]
    for answer in (asked, call(world, "GET", "statements"), call(world, "GET", "statements", Authorization="")):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_launched_content_may_run_elsewhere_too(world: World) -> None:
    asked = world.play.options("/xapi/statements", base_url=world.origin)

    assert asked.status_code == 204
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    assert asked.headers["Access-Control-Allow-Origin"] == "*"


def test_documents_carry_an_etag_and_are_never_a_page_of_ours(world: World) -> None:
    path = f"agents/profile?agent={AGENT}&profileId=p"

    assert call(world, "PUT", path, "<script>", Content_Type="text/html", If_None_Match="*").status_code == 204
    answer = call(world, "GET", path)

    assert answer.get_data() == b"<script>"
    assert answer.headers["ETag"] == f'"{hashlib.sha1(b"<script>").hexdigest()}"'
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert "Last-Modified" in answer.headers
    assert call(world, "PUT", path, "x", Content_Type="text/html").status_code == 409
    assert call(world, "PUT", path, "x", Content_Type="text/html", If_Match=answer.headers["ETag"]).status_code == 204
    assert call(world, "GET", f"agents/profile?agent={AGENT}").get_json() == ["p"]


def test_2_0_wants_an_etag_where_a_state_would_be_replaced(world: World) -> None:
    path = f"activities/state?activityId=http://a&agent={AGENT}&stateId=s"

    assert call(world, "PUT", path, "{}", **{HEADER: "2.0.0"}).status_code == 204
    assert call(world, "PUT", path, "{}", **{HEADER: "2.0.0"}).status_code == 409
    assert call(world, "PUT", path, "{}").status_code == 204


def test_a_person_has_every_value_in_an_array(world: World) -> None:
    call(world, "POST", "statements", made())

    assert call(world, "GET", f"agents?agent={AGENT}").get_json() == {
        "objectType": "Person",
        "name": ["Ana"],
        "mbox": ["mailto:ana@example.org"],
    }
