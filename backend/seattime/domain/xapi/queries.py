"""The parameters of GET statements (Communication 2.1.3), read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from seattime.domain.xapi import agents, finding, json_text, texts
from seattime.domain.xapi.formats import Format
from seattime.domain.xapi.refusing import refuse, shown

MOST: Final = 200
"""Statements on one page; also where no limit is asked for."""
CURSOR: Final = "from"
"""Ours, in the address that `more` names: the last statement of the page before."""
_WITH_ID: Final = frozenset({"format", "attachments"})
PARAMETERS: Final = frozenset(
    {
        "statementId", "voidedStatementId", "agent", "verb", "activity", "registration", "related_activities", "related_agents",
        "since", "until", "limit", "format", "attachments", "ascending", CURSOR,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Query:
    """What a list of statements is asked for."""

    keys: tuple[bytes, ...]
    """Each must find a statement."""
    since_ms: int | None
    """Stored after it."""
    until_ms: int | None
    """Stored at it or before."""
    limit: int
    ascending: bool
    cursor: tuple[int, int] | None
    """`stored` in ms and the number of the last statement that was shown."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A whole request: a list, or one statement by its id."""

    format: Format
    attachments: bool
    statement_id: str | None
    voided_id: str | None
    query: Query


def read_query(parameters: Mapping[str, str]) -> Asked:
    """Raises BadInput, also for parameters that do not go together."""
    single = [name for name in ("statementId", "voidedStatementId") if name in parameters]
    if len(single) == 2:
        refuse("voidedStatementId", "does not go together with statementId")
    if single:
        for name in parameters:
            if name not in _WITH_ID and name not in single:
                refuse(name, f"does not go together with {single[0]}")
    ids = {name: texts.need_uuid(parameters[name], name) for name in single}
    return Asked(
        format=_format(parameters.get("format")),
        attachments=_flag(parameters, "attachments"),
        statement_id=ids.get("statementId"),
        voided_id=ids.get("voidedStatementId"),
        query=Query(
            keys=_keys(parameters),
            since_ms=_moment(parameters, "since"),
            until_ms=_moment(parameters, "until"),
            limit=_limit(parameters.get("limit")),
            ascending=_flag(parameters, "ascending"),
            cursor=_cursor(parameters.get(CURSOR)),
        ),
    )


def _keys(parameters: Mapping[str, str]) -> tuple[bytes, ...]:
    """The most telling first: the store begins with it."""
    found = []
    if "registration" in parameters:
        found.append(finding.key("registration", texts.need_uuid(parameters["registration"], "registration")))
    related = _flag(parameters, "related_agents")
    if "agent" in parameters:
        found.append(finding.key("related_agent" if related else "agent", read_agent(parameters["agent"], groups=True)))
    related = _flag(parameters, "related_activities")
    if "activity" in parameters:
        name = "related_activity" if related else "activity"
        found.append(finding.key(name, texts.need_iri(parameters["activity"], "activity")))
    if "verb" in parameters:
        found.append(finding.key("verb", texts.need_iri(parameters["verb"], "verb")))
    return tuple(found)


def read_agent(text: str, *, groups: bool = False) -> str:
    """The identifier of the agent that a parameter names in JSON; with `groups`, of an identified group, too."""
    value = json_text.parse(text, "agent")
    if groups and isinstance(value, dict) and value.get("objectType") == "Group":
        agents.check_group(value, "agent")
    else:
        agents.check_agent(value, "agent")
    identifier = agents.identifier_of(value)
    if identifier is None:
        refuse("agent", "must be an agent or a group with an identifier")
    return identifier


def _flag(parameters: Mapping[str, str], name: str) -> bool:
    value = parameters.get(name, "false")
    if value not in ("true", "false"):
        refuse(name, f"must be true or false, not {shown(value)}")
    return value == "true"


def _format(value: str | None) -> Format:
    if value is None:
        return Format.EXACT
    if value not in list(Format):
        refuse("format", f"must be ids, exact or canonical, not {shown(value)}")
    return Format(value)


def _limit(value: str | None) -> int:
    """0 and nothing mean as many as the server gives."""
    if value is None:
        return MOST
    if not (value.isascii() and value.isdigit() and len(value) < 12):
        refuse("limit", f"must be a whole number that is not negative, not {shown(value)}")
    return min(int(value) or MOST, MOST)


def _moment(parameters: Mapping[str, str], name: str) -> int | None:
    return texts.in_ms(texts.read_time(parameters[name], name)) if name in parameters else None


def _cursor(value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    stored, _, number = value.partition("-")
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (stored, number)):
        refuse(CURSOR, "must be as the server gave it in more")
    return int(stored), int(number)
