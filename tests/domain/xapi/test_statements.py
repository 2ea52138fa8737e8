"""What a statement may be: by hand from xAPI 1.0.3 Data 2.2 to 2.4 (the sections in the ids) and IEEE 9274.1.1 4.2.2."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattime.domain.xapi.statements import check_statement
from seattime.domain.xapi.versions import Version
from seattime.errors import BadInput
from tests.domain.xapi.made import AGENT, ATTACHMENT, GROUP, PLAIN, REF, SUB, made

ACCOUNT = {"homePage": "http://example.org", "name": "7"}
CHOICE = {"interactionType": "choice", "correctResponsesPattern": ["a"], "choices": [{"id": "a", "description": {"en": "A"}}]}
CONTEXT_AGENT = {"objectType": "contextAgent", "agent": AGENT, "relevantTypes": ["http://example.org/tutor"]}
CONTEXT_GROUP = {"objectType": "contextGroup", "group": GROUP}

TAKEN: dict[str, dict[str, Any]] = {
    "2.2": made(),
    "2.4.1": made(id="6690e6c9-3ef0-4ed3-8b37-7f3964730bee"),
    "2.4.2.1 without objectType": made(actor={"mbox": "mailto:a@b.c"}),
    "2.4.2.1 sha1": made(actor={"mbox_sha1sum": "a" * 40}),
    "2.4.2.1 openid": made(actor={"openid": "http://example.org/me"}),
    "2.4.2.4 account": made(actor={"account": ACCOUNT}),
    "2.4.2.2 anonymous group": made(actor=GROUP),
    "2.4.2.2 identified group": made(actor={"objectType": "Group", "mbox": "mailto:a@b.c", "member": []}),
    "2.4.3 display": made(verb__display={"en-US": "did", "es": "hizo"}),
    "2.4.4.1 interaction": made(object__definition=CHOICE),
    "2.4.4.1 empty definition": made(object__definition={}),
    "2.4.4.2 agent": made(object=AGENT),
    "2.4.4.3 reference": made(object=REF),
    "2.4.4.3 substatement": made(object=SUB),
    "2.4.5": made(
        result={
            "score": {"scaled": -1, "raw": 5, "min": 0, "max": 5},
            "success": True,
            "completion": False,
            "response": "",
            "duration": "PT1S",
        }
    ),
    "2.4.6": made(
        context={
            "registration": "6690E6C9-3EF0-4ED3-8B37-7F3964730BEE",
            "instructor": GROUP,
            "team": GROUP,
            "language": "en",
            "statement": REF,
        }
    ),
    "2.4.6 revision": made(context={"revision": "3", "platform": "x"}),
    "2.4.6.2 single": made(context={"contextActivities": {"parent": {"id": "http://a/b"}, "other": [{"id": "http://a/c"}]}}),
    "2.4.9 pair": made(authority=GROUP),
    "2.4.10": made(version="1.0.7"),
    "2.4.11": made(attachments=[ATTACHMENT]),
    "2.3.2": made(verb={"id": "http://adlnet.gov/expapi/verbs/voided"}, object=REF),
    "4.1.2 null in extensions": made(result={"extensions": {"http://a/b": None, "http://a/c": {"d": None}}}),
}

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("2.2 no actor", {"verb": PLAIN["verb"], "object": PLAIN["object"]}, "statement.actor"),
    ("2.2 no verb", {"actor": AGENT, "object": PLAIN["object"]}, "statement.verb"),
    ("2.2 no object", {"actor": AGENT, "verb": PLAIN["verb"]}, "statement.object"),
    ("2.2 unknown", made(iid=1), "statement.iid"),
    ("2.2 case", made(Result={}), "statement.Result"),
    ("2.2 null", made(result={"response": None}), "statement.result.response"),
    ("2.2 null extensions", made(result={"extensions": None}), "statement.result.extensions"),
    ("2.4.1", made(id="x"), "statement.id"),
    ("2.4.1 number", made(id=7), "statement.id"),
    ("2.4.2 type", made(actor={"objectType": "agent", "mbox": "mailto:a@b.c"}), "statement.actor.objectType"),
    ("2.4.2 no identifier", made(actor={"name": "Ana"}), "statement.actor"),
    ("2.4.2 two identifiers", made(actor={"mbox": "mailto:a@b.c", "openid": "http://a/b"}), "statement.actor"),
    ("2.4.2 mbox", made(actor={"mbox": "a@b.c"}), "statement.actor.mbox"),
    ("2.4.2 mbox without @", made(actor={"mbox": "mailto:should.fail.com"}), "statement.actor.mbox"),
    ("2.4.2 name", made(actor={"mbox": "mailto:a@b.c", "name": 1}), "statement.actor.name"),
    ("2.4.2.4 homePage", made(actor={"account": {"homePage": "here", "name": "7"}}), "statement.actor.account.homePage"),
    ("2.4.2.4 name", made(actor={"account": {"homePage": "http://a/b"}}), "statement.actor.account.name"),
    ("2.4.2.2 no members", made(actor={"objectType": "Group"}), "statement.actor.member"),
    ("2.4.2.2 empty", made(actor={"objectType": "Group", "member": []}), "statement.actor.member"),
    ("2.4.2.2 a group inside", made(actor={"objectType": "Group", "member": [GROUP]}), "statement.actor.member[0].objectType"),
    ("2.4.2.1 member", made(actor={**AGENT, "member": []}), "statement.actor.member"),
    ("2.4.3 id", made(verb={"id": "did"}), "statement.verb.id"),
    ("2.4.3 display", made(verb__display={"a12345": "x"}), "statement.verb.display, the name 'a12345'"),
    ("2.4.3 display text", made(verb__display={"en": 1}), "statement.verb.display.en"),
    ("2.4.4 type", made(object__objectType="activity"), "statement.object.objectType"),
    ("2.4.4 a list as type", made(object__objectType=["Activity"]), "statement.object.objectType"),
    ("2.4.4.1 id", made(object={"objectType": "Activity"}), "statement.object.id"),
    ("2.4.4.1 interaction", made(object__definition={"interactionType": "quiz"}), "statement.object.definition.interactionType"),
    ("2.4.4.1 list", made(object__definition={"interactionType": {}}), "statement.object.definition.interactionType"),
    ("2.4.4.1 no interaction", made(object__definition={"choices": []}), "statement.object.definition.interactionType"),
    ("2.4.4.1 component", made(object__definition={**CHOICE, "choices": [{}]}), "statement.object.definition.choices[0].id"),
    ("2.4.4.1 twice", made(object__definition={**CHOICE, "choices": [{"id": "a"}, {"id": "a"}]}), "statement.object.definition.choices"),
    ("2.4.4.1 extensions", made(object__definition={"extensions": {"a b": 1}}), "statement.object.definition.extensions, the name 'a b'"),
    ("2.4.4.3 reference", made(object={"objectType": "StatementRef"}), "statement.object.id"),
    ("2.4.4.3 within", made(object={**SUB, "object": SUB}), "statement.object.object"),
    ("2.4.4.3 id within", made(object={**SUB, "id": REF["id"]}), "statement.object.id"),
    ("2.4.5 duration", made(result={"duration": "00:10"}), "statement.result.duration"),
    ("2.4.5 success", made(result={"success": "true"}), "statement.result.success"),
    ("2.4.5.1 scaled", made(result={"score": {"scaled": 1.1}}), "statement.result.score.scaled"),
    ("2.4.5.1 raw", made(result={"score": {"raw": 6, "max": 5}}), "statement.result.score.raw"),
    ("2.4.5.1 min", made(result={"score": {"min": 5, "max": 5}}), "statement.result.score.min"),
    ("2.4.5.1 text", made(result={"score": {"raw": "5"}}), "statement.result.score.raw"),
    ("2.4.5.1 flag", made(result={"score": {"raw": True}}), "statement.result.score.raw"),
    ("2.4.6 registration", made(context={"registration": "r1"}), "statement.context.registration"),
    ("2.4.6 team", made(context={"team": AGENT}), "statement.context.team.objectType"),
    ("2.4.6 platform", made(object=AGENT, context={"platform": "x"}), "statement.context.platform"),
    ("2.4.6 revision", made(object={**SUB, "object": AGENT, "context": {"revision": "1"}}), "statement.object.context.revision"),
    ("2.4.6 language", made(context={"language": "en_GB"}), "statement.context.language"),
    ("2.4.6 statement", made(context={"statement": {"id": REF["id"]}}), "statement.context.statement.objectType"),
    ("2.4.6.2 name", made(context={"contextActivities": {"parents": []}}), "statement.context.contextActivities.parents"),
    ("2.4.6.2 type", made(context={"contextActivities": {"parent": [AGENT]}}), "statement.context.contextActivities.parent[0].objectType"),
    ("2.4.6 of 2.0", made(context={"contextAgents": [CONTEXT_AGENT]}), "statement.context.contextAgents"),
    ("2.4.7", made(timestamp="2026-11-25T09:30:00-00:00"), "statement.timestamp"),
    ("2.4.8", made(stored="now"), "statement.stored"),
    ("2.4.9 three", made(authority={"objectType": "Group", "member": [AGENT, AGENT, AGENT]}), "statement.authority"),
    ("2.4.10", made(version="1.1.0"), "statement.version"),
    ("2.4.10 of 2.0", made(version="2.0.0"), "statement.version"),
    ("2.4.11 usageType", made(attachments=[{**ATTACHMENT, "usageType": "x"}]), "statement.attachments[0].usageType"),
    ("2.4.11 length", made(attachments=[{**ATTACHMENT, "length": 1.5}]), "statement.attachments[0].length"),
    ("2.4.11 sha2", made(attachments=[{**ATTACHMENT, "sha2": "a" * 40}]), "statement.attachments[0].sha2"),
    ("2.4.11 contentType", made(attachments=[{**ATTACHMENT, "contentType": "image"}]), "statement.attachments[0].contentType"),
    ("2.4.11 no list", made(attachments=ATTACHMENT), "statement.attachments"),
    ("2.3.2", made(verb={"id": "http://adlnet.gov/expapi/verbs/voided"}), "statement.object"),
]


@pytest.mark.parametrize("statement", TAKEN.values(), ids=TAKEN.keys())
@pytest.mark.parametrize("version", list(Version))
def test_taken(statement: dict[str, Any], version: Version) -> None:
    assert check_statement(statement, "statement", version) is statement


@pytest.mark.parametrize(("statement", "where"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refused_with_the_place(statement: dict[str, Any], where: str) -> None:
    with pytest.raises(BadInput) as refused:
        check_statement(statement, "statement", Version.V1)

    assert refused.value.message.startswith(f"{where}: ")


@pytest.mark.parametrize("context", [{"contextAgents": [CONTEXT_AGENT]}, {"contextGroups": [CONTEXT_GROUP]}])
def test_context_agents_and_groups_are_of_2_0(context: dict[str, Any]) -> None:
    check_statement(made(context=context), "statement", Version.V2)


@pytest.mark.parametrize(
    ("context", "where"),
    [
        ({"contextAgents": [{**CONTEXT_AGENT, "objectType": "x"}]}, "statement.context.contextAgents[0].objectType"),
        ({"contextAgents": [{**CONTEXT_AGENT, "agent": {}}]}, "statement.context.contextAgents[0].agent"),
        ({"contextAgents": [{**CONTEXT_AGENT, "relevantTypes": []}]}, "statement.context.contextAgents[0].relevantTypes"),
        ({"contextAgents": [{**CONTEXT_AGENT, "relevantTypes": ["x"]}]}, "statement.context.contextAgents[0].relevantTypes[0]"),
        ({"contextGroups": [{**CONTEXT_GROUP, "group": AGENT}]}, "statement.context.contextGroups[0].group.objectType"),
    ],
)
def test_what_2_0_refuses_of_them(context: dict[str, Any], where: str) -> None:
    with pytest.raises(BadInput) as refused:
        check_statement(made(context=context), "statement", Version.V2)

    assert refused.value.message.startswith(f"{where}: ")


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "http://a/b", "Agent", "Group", "en", "mailto:a@b.c"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "actor",
                    "verb",
                    "object",
                    "id",
                    "objectType",
                    "mbox",
                    "member",
                    "context",
                    "result",
                    "score",
                    "definition",
                    "attachments",
                    "display",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


def place_of_refusal(statement: Any) -> str | None:
    try:
        check_statement(statement, "statement", Version.V2)
    except BadInput as refused:
        return refused.message
    return None


@given(ANY_JSON)
def test_whatever_json_it_is_the_answer_is_yes_or_a_reason(value: Any) -> None:
    for statement in (value, {**PLAIN, "object": value}, {**PLAIN, "context": value, "result": value, "attachments": value}):
        assert (place_of_refusal(statement) or "statement").startswith("statement")
