"""Statements in plain words, worked out by hand; and whatever is sent as one, a sentence without markup."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seattime.domain.xapi.plain import end_of, in_language, plain
from seattime.domain.xapi.sentences import Known, activity_words, actor_words, sentence

ADL = "http://adlnet.gov/expapi/verbs/"
ANA = {"objectType": "Agent", "name": "Ana Ruiz", "mbox": "mailto:ana@example.org"}
TEA: dict[str, Any] = {"id": "http://example.org/tea", "definition": {"name": {"de": "Tee kochen", "en-GB": "Making tea"}}}
QUESTION: dict[str, Any] = {
    "id": "http://example.org/tea/q1",
    "definition": {
        "name": {"en": "What comes first?"},
        "interactionType": "choice",
        "choices": [{"id": "c1", "description": {"en": "The <i>water</i>"}}, {"id": "c2", "description": {"en": "The milk"}}],
    },
}


def said(verb: str = "completed", thing: Any = TEA, actor: Any = ANA, known: Known | None = None, **result: Any) -> str:
    statement: dict[str, Any] = {"actor": actor, "verb": {"id": verb if ":" in verb else ADL + verb}, "object": thing}
    return sentence(statement | ({"result": result} if result else {}), known or Known()).text


@pytest.mark.parametrize(
    ("verb", "result", "sentence_said"),
    [
        ("completed", {}, "Ana Ruiz completed “Making tea”"),
        ("completed", {"duration": "PT4M12.4S", "score": {"scaled": 0.8}}, "Ana Ruiz completed “Making tea” — 4 min 12 s, score 80 %"),
        ("completed", {"completion": True}, "Ana Ruiz completed “Making tea”"),
        ("completed", {"completion": False}, "Ana Ruiz completed “Making tea” — not complete"),
        ("passed", {"success": True, "score": {"raw": 8, "min": 0, "max": 10}}, "Ana Ruiz passed “Making tea” — score 8 of 10"),
        ("failed", {"success": False, "score": {"scaled": -0.125}}, "Ana Ruiz failed “Making tea” — score −12.5 %"),
        ("attempted", {"success": False, "score": {"raw": 3.5}}, "Ana Ruiz attempted “Making tea” — score 3.5, not passed"),
        ("initialized", {}, "Ana Ruiz started “Making tea”"),
        ("terminated", {"duration": "PT1H0M5S"}, "Ana Ruiz ended “Making tea” — 1 h 00 min 05 s"),
        ("terminated", {"duration": "a while"}, "Ana Ruiz ended “Making tea” — time a while"),
        ("https://w3id.org/xapi/adl/verbs/waived", {"extensions": {"https://w3id.org/xapi/cmi5/result/extensions/reason": "Tested Out"}},
         "Ana Ruiz was excused from “Making tea” — Tested Out"),
        ("progressed", {"extensions": {"https://w3id.org/xapi/cmi5/result/extensions/progress": 50}},
         "Ana Ruiz made progress in “Making tea” — 50 % done"),
    ],
)  # fmt: skip
def test_a_statement_is_a_sentence(verb: str, result: dict[str, Any], sentence_said: str) -> None:
    assert said(verb, **result) == sentence_said


@pytest.mark.parametrize(
    ("display", "words"),
    [
        ({"en": "Walked through"}, "walked through"),
        ({"de": "besuchte", "en-US": "visited"}, "visited"),
        ({"ja": "歩いた"}, "歩いた"),
        ({"en": " "}, "went past"),
        (None, "went past"),
        ("visited", "went past"),
    ],
)
def test_a_verb_that_is_not_known_is_called_what_the_statement_or_its_id_calls_it(display: Any, words: str) -> None:
    statement = {"actor": ANA, "verb": {"id": "http://example.org/verbs/Went-past", "display": display}, "object": TEA}

    assert sentence(statement).text == f"Ana Ruiz {words} “Making tea”"


def test_a_known_verb_is_in_our_words_whatever_language_it_is_displayed_in() -> None:
    statement = {"actor": ANA, "verb": {"id": ADL + "completed", "display": {"de": "beendete"}}, "object": TEA}

    assert sentence(statement).did == "completed"


def test_answers_are_in_the_words_of_their_choices() -> None:
    assert said("answered", QUESTION, response="c1", success=True) == "Ana Ruiz answered “What comes first?” — “The water”, right"
    assert said("answered", QUESTION, response="c2[,]c1[,]c9", success=False) == (
        "Ana Ruiz answered “What comes first?” — “The milk, The water, c9”, wrong"
    )


def test_answers_to_what_has_no_choices_are_as_they_were_given() -> None:
    matching = {
        "id": "http://example.org/m",
        "definition": {
            "interactionType": "matching",
            "source": [{"id": "a", "description": {"en": "Cup"}}],
            "target": [{"id": "1", "description": {"en": "Saucer"}}],
        },
    }

    assert said("answered", matching, response="a[.]1") == "Ana Ruiz answered “m” — “Cup: Saucer”"
    assert said("answered", TEA, response="2[:]4") == "Ana Ruiz answered “Making tea” — “2 to 4”"


@pytest.mark.parametrize(
    ("actor", "who"),
    [
        ({"mbox": "mailto:ben@example.org"}, "ben@example.org"),
        ({"account": {"homePage": "http://x", "name": "E-4711"}}, "E-4711"),
        ({"openid": "https://ben.example.org/"}, "https://ben.example.org/"),
        ({"mbox_sha1sum": "ebd31e95054c018b10727ccffd2ef2ec3a016ee9"}, "Somebody (ebd31e95…)"),
        ({"objectType": "Group", "member": [{"name": "Ana"}, {"name": "Ben"}, {"mbox": "mailto:c@x.org"}]}, "Ana, Ben and c@x.org"),
        ({"objectType": "Group", "member": [{"name": name} for name in "ABCDE"]}, "A, B, C and 2 more"),
        ({"objectType": "Group", "name": "Team tea", "member": []}, "Team tea"),
        ({}, "Somebody"),
        ("Ana", "Somebody"),
    ],
)
def test_who_it_was(actor: Any, who: str) -> None:
    assert said(actor=actor) == f"{who} completed “Making tea”"


def test_a_name_that_only_the_reader_knows() -> None:
    known = Known(name_of=lambda agent: "Ana Ruiz" if agent.get("mbox") == "mailto:ana@example.org" else "")

    assert actor_words({"mbox": "mailto:ana@example.org"}, known) == "Ana Ruiz"
    assert actor_words({"mbox": "mailto:ben@example.org"}, known) == "ben@example.org"


def test_an_activity_is_called_what_other_statements_called_it() -> None:
    known = Known(definition_of=lambda activity_id: {"name": {"en": "Making tea"}} if activity_id == "http://example.org/tea" else None)

    assert said(thing={"id": "http://example.org/tea"}, known=known) == "Ana Ruiz completed “Making tea”"
    assert said(thing={"id": "http://example.org/tea", "definition": {"name": {"en": "Tea now"}}}, known=known) == (
        "Ana Ruiz completed “Tea now”"
    )
    assert said(thing={"id": "http://example.org/courses/tea-and-milk/"}) == "Ana Ruiz completed “tea and milk”"
    assert activity_words("http://example.org/tea", known) == "Making tea"


def test_statements_about_statements() -> None:
    other = {"actor": ANA, "verb": {"id": ADL + "passed"}, "object": TEA}
    reference = {"objectType": "StatementRef", "id": "6690E6C9-3ef0-4ed3-8b37-7f3964730bee"}
    known = Known(statement_of=lambda statement_id: other if statement_id == reference["id"].lower() else None)

    assert said("voided", reference) == "Ana Ruiz voided the statement 6690e6c9-3ef0-4ed3-8b37-7f3964730bee"
    assert said("voided", reference, known=known) == "Ana Ruiz voided the statement “Ana Ruiz passed “Making tea””"
    assert said("http://a/planned", {"objectType": "SubStatement", **other}) == "Ana Ruiz planned that Ana Ruiz passed “Making tea”"
    assert said("http://example.org/mentored", {"objectType": "Agent", "name": "Ben"}) == "Ana Ruiz mentored Ben"


def test_a_statement_that_refers_to_itself_ends() -> None:
    circle = {"actor": ANA, "verb": {"id": ADL + "voided"}, "object": {"objectType": "StatementRef", "id": "x"}}

    known = Known(statement_of=lambda _id: circle)

    assert sentence(circle, known).text == "Ana Ruiz voided the statement “Ana Ruiz voided the statement x”"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("<p>Making <b>tea</b></p><p>slowly</p>", "Making tea slowly"),
        ("&lt;p&gt;Tea &amp;amp; milk&lt;/p&gt;", "Tea & milk"),
        ("<<b>b>Tea", "Tea"),
        ("Tea<script>alert('x < y')</script>!", "Tea !"),
        ("a < b and b > c", "a < b and b > c"),
        ("line\r\n  and\tline", "line and line"),
        ("left\u202eright\u200b", "left right"),
        ("half \ud83d", "half"),
        ("x" * 200, "x" * 159 + "…"),
        (4, ""),
        (None, ""),
    ],
)
def test_a_text_is_one_line_without_markup(text: Any, line: str) -> None:
    assert plain(text) == line


def test_the_best_language_that_has_a_text() -> None:
    assert in_language({"de": "Tee", "en-US": "Tea"}) == "Tea"
    assert in_language({"de": "Tee", "en": " "}) == "Tee"
    assert in_language({}) == ""


@pytest.mark.parametrize(
    ("iri", "words"),
    [
        ("http://example.org/verbs/did-well", "did well"),
        ("http://example.org/", "example.org"),
        ("urn:uuid:abc_def", "abc def"),
        ("http://example.org/a#part%202", "part 2"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_what_an_id_ends_in(iri: str, words: str) -> None:
    assert end_of(iri) == words


_LEAF = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from(["<b>x</b>", "&lt;i&gt;", "\ud800"]))
_ANYTHING = st.recursive(_LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3))
_NAMES = ("id", "name", "mbox", "account", "member", "display", "en", "definition", "choices", "description", "objectType", "duration",
          "score", "scaled", "raw", "max", "success", "completion", "response", "extensions", "interactionType")  # fmt: skip
_LIKE_IT = st.recursive(
    _ANYTHING | st.sampled_from(["Group", "StatementRef", "SubStatement", "choice", ADL + "answered"]),
    lambda inner: st.dictionaries(st.sampled_from(_NAMES), inner, max_size=6) | st.lists(inner, max_size=3),
)


@example({"verb": {"id": [ADL + "passed"]}, "result": {"success": True, "completion": True}})
@given(st.fixed_dictionaries({}, optional={"actor": _LIKE_IT, "verb": _LIKE_IT, "object": _LIKE_IT, "result": _LIKE_IT}))
def test_whatever_is_sent_is_a_sentence_without_markup(statement: dict[str, Any]) -> None:
    made = sentence(statement)

    assert made.text
    for part in (made.who, made.did, made.what, *made.how):
        assert re.search(r"<[a-zA-Z/!?][^<>]*>", part) is None
        assert "\n" not in part
        part.encode()
