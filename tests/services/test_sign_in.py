"""One-time sign-in links."""

import pytest
from flask import Flask
from sqlalchemy import select

from seattime.errors import LinkExpired
from seattime.services import sign_in
from seattime.storage.models import SignInLink, User, db
from tests.conftest import SetClock


def _token(address: str) -> str:
    return address.rsplit("/", 1)[1]


def test_a_link_signs_in_once(app: Flask) -> None:
    token = _token(sign_in.make_link())
    assert sign_in.use_link(token).name == "administrator"
    with pytest.raises(LinkExpired):
        sign_in.use_link(token)


def test_looking_at_a_link_does_not_use_it_up(app: Flask) -> None:
    token = _token(sign_in.make_link())
    assert sign_in.check_link(token) == sign_in.check_link(token)
    assert sign_in.use_link(token).name == "administrator"


def test_a_link_is_good_for_half_an_hour(app: Flask, clock: SetClock) -> None:
    token = _token(sign_in.make_link())
    clock.advance(30 * 60 * 1000 - 1)
    sign_in.check_link(token)
    clock.advance(1)
    with pytest.raises(LinkExpired):
        sign_in.check_link(token)


def test_an_unknown_link_signs_nobody_in(app: Flask) -> None:
    with pytest.raises(LinkExpired):
        sign_in.use_link("made-up")


def test_only_the_hash_of_a_link_is_kept(app: Flask) -> None:
    token = _token(sign_in.make_link())
    assert token not in db.session.scalars(select(SignInLink.token_hash)).all()


def test_links_for_the_same_name_are_for_the_same_user(app: Flask) -> None:
    first = sign_in.use_link(_token(sign_in.make_link("Kim")))
    second = sign_in.use_link(_token(sign_in.make_link("Kim")))
    assert first == second
    assert db.session.scalars(select(User.name)).all() == ["Kim"]


def test_a_link_begins_with_the_public_address(app: Flask) -> None:
    assert sign_in.make_link().startswith("http://localhost:8000/sign-in/")


def test_a_user_who_is_gone_is_nobody(app: Flask) -> None:
    assert sign_in.find_user("no-such-key") is None
