"""What a statement may be (Data 2.2 to 2.4), for both versions.

Every property is checked for its type, so nothing is null but inside of extensions (Data 2.2).

Guarantees: `check_statement` returns for a statement that may be stored and raises BadInput, with the path of what is wrong, for
any other; whatever JSON it is given, it raises nothing else.
"""

from __future__ import annotations

from typing import Final

from seattime.domain.xapi import activities, agents, texts, versions
from seattime.domain.xapi.refusing import Json, need_array, need_flag, need_number, need_object, need_text, only, refuse, require
from seattime.domain.xapi.versions import Version

VOIDED: Final = "http://adlnet.gov/expapi/verbs/voided"
SIGNATURE: Final = "http://adlnet.gov/expapi/attachments/signature"
_SUB: Final = frozenset({"actor", "verb", "object", "result", "context", "timestamp", "attachments"})
_STATEMENT: Final = _SUB | {"id", "stored", "authority", "version"}
_VERB: Final = frozenset({"id", "display"})
_RESULT: Final = frozenset({"score", "success", "completion", "response", "duration", "extensions"})
_SCORE: Final = frozenset({"scaled", "raw", "min", "max"})
_CONTEXT_1: Final = frozenset(
    {"registration", "instructor", "team", "contextActivities", "revision", "platform", "language", "statement", "extensions"}
)
_CONTEXT_2: Final = _CONTEXT_1 | {"contextAgents", "contextGroups"}
CONTEXT_ACTIVITIES: Final = ("parent", "grouping", "category", "other")
_ATTACHMENT: Final = frozenset({"usageType", "display", "description", "contentType", "length", "sha2", "fileUrl"})


def check_statement(value: Json, where: str, version: Version) -> dict[str, Json]:
    statement = need_object(value, where)
    only(statement, _STATEMENT, where)
    if "id" in statement:
        texts.need_uuid(statement["id"], f"{where}.id")
    _check_event(statement, where, version)
    if "stored" in statement:
        texts.read_time(statement["stored"], f"{where}.stored")
    if "authority" in statement:
        agents.check_authority(statement["authority"], f"{where}.authority")
    if "version" in statement:
        _check_version(statement["version"], f"{where}.version", version)
    if statement["verb"]["id"] == VOIDED and statement["object"].get("objectType") != "StatementRef":
        refuse(f"{where}.object", 'must be a StatementRef where the verb is "voided" (Data 2.3.2)')
    return statement


def _check_event(statement: dict[str, Json], where: str, version: Version) -> None:
    """What a statement and a statement within a statement have in common."""
    agents.check_actor(require(statement, "actor", where), f"{where}.actor")
    _check_verb(require(statement, "verb", where), f"{where}.verb")
    _check_object(require(statement, "object", where), f"{where}.object", version, within=statement.get("objectType") == "SubStatement")
    if "result" in statement:
        _check_result(statement["result"], f"{where}.result")
    if "context" in statement:
        about_activity = statement["object"].get("objectType", "Activity") == "Activity"
        _check_context(statement["context"], f"{where}.context", version, about_activity=about_activity)
    if "timestamp" in statement:
        texts.read_time(statement["timestamp"], f"{where}.timestamp")
    if "attachments" in statement:
        for index, attachment in enumerate(need_array(statement["attachments"], f"{where}.attachments")):
            _check_attachment(attachment, f"{where}.attachments[{index}]")


def _check_verb(value: Json, where: str) -> None:
    verb = need_object(value, where)
    only(verb, _VERB, where)
    texts.need_iri(require(verb, "id", where), f"{where}.id")
    if "display" in verb:
        texts.need_language_map(verb["display"], f"{where}.display")


def _check_object(value: Json, where: str, version: Version, *, within: bool) -> None:
    thing = need_object(value, where)
    kind = thing.get("objectType", "Activity")
    if kind == "Activity":
        activities.check_activity(thing, where)
    elif kind in ("Agent", "Group"):
        agents.check_actor(thing, where)
    elif kind == "StatementRef":
        check_reference(thing, where)
    elif kind == "SubStatement" and not within:
        only(thing, _SUB | {"objectType"}, where)
        _check_event(thing, where, version)
    elif kind == "SubStatement":
        refuse(where, "must not be a SubStatement inside of another (Data 2.4.4.3)")
    else:
        refuse(f"{where}.objectType", "must be Activity, Agent, Group, StatementRef or SubStatement")


def check_reference(value: Json, where: str) -> None:
    """Data 2.4.4.3."""
    reference = need_object(value, where)
    if reference.get("objectType") != "StatementRef":
        refuse(f"{where}.objectType", 'must be "StatementRef"')
    only(reference, frozenset({"objectType", "id"}), where)
    texts.need_uuid(require(reference, "id", where), f"{where}.id")


