"""Who may see the pages, and from where they may be written to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from seattime.app import create_app
from seattime.config import Settings
from seattime.services import sign_in
from seattime.services.parts import parts
from tests.web.pages.conftest import PUBLIC, Browser

PAGES = ["/", "/learners", "/reports", "/reports.csv", "/policies", "/policies/Standard", "/api-keys"]


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_shown_how_to_sign_in(stranger: Browser, path: str) -> None:
    answer = stranger.get(path)

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in?next=")


def test_a_strangers_script_is_told_in_json(stranger: Browser) -> None:
    answer = stranger.get("/imports/x", headers={"Accept": "application/json"})

    assert answer.status_code == 401
    assert answer.get_json()["message"].startswith("You are signed out")


def test_a_stranger_changes_nothing(stranger: Browser) -> None:
    answer = stranger.post("/remove-samples")

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/sign-in"


def test_fetching_a_sign_in_link_does_not_use_it_up(stranger: Browser) -> None:
    path = sign_in.make_link().removeprefix(PUBLIC)

    assert "Sign in" in stranger.text(path)
    assert "Sign in" in stranger.text(path)


def test_a_used_sign_in_link_says_so(stranger: Browser) -> None:
    address = sign_in.make_link()
    sign_in.use_link(address.rsplit("/", 1)[1])

    answer = stranger.get(address.removeprefix(PUBLIC))

    assert answer.status_code == 410
    assert "has been used already" in answer.get_data(as_text=True)


def test_signing_out_ends_it(admin: Browser) -> None:
    assert admin.get("/").status_code == 200
    assert admin.post("/sign-out").status_code == 302
    assert admin.get("/").status_code == 302


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://course.play.localhost:8000",
        "https://localhost:8000",
        "http://localhost:8001",
        "null",
        "http://[",
        "",
    ],
)
def test_a_form_from_another_origin_is_refused(admin: Browser, origin: str) -> None:
    answer = admin.post("/remove-samples", headers={"Origin": origin})

    assert answer.status_code == 403


def test_a_form_without_the_token_is_refused(admin: Browser) -> None:
    answer = admin.request("/remove-samples", method="POST", headers={"Origin": PUBLIC})

    assert answer.status_code == 400
    assert "earlier sign-in" in answer.get_data(as_text=True)


def test_a_form_of_a_page_at_the_servers_other_name_is_taken(stranger: Browser) -> None:
    """Behind a proxy that keeps the Host, or at 127.0.0.1 in place of localhost."""
    other = "http://127.0.0.1:8000"
    path = sign_in.make_link().removeprefix(PUBLIC)
    page = stranger.get(path, base_url=other).get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None

    answer = stranger.request(path, method="POST", base_url=other, data={"csrf_token": token[1]}, headers={"Origin": other})

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("path", [*PAGES, "/sign-in", "/nothing"])
def test_no_page_can_be_framed_or_run_a_foreign_script(admin: Browser, path: str) -> None:
    headers = admin.get(path).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", PAGES)
def test_no_page_holds_inline_script_or_style(admin: Browser, samples: None, path: str) -> None:
    page = admin.text(path)

    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"\s(style|on[a-z]+)=\"", page)
    assert "<style" not in page


def test_the_cookie_cannot_be_read_by_scripts_or_sent_along_by_other_sites(stranger: Browser) -> None:
    cookie = stranger.get(sign_in.make_link().removeprefix(PUBLIC)).headers["Set-Cookie"]

    assert cookie.startswith("seattime=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_on_https_the_cookie_belongs_to_this_host_alone(sqlite_app: Flask, tmp_path: Path) -> None:
    with sqlite_app.app_context():
        database_url = parts().settings.database_url
    settings = Settings(data_dir=tmp_path / "https", database_url=database_url, public_url="https://learn.example.org").checked()
    app = create_app(settings)

    with app.app_context():
        path = sign_in.make_link().removeprefix("https://learn.example.org")
        cookie = app.test_client().get(path, base_url="https://learn.example.org").headers["Set-Cookie"]

    assert cookie.startswith("__Host-seattime=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "evil", "/\t/evil.example", "/\r/evil.example", "/\n/evil.example"],
)
def test_after_signing_in_one_stays_on_this_server(admin: Browser, target: str) -> None:
    answer = admin.get("/sign-in", query_string={"next": target})

    assert answer.headers["Location"] == "/"


def test_after_signing_in_one_gets_where_one_wanted(admin: Browser) -> None:
    assert admin.get("/sign-in", query_string={"next": "/reports?since=2026-11-01"}).headers["Location"] == ("/reports?since=2026-11-01")


def test_assets_are_kept_by_browsers_only_under_the_address_with_their_hash(stranger: Browser) -> None:
    page = stranger.text("/sign-in")
    address = re.search(r'href="(/assets/base\.css\?v=[0-9a-f]{12})"', page)
    assert address is not None

    assert "immutable" in stranger.get(address[1]).headers["Cache-Control"]
    assert stranger.get("/assets/base.css").headers["Cache-Control"] == "no-cache"
    assert stranger.get("/assets/page.js").content_type.startswith("text/javascript")


@pytest.mark.parametrize("host", ["http://10.0.0.5:8000", "http://learn.example.org", "http://localhost:9000"])
def test_a_page_at_another_name_says_what_is_missing(stranger: Browser, host: str) -> None:
    page = stranger.get("/sign-in", base_url=host).get_data(as_text=True)

    assert f"You opened this page at <b>{host.removeprefix('http://')}</b>" in page
    assert "SEATTIME_PUBLIC_URL" in page


@pytest.mark.parametrize("host", [PUBLIC, "http://127.0.0.1:8000", "http://[::1]:8000"])
def test_at_its_own_names_a_page_says_nothing_of_names(stranger: Browser, host: str) -> None:
    assert "You opened this page at" not in stranger.get("/sign-in", base_url=host).get_data(as_text=True)


@pytest.mark.parametrize("host", ["[", "[::1]:x", "a b", "\u00ff"])
def test_a_host_that_is_none_breaks_no_page(stranger: Browser, host: str) -> None:
    answer = stranger.get("/sign-in", environ_overrides={"HTTP_HOST": host.encode().decode("latin-1")})

    assert answer.status_code in (200, 400)


@pytest.mark.parametrize(
    "path",
    ["/courses/%00", "/learners/%00", "/registrations/%00", "/policies/%00", "/imports/%00", "/reports?course=%00", "/sign-in/%00"],
)
def test_an_address_that_no_database_takes_is_no_fault_of_the_server(app: Flask, path: str) -> None:
    browser = Browser(app, app.test_client())
    assert browser.post(sign_in.make_link().removeprefix(PUBLIC)).status_code == 302

    assert browser.get(path).status_code in (200, 400, 404, 410)


@pytest.mark.parametrize("name", ["a/b", "..", ".", "\0", " "])
def test_a_policy_is_called_by_a_name_that_an_address_can_hold(admin: Browser, name: str) -> None:
    assert admin.post("/policies", {"name": name}).status_code == 400
