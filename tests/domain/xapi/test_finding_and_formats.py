"""By what a statement is found, and how it is shown (Communication 2.1.3)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seattime.domain.xapi import formats, json_text
from seattime.domain.xapi.completing import Sent, complete
from seattime.domain.xapi.finding import key, keys_of
from seattime.domain.xapi.queries import MOST, read_query
from seattime.domain.xapi.versions import Version
from seattime.errors import BadInput
from tests.domain.xapi.made import AGENT, GROUP, REF, SUB, made

WHO = "mbox mailto:ana@example.org"
AUTHORITY = {"objectType": "Agent", "account": {"homePage": "http://localhost:8000", "name": "key"}}


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (made(), {"agent": WHO, "related_agent": WHO, "verb": "http://example.org/did", "activity": "http://example.org/a"}),
        (made(object={"objectType": "Agent", "openid": "http://me"}), {"agent": "openid http://me"}),
        (made(actor=GROUP), {"agent": "mbox mailto:a@example.org"}),
        (made(context={"registration": str(REF["id"]).upper()}), {"registration": REF["id"]}),
        (made(context={"instructor": {"openid": "http://me"}}), {"related_agent": "openid http://me"}),
        (made(context={"team": {"objectType": "Group", "openid": "http://us"}}), {"related_agent": "openid http://us"}),
        (
            made(context={"contextAgents": [{"objectType": "contextAgent", "agent": {"openid": "http://me"}}]}),
            {"related_agent": "openid http://me"},
        ),
        (made(authority={"openid": "http://me"}), {"related_agent": "openid http://me"}),
        (
            made(object={**SUB, "actor": {"openid": "http://me"}}),
            {"related_agent": "openid http://me", "related_activity": "http://example.org/a"},
        ),
        (made(context={"contextActivities": {"grouping": [{"id": "http://a/g"}]}}), {"related_activity": "http://a/g"}),
        (made(actor={"mbox_sha1sum": "A" * 40}), {"agent": "sha1 " + "a" * 40}),
        (made(actor={"account": {"homePage": "http://h", "name": "7"}}), {"agent": "account http://h 7"}),
    ],
)
def test_found_by(statement: dict[str, Any], found: dict[str, str]) -> None:
    assert {key(name, value) for name, value in found.items()} <= keys_of(statement)


@pytest.mark.parametrize(
    ("statement", "name", "value"),
    [
        (made(context={"instructor": {"openid": "http://me"}}), "agent", "openid http://me"),
        (made(context={"contextActivities": {"parent": {"id": "http://a/p"}}}), "activity", "http://a/p"),
        (made(object={**SUB, "actor": {"openid": "http://me"}}), "agent", "openid http://me"),
        (made(object=SUB), "activity", "http://example.org/a"),
    ],
)
def test_not_found_by(statement: dict[str, Any], name: str, value: str) -> None:
    assert key(name, value) not in keys_of(statement)


def completed(text: str, version: Version = Version.V1) -> str:
    return complete(Sent(str(REF["id"]), text, json.loads(text)), 1_795_000_000_007, AUTHORITY, version).raw


BODY = '"actor":{"mbox":"mailto:a@b.c"},"verb":{"id":"http://a/v"},"object":{"id":"http://a/o"}'


def test_a_stored_statement_keeps_its_letter() -> None:
    raw = completed('{"result":{"score":{"raw":1.50},"duration":"PT1.230S"},' + BODY + ',"stored":"2000-01-01T00:00:00Z"}')

    assert raw.startswith('{"result":{"score":{"raw":1.50},"duration":"PT1.230S"},')
    assert {name: json.loads(raw)[name] for name in ("id", "stored", "timestamp", "authority", "version")} == {
        "id": REF["id"],
        "stored": "2026-11-18T11:06:40.007Z",
        "timestamp": "2026-11-18T11:06:40.007Z",
        "authority": AUTHORITY,
        "version": "1.0.0",
    }


def test_a_single_context_activity_is_given_back_as_a_list() -> None:
    context = '"context":{"contextActivities":{"parent":{"id":"http://a/p","definition":{"extensions":{"http://e":1.0}}}}}'
    raw = completed("{" + context + "," + BODY + "}")

    assert '"parent":[{"id":"http://a/p","definition":{"extensions":{"http://e":1.0}}}]' in raw


def test_2_0_keeps_times_in_utc_and_1_0_as_they_came() -> None:
    text = '{"timestamp":"2026-11-25T09:30:00+02:00",' + BODY + "}"

    assert json.loads(completed(text, Version.V1))["timestamp"] == "2026-11-25T09:30:00+02:00"
    assert json.loads(completed(text, Version.V2))["timestamp"] == "2026-11-25T07:30:00Z"


def test_ids_shows_nothing_but_what_identifies() -> None:
    statement = made(
        verb__display={"en": "did"},
        object__definition={"name": {"en": "A"}},
        context={"instructor": GROUP, "contextActivities": {"parent": [{"id": "http://a/p", "definition": {}}]}},
    )

    assert formats.as_ids(statement) == made(
        actor={"objectType": "Agent", "mbox": "mailto:ana@example.org"},
        context={"instructor": GROUP, "contextActivities": {"parent": [{"id": "http://a/p"}]}},
    )


def test_canonical_shows_the_stores_definition_in_one_language() -> None:
    statement = made(verb__display={"en": "did", "es": "hizo"})
    known = json_text.parse_exactly('{"name":{"en":"A","es":"Uno"},"extensions":{"http://e":1.0}}', "x")

    shown = formats.as_canonical(statement, lambda _id: known, ["es-MX", "en"])

    assert shown["verb"]["display"] == {"es": "hizo"}
    assert json_text.write(shown["object"]["definition"]) == '{"name":{"es":"Uno"},"extensions":{"http://e":1.0}}'


@pytest.mark.parametrize(
    ("header", "languages"),
    [
        (None, []),
        ("en", ["en"]),
        ("da, en-GB;q=0.8, en;q=0.7", ["da", "en-GB", "en"]),
        ("en;q=0.1,fr;q=0.9, x;q=0", ["fr", "en"]),
        ("???,,en", ["en"]),
    ],
)
def test_languages_in_the_order_in_which_they_are_wanted(header: str | None, languages: list[str]) -> None:
    assert formats.read_languages(header) == languages


@pytest.mark.parametrize(
    ("languages", "tag"),
    [([], "en"), (["fr"], "fr-CA"), (["fr-CA-x"], "fr-CA"), (["de"], "en"), (["*"], "en"), (["e"], "en"), (["FR-ca"], "fr-CA")],
)
def test_one_language_of_a_map(languages: list[str], tag: str) -> None:
    assert list(formats.one_language({"en": "a", "fr-CA": "b"}, languages)) == [tag]


@pytest.mark.parametrize(
    "parameters",
    [
        {"statementId": "x"},
        {"statementId": REF["id"], "voidedStatementId": REF["id"]},
        {"statementId": REF["id"], "limit": "1"},
        {"agent": "nonsense"},
        {"agent": "{}"},
        {"agent": json.dumps(GROUP)},
        {"verb": "did"},
        {"activity": "a"},
        {"registration": "r"},
        {"since": "yesterday"},
        {"limit": "-1"},
        {"limit": "\u0663"},
        {"format": "pretty"},
        {"ascending": "True"},
        {"attachments": "1"},
        {"related_agents": "yes"},
        {"from": "1"},
        {"from": "1-" + "9" * 30},
    ],
)
def test_parameters_that_cannot_be_read_are_refused(parameters: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        read_query(parameters)


def test_a_query() -> None:
    asked = read_query(
        {"agent": json.dumps(AGENT), "related_agents": "true", "verb": "http://a/v", "limit": "0", "since": "2026-11-18T11:06:40.007Z"}
    )

    assert asked.query.keys == (key("related_agent", WHO), key("verb", "http://a/v"))
    assert (asked.query.limit, asked.query.since_ms, asked.query.until_ms) == (MOST, 1_795_000_000_007, None)