def _check_result(value: Json, where: str) -> None:
    result = need_object(value, where)
    only(result, _RESULT, where)
    if "score" in result:
        _check_score(result["score"], f"{where}.score")
    for name in ("success", "completion"):
        if name in result:
            need_flag(result[name], f"{where}.{name}")
    if "response" in result:
        need_text(result["response"], f"{where}.response")
    if "duration" in result:
        texts.need_duration(result["duration"], f"{where}.duration")
    if "extensions" in result:
        texts.need_extensions(result["extensions"], f"{where}.extensions")


def _check_score(value: Json, where: str) -> None:
    """Data 2.4.5.1."""
    score = need_object(value, where)
    only(score, _SCORE, where)
    numbers = {name: need_number(score[name], f"{where}.{name}") for name in score}
    if not -1 <= numbers.get("scaled", 0) <= 1:
        refuse(f"{where}.scaled", "must lie between -1 and 1")
    low, raw, high = numbers.get("min"), numbers.get("raw"), numbers.get("max")
    if low is not None and high is not None and low >= high:
        refuse(f"{where}.min", "must be less than max")
    if raw is not None and ((low is not None and raw < low) or (high is not None and raw > high)):
        refuse(f"{where}.raw", "must lie between min and max")


def _check_context(value: Json, where: str, version: Version, *, about_activity: bool) -> None:
    context = need_object(value, where)
    only(context, _CONTEXT_2 if version is Version.V2 else _CONTEXT_1, where)
    if "registration" in context:
        texts.need_uuid(context["registration"], f"{where}.registration")
    if "instructor" in context:
        agents.check_actor(context["instructor"], f"{where}.instructor")
    if "team" in context:
        agents.check_group(context["team"], f"{where}.team")
    if "contextActivities" in context:
        _check_context_activities(context["contextActivities"], f"{where}.contextActivities")
    for name in ("revision", "platform"):
        if name in context:
            need_text(context[name], f"{where}.{name}")
            if not about_activity:
                refuse(f"{where}.{name}", "is only allowed where the object is an activity (Data 2.4.6)")
    if "language" in context:
        texts.need_language(context["language"], f"{where}.language")
    if "statement" in context:
        check_reference(context["statement"], f"{where}.statement")
    if "extensions" in context:
        texts.need_extensions(context["extensions"], f"{where}.extensions")
    if "contextAgents" in context:
        _check_related(context["contextAgents"], f"{where}.contextAgents", "contextAgent", "agent")
    if "contextGroups" in context:
        _check_related(context["contextGroups"], f"{where}.contextGroups", "contextGroup", "group")


def _check_context_activities(value: Json, where: str) -> None:
    """Each a list, or one activity alone, as versions before 1.0 wrote it (Data 2.4.6.2)."""
    lists = need_object(value, where)
    only(lists, frozenset(CONTEXT_ACTIVITIES), where)
    for name, found in lists.items():
        if isinstance(found, dict):
            activities.check_activity(found, f"{where}.{name}")
            continue
        for index, activity in enumerate(need_array(found, f"{where}.{name}")):
            activities.check_activity(activity, f"{where}.{name}[{index}]")


def _check_related(value: Json, where: str, kind: str, inside: str) -> None:
    """contextAgents and contextGroups (2.0, 4.2.2.5)."""
    for index, each in enumerate(need_array(value, where)):
        here = f"{where}[{index}]"
        related = need_object(each, here)
        only(related, frozenset({"objectType", inside, "relevantTypes"}), here)
        if related.get("objectType") != kind:
            refuse(f"{here}.objectType", f'must be "{kind}"')
        check = agents.check_agent if inside == "agent" else agents.check_group
        check(require(related, inside, here), f"{here}.{inside}")
        if "relevantTypes" in related:
            types = need_array(related["relevantTypes"], f"{here}.relevantTypes")
            if not types:
                refuse(f"{here}.relevantTypes", "must not be empty")
            for number, iri in enumerate(types):
                texts.need_iri(iri, f"{here}.relevantTypes[{number}]")


def _check_attachment(value: Json, where: str) -> None:
    """Data 2.4.11."""
    attachment = need_object(value, where)
    only(attachment, _ATTACHMENT, where)
    texts.need_iri(require(attachment, "usageType", where), f"{where}.usageType")
    texts.need_language_map(require(attachment, "display", where), f"{where}.display")
    if "description" in attachment:
        texts.need_language_map(attachment["description"], f"{where}.description")
    texts.need_media_type(require(attachment, "contentType", where), f"{where}.contentType")
    length = require(attachment, "length", where)
    if isinstance(length, bool) or not isinstance(length, int) or length < 0:
        refuse(f"{where}.length", "must be a whole number of bytes")
    texts.need_sha2(require(attachment, "sha2", where), f"{where}.sha2")
    if "fileUrl" in attachment:
        texts.need_iri(attachment["fileUrl"], f"{where}.fileUrl")


def _check_version(value: Json, where: str, version: Version) -> None:
    """A statement of 1.0 stays one under 2.0; under 1.0 nothing of 2.0 is taken (Communication 3.3)."""
    found = versions.of_text(need_text(value, where))
    if found is None or (found is Version.V2 and version is Version.V1):
        refuse(where, 'must begin with "1.0"' + (' or "2.0"' if version is Version.V2 else ""))
