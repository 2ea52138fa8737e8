"""Tokens that cannot be verified: nobody gains anything by them, and nothing that came with them is lost (design 3.4)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from seattime.errors import LinkExpired, NotAllowed
from seattime.services import commits, recovery
from seattime.services.claims import DAY_S, DeliveryClaims, sign_delivery
from seattime.services.parts import EXTENSION, parts
from seattime.services.tokens import Purpose, Tokens
from seattime.storage.models import SessionRow, db
from seattime.storage.spool import SpoolBackend, SpoolFailed
from tests import builders
from tests.conftest import SetClock


@pytest.fixture
def claims(sqlite_app: Flask) -> DeliveryClaims:
    return builders.launch(builders.registration())


def send(token: str) -> list[dict[str, Any]]:
    record = builders.record(time=builders.time_register(), state=builders.state_register())
    answer = commits.record_commit({"v": 1, "token": token, "records": [record]})
    assert (answer["ledger"], answer["now"]) == (None, None), "nothing was stored, so there is nothing to anchor to"
    return list(answer["results"])


def stored() -> int:
    count = len(db.session.scalars(select(SessionRow.session_id)).all())
    db.session.rollback()
    return count


def signed_by_a_lost_key(app: Flask, claims: DeliveryClaims) -> str:
    known = parts()
    app.extensions[EXTENSION] = replace(known, tokens=Tokens(("a key that nobody has",), known.wall))
    token = sign_delivery(claims)
    app.extensions[EXTENSION] = known
    return token


def test_what_a_lost_key_signed_is_held_and_an_operator_lets_it_in(sqlite_app: Flask, claims: DeliveryClaims) -> None:
    [result] = send(signed_by_a_lost_key(sqlite_app, claims))

    assert (result["time"], result["state"]) == ({"seq": 1, "status": "held"}, {"seq": 1, "status": "held"})
    assert "attempt" not in result
    assert (stored(), parts().spool.count()) == (0, 0), "by itself it goes nowhere"
    [aside] = parts().spool.set_aside()
    assert (aside.kind, aside.registration_key) == ("held", claims.registration_key)
    recovery.put_back(aside.id)
    assert recovery.drain().drained == 1
    assert stored() == 1


def test_what_comes_with_an_expired_token_is_held(claims: DeliveryClaims, clock: SetClock) -> None:
    token = sign_delivery(claims)
    clock.advance((parts().settings.token_days * DAY_S + 1) * 1_000)

    [result] = send(token)

    assert result["time"]["status"] == "held"
    assert "expired" in parts().spool.set_aside()[0].reason


@pytest.mark.parametrize("token", ["forged", "a.b", ".eJwrSSwuAQAEXQHB.x"])
def test_what_has_not_even_our_form_is_refused(claims: DeliveryClaims, token: str) -> None:
    with pytest.raises(NotAllowed):
        send(token)
    assert parts().spool.set_aside_count() == 0


@pytest.mark.parametrize(
    "changes", [{"r": "short"}, {"r": "A" * 32}, {"n": "1"}, {"o": True}, {"t": 1.5}, {"i": None}, {"m": "cheat"}], ids=str
)
def test_what_is_not_a_delivery_tokens_payload_is_refused(claims: DeliveryClaims, changes: dict[str, Any]) -> None:
    payload = {"r": claims.registration_key, "n": 1, "o": 1, "t": 1, "i": 1, "m": "normal"} | changes
    token = Tokens(("a key that nobody has",), parts().wall).sign(Purpose.DELIVERY, payload, lives_s=60)

    with pytest.raises(NotAllowed):
        send(token)
    assert parts().spool.set_aside_count() == 0


def test_beyond_the_volume_cap_the_token_is_refused_as_ever(
    sqlite_app: Flask, claims: DeliveryClaims, clock: SetClock, tmp_path: Any
) -> None:
    small = SpoolBackend(tmp_path / "small", lambda: clock.now, 10**6, 1_000)
    sqlite_app.extensions[EXTENSION] = replace(parts(), spool=small)
    token = signed_by_a_lost_key(sqlite_app, claims)
    send(token)
    with pytest.raises(NotAllowed):
        send(token)

    assert small.set_aside_count() == 1, "what was held stays"
    small.close()


def test_where_the_spool_is_broken_an_expired_token_is_called_expired(
    claims: DeliveryClaims, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise SpoolFailed("the disk is gone")

    token = sign_delivery(claims)
    clock.advance((parts().settings.token_days * DAY_S + 1) * 1_000)
    monkeypatch.setattr(SpoolBackend, "keep_aside", broken)

    with pytest.raises(LinkExpired):
        send(token)
