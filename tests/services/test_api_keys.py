"""Keys of the REST API."""

from __future__ import annotations

import pytest
from flask import Flask

from seattime.errors import BadInput, Conflict, NotFound, NotSignedIn
from seattime.services import api_keys
from seattime.services.api_keys import Scope
from seattime.storage.models import ApiKey, db


def test_a_new_key_opens_and_only_its_hash_is_kept(app: Flask) -> None:
    made = api_keys.create_key("lms")
    caller = api_keys.check_key("lms", made.secret)
    assert caller.key_id == "lms"
    assert caller.may(Scope.READ)
    assert caller.may(Scope.WRITE)
    assert not caller.may(Scope.ADMIN)
    kept = db.session.get_one(ApiKey, "lms")
    assert made.secret not in repr(vars(kept))


@pytest.mark.parametrize(
    ("key_id", "secret"),
    [("tester", "wrong"), ("nobody", "secret"), ("", ""), ("tester", ""), ("nul\0", "secret"), ("tester", "\udc80")],
)
def test_a_wrong_id_or_secret_is_refused_in_the_same_words(app: Flask, key_id: str, secret: str) -> None:
    with pytest.raises(NotSignedIn, match="The API key's id or secret is wrong"):
        api_keys.check_key(key_id, secret)


def test_a_key_of_the_settings_may_do_everything(app: Flask) -> None:
    assert all(api_keys.check_key("tester", "secret").may(scope) for scope in Scope)


def test_a_revoked_key_opens_nothing(app: Flask) -> None:
    made = api_keys.create_key()
    api_keys.revoke_key(made.key_id)
    with pytest.raises(NotSignedIn):
        api_keys.check_key(made.key_id, made.secret)


def test_revoking_a_key_that_is_not_there_says_so(app: Flask) -> None:
    with pytest.raises(NotFound):
        api_keys.revoke_key("nobody")


def test_an_id_that_is_taken_by_a_key_or_by_the_settings_is_a_conflict(app: Flask) -> None:
    api_keys.create_key("lms")
    for taken in ("lms", "tester"):
        with pytest.raises(Conflict):
            api_keys.create_key(taken)


@pytest.mark.parametrize("key_id", ["a:b", "a,b", "", " a", "a\nb"])
def test_an_id_that_credentials_cannot_carry_is_refused(app: Flask, key_id: str) -> None:
    with pytest.raises(BadInput):
        api_keys.create_key(key_id)


def test_a_scope_that_there_is_not_is_refused_by_name(app: Flask) -> None:
    with pytest.raises(BadInput, match="no scope 'everything'"):
        api_keys.create_key(scopes=["everything"])


def test_checking_leaves_no_transaction_open(app: Flask) -> None:
    api_keys.check_key("tester", "secret")
    assert not db.session().in_transaction()
