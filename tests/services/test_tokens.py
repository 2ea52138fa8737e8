"""Tokens: one purpose, one lifetime, keys that are only ever added."""

from __future__ import annotations

import pytest

from seattime.errors import LinkExpired, NotAllowed
from seattime.services.tokens import Purpose, Tokens
from tests.conftest import SetClock


def test_a_token_says_what_was_signed_until_its_time_is_over(clock: SetClock) -> None:
    tokens = Tokens(("k",), clock.seconds)
    token = tokens.sign(Purpose.LINK, {"r": "abc"}, lives_s=120)

    assert tokens.read(Purpose.LINK, token)["r"] == "abc"
    clock.advance(120_000)
    assert tokens.read(Purpose.LINK, token)["r"] == "abc"
    clock.advance(1_000)
    with pytest.raises(LinkExpired):
        tokens.read(Purpose.LINK, token)


def test_a_token_of_one_purpose_is_worth_nothing_for_another(clock: SetClock) -> None:
    tokens = Tokens(("k",), clock.seconds)
    link = tokens.sign(Purpose.LINK, {"r": "abc"}, lives_s=120)

    for purpose in (Purpose.DELIVERY, Purpose.PLAYER, Purpose.XAPI):
        with pytest.raises(NotAllowed):
            tokens.read(purpose, link)


def test_a_changed_signing_key_leaves_older_tokens_valid(clock: SetClock) -> None:
    token = Tokens(("old",), clock.seconds).sign(Purpose.DELIVERY, {"r": "abc"}, lives_s=3600)

    assert Tokens(("old", "new"), clock.seconds).read(Purpose.DELIVERY, token)["r"] == "abc"
    with pytest.raises(NotAllowed):
        Tokens(("new",), clock.seconds).read(Purpose.DELIVERY, token)


@pytest.mark.parametrize("token", ["", "x", "e30.AAAA", "e30"])
def test_a_made_up_token_is_refused(token: str, clock: SetClock) -> None:
    with pytest.raises(NotAllowed):
        Tokens(("k",), clock.seconds).read(Purpose.DELIVERY, token)


def test_half_a_surrogate_pair_is_no_token(clock: SetClock) -> None:
    with pytest.raises(NotAllowed):
        Tokens(("key",), clock.seconds).read(Purpose.LINK, "\ud800")


def test_a_token_that_was_read_before_still_expires_and_still_has_one_purpose(clock: SetClock) -> None:
    tokens = Tokens(("k",), clock.seconds)
    token = tokens.sign(Purpose.DELIVERY, {"r": "abc"}, lives_s=60)
    assert tokens.read(Purpose.DELIVERY, token) == tokens.read(Purpose.DELIVERY, token)

    with pytest.raises(NotAllowed):
        tokens.read(Purpose.XAPI, token)
    clock.advance(61_000)
    with pytest.raises(LinkExpired):
        tokens.read(Purpose.DELIVERY, token)
