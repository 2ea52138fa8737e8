"""Data 2.3.1: what makes two statements one, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from seattime.domain.xapi.equality import same_statement
from tests.domain.xapi.made import AGENT, GROUP, REF, SUB, made


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (made(), made()),
        (made(), made(id=REF["id"], stored="2026-01-01T00:00:00Z", authority=AGENT, version="1.0.0")),
        (made(), made(timestamp="2026-01-01T00:00:00Z")),
        (made(timestamp="2026-01-01T00:00:00Z"), made(timestamp="2026-01-01T02:00:00.000+02:00")),
        (made(verb__display={"en": "did"}), made()),
        (made(object__definition={"name": {"en": "A"}}), made()),
        (made(object={"objectType": "Activity", "id": "http://example.org/a"}), made()),
        (made(actor={"mbox": "mailto:a@b.c"}), made(actor={"objectType": "Agent", "mbox": "mailto:a@b.c"})),
        (made(actor=GROUP), made(actor={**GROUP, "member": list(reversed(GROUP["member"]))})),
        (made(result={"score": {"raw": 1}}), made(result={"score": {"raw": 1.0}})),
        (made(result={"duration": "PT1.239S"}), made(result={"duration": "PT1.23S"})),
        (made(result={"duration": "PT1S"}), made(result={"duration": "PT1.00S"})),
        (made(context={"registration": REF["id"]}), made(context={"registration": str(REF["id"]).upper()})),
        (made(object=REF), made(object={**REF, "id": str(REF["id"]).upper()})),
        (
            made(context={"contextActivities": {"parent": {"id": "http://a/b"}}}),
            made(context={"contextActivities": {"parent": [{"id": "http://a/b"}]}}),
        ),
    ],
)
def test_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert same_statement(one, other)
    assert same_statement(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (made(), made(verb={"id": "http://example.org/other"})),
        (made(), made(result={})),
        (made(timestamp="2026-01-01T00:00:00Z"), made(timestamp="2026-01-01T00:00:00+02:00")),
        (made(result={"duration": "PT1.23S"}), made(result={"duration": "PT1.24S"})),
        (made(result={"extensions": {"http://a/b": "A"}}), made(result={"extensions": {"http://a/b": "a"}})),
        (made(result={"extensions": {"http://a/b": {"display": 1}}}), made(result={"extensions": {"http://a/b": {}}})),
        (
            made(context={"contextActivities": {"parent": [{"id": "http://a/b"}]}}),
            made(context={"contextActivities": {"parent": [{"id": "http://a/c"}]}}),
        ),
        (made(object=SUB), made(object={**SUB, "verb": {"id": "http://example.org/other"}})),
        (made(actor=GROUP), made(actor={**GROUP, "member": GROUP["member"][:1]})),
    ],
)
def test_not_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert not same_statement(one, other)
