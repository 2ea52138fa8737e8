"""Statements of many requests in one transaction, on PostgreSQL: two round trips to the database, however many there are.

What storing a statement means is said in `lrs_writing`; here it is done for a set of requests, by the same locks and into the same rows.
Guarantees: of each request all is stored or nothing; a request that is the same as what is stored already is a success and changes
nothing; one that contradicts it is a Conflict and harms no other. What a set is no place for is `ALONE`, and nothing of it was done:
statements that refer to others, or that a stored one refers to, and ids that two requests share. The caller rolls back where this raises
(another transaction was faster with the same id, for one); what it returns is committed. Must not import services.
"""

from __future__ import annotations

import json
import struct
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

import psycopg
from psycopg.pq.abc import PGresult

from seattime.domain.xapi import agents, finding, json_text
from seattime.domain.xapi.completing import Completed, Sent, complete_all
from seattime.domain.xapi.equality import same_statement
from seattime.domain.xapi.versions import Version
from seattime.errors import Conflict
from seattime.storage.lrs_writing import REFERENCES, WRITERS, merge_texts
from seattime.storage.round_trip import RoundTrips, Statement

MOST_NAMES: Final = 50_000
MOST_MERGES: Final = 10_000
_TEXT, _BYTES, _NUMBER = 25, 17, 20
"""PostgreSQL's types (pg_type.oid): text, bytea, bigint."""

LOCK: Final = f"SELECT pg_advisory_xact_lock_shared({WRITERS}, ((%s) / 1000)::integer), pg_advisory_xact_lock_shared({REFERENCES}, 0)"
NUMBERS: Final = (
    "SELECT %s, array_to_string(ARRAY(SELECT nextval((SELECT pg_get_serial_sequence('lrs_statements', 'seq')::regclass)) "
    "FROM generate_series(1, $1::bigint)), ',')"
)
KNOWN: Final = "SELECT statement_id, raw FROM lrs_statements WHERE statement_id = ANY($1::text[])"
REFERRED: Final = "SELECT target_id FROM lrs_statements WHERE target_id = ANY($1::text[])"
ACTIVITIES: Final = "SELECT encode(key, 'hex'), definition FROM lrs_activities WHERE key = ANY($1::bytea[])"

INSERT: Final = (
    "INSERT INTO lrs_statements (seq, statement_id, stored_ms, raw) "
    "SELECT seq, id, $1::bigint, raw FROM unnest($2::bigint[], $3::text[], $4::text[]) AS new (seq, id, raw)"
)
INSERT_KEYS: Final = (
    "INSERT INTO lrs_keys (key, stored_ms, seq) SELECT key, $1::bigint, seq FROM unnest($2::bytea[], $3::bigint[]) AS new (key, seq)"
)
INSERT_NAMES: Final = (
    "INSERT INTO lrs_agent_names (key, name_key, name) SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::text[]) ON CONFLICT DO NOTHING"
)
MAKE_ACTIVITIES: Final = (
    "INSERT INTO lrs_activities (key, activity_id, definition) "
    "SELECT key, id, '{}' FROM unnest($1::bytea[], $2::text[]) AS new (key, id) ON CONFLICT DO NOTHING"
)
LOCK_ACTIVITIES: Final = "SELECT encode(key, 'hex'), definition FROM lrs_activities WHERE key = ANY($1::bytea[]) ORDER BY key FOR UPDATE"
SET_ACTIVITIES: Final = (
    "UPDATE lrs_activities AS activity SET definition = new.definition "
    "FROM unnest($1::bytea[], $2::text[]) AS new (key, definition) WHERE activity.key = new.key"
)


class Answer(Enum):
    """What became of a request."""

    STORED = "stored"
    """It is committed, now or before."""
    ALONE = "alone"
    """Not done in the group."""


@dataclass(frozen=True, slots=True)
class Request:
    """Checked statements of one sender, as `fits` allows them."""

    authority: dict[str, Any]
    sent: Sequence[Sent]
    version: Version


def fits(sent: Iterable[Sent]) -> bool:
    """Whether they may go in a group: what refers to other statements goes alone."""
    return all(finding.target_of(each.statement) is None for each in sent)


class Memory:
    """What this connection has seen stored, so that it is not written again: a new connection begins with nothing, since it may be one
    to another life of the database."""

    def __init__(self) -> None:
        self.names: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._merges: OrderedDict[tuple[str, str], str] = OrderedDict()

    def keep_names(self, names: Iterable[tuple[str, str]]) -> None:
        """They are committed."""
        self.names.update(dict.fromkeys(names))
        while len(self.names) > MOST_NAMES:
            self.names.popitem(last=False)

    def merged(self, known: str, said: str) -> str:
        """`known` with one more definition; the same question has the same answer."""
        answer = self._merges.get((known, said))
        if answer is None:
            answer = self._merges[known, said] = merge_texts(known, [said])
            if len(self._merges) > MOST_MERGES:
                self._merges.popitem(last=False)
        return answer


@dataclass
class _Group:
    """What is to be written."""

    stored_ms: int
    statements: list[Completed] = field(default_factory=list)
    seqs: list[int] = field(default_factory=list)


def store_group(trips: RoundTrips, requests: Sequence[Request], clock: str, memory: Memory) -> list[Answer | Conflict]:
    """Stores them in one transaction, and commits it. `clock`: the SQL expression of the server's time. Raises psycopg.Error; what became
    of the requests is unknown then where the connection was lost, and else nothing was stored."""
    answers: list[Answer | Conflict | None] = _without_shared_ids(requests)
    asked = [request for request, answer in zip(requests, answers, strict=True) if answer is None]
    ids = _texts(each.statement_id for request in asked for each in request.sent)
    said = _defined(each.statement for request in asked for each in request.sent)
    wanted = sum(len(request.sent) for request in asked)
    reading: list[Statement] = [(LOCK % clock, None), (NUMBERS % clock, str(wanted)), (KNOWN, (ids,)), (REFERRED, (ids,))]
    if said:
        reading.append((ACTIVITIES, (_bytes(finding.key("activity", each) for each in said),)))
    _, _, numbers, known, referred, *activities = trips.exchange([("BEGIN", None), *reading])
    ((now, seqs),) = _rows(numbers)
    raws, targets = _pairs(known), {target for (target,) in _rows(referred)}
    group = _Group(int(now))
    free = iter(sorted(map(int, filter(None, seqs.split(",")))))
    for index, request in enumerate(requests):
        if answers[index] is None:
            answers[index] = _decide(request, raws, targets)
            if answers[index] is Answer.STORED:
                _add(group, request, raws, free)
    definitions = _pairs(activities[0]) if activities else {}
    names = {pair for pair in _names(each.statement for each in group.statements) if pair not in memory.names}
    writing = _insertions(group, names)
    if changed := _changed(group, definitions, memory):
        writing = _changes(trips, writing, group, changed)
    *_, committed = trips.exchange([*writing, ("COMMIT", None)])
    if committed.command_status != b"COMMIT":
        # of a transaction that failed PostgreSQL says ROLLBACK, and means it well
        raise psycopg.DatabaseError("the transaction was not committed")
    memory.keep_names(names)
    return [answer for answer in answers if answer is not None]


def _without_shared_ids(requests: Sequence[Request]) -> list[Answer | Conflict | None]:
    """ALONE for whoever names an id that an earlier request of the group names."""
    seen: set[str] = set()
    answers: list[Answer | Conflict | None] = []
    for request in requests:
        ids = {each.statement_id for each in request.sent}
        answers.append(None if seen.isdisjoint(ids) else Answer.ALONE)
        seen |= ids
    return answers


def _decide(request: Request, raws: dict[str, str], targets: set[str]) -> Answer | Conflict:
    for each in request.sent:
        if each.statement_id in targets:
            return Answer.ALONE
        raw = raws.get(each.statement_id)
        if raw is not None and not same_statement(each.statement, json.loads(raw)):
            return Conflict(f"Another statement was stored under the id {each.statement_id}.")
    return Answer.STORED


def _add(group: _Group, request: Request, raws: dict[str, str], free: Iterable[int]) -> None:
    new = [each for each in request.sent if each.statement_id not in raws]
    numbers = iter(free)
    group.statements += complete_all(new, group.stored_ms, request.authority, request.version)
    group.seqs += [next(numbers) for _ in new]


def _insertions(group: _Group, names: set[tuple[str, str]]) -> list[Statement]:
    if not group.statements:
        return []
    stored = struct.pack("!q", group.stored_ms)
    ids, raws = _texts(each.statement_id for each in group.statements), _texts(each.raw for each in group.statements)
    keys = sorted((key, seq) for each, seq in zip(group.statements, group.seqs, strict=True) for key in each.keys)
    made: list[Statement] = [
        (INSERT, (stored, _numbers(group.seqs), ids, raws)),
        (INSERT_KEYS, (stored, _bytes(key for key, _ in keys), _numbers([seq for _, seq in keys]))),
    ]
    if names:
        # in the same order everywhere, so that two transactions never wait for each other
        rows = sorted((finding.key("agent", who), finding.key("name", name), name) for who, name in names)
        columns = list(zip(*rows, strict=True))
        made.append((INSERT_NAMES, (_bytes(columns[0]), _bytes(columns[1]), _texts(columns[2]))))
    return made


def _changed(group: _Group, known: dict[str, str], memory: Memory) -> dict[bytes, str]:
    """Activities of which these statements say something beyond what is known, by their keys and in the order of these."""
    said: dict[str, list[dict[str, Any]]] = {}
    for each in group.statements:
        for activity in finding.activities_of(each.statement):
            definition = activity.get("definition")
            if definition is None:
                continue
            # most statements about an activity say the same of it
            before = said.setdefault(activity["id"], [])
            if not before or before[-1] != definition:
                before.append(definition)
    keys = {finding.key("activity", activity_id): activity_id for activity_id in said}
    return {
        key: activity_id
        for key, activity_id in sorted(keys.items())
        if _merge(memory, known.get(key.hex()), said[activity_id]) != known.get(key.hex())
    }


def _changes(trips: RoundTrips, before: list[Statement], group: _Group, changed: dict[bytes, str]) -> list[Statement]:
    """After `before` was done: what is to change is read again with its rows locked."""
    exact = _exact_definitions(group.statements, set(changed.values()))
    keys = _bytes(changed)
    *_, locked = trips.exchange([*before, (MAKE_ACTIVITIES, (keys, _texts(changed.values()))), (LOCK_ACTIVITIES, (keys,))])
    known = _pairs(locked)
    merged = [merge_texts(known[key.hex()], exact[activity_id]) for key, activity_id in changed.items()]
    return [(SET_ACTIVITIES, (keys, _texts(merged)))]


def _merge(memory: Memory, known: str | None, said: list[dict[str, Any]]) -> str:
    for definition in said:
        known = memory.merged(known or "{}", json.dumps(definition))
    return known or "{}"


def _exact_definitions(statements: Iterable[Completed], ids: set[str]) -> dict[str, list[str]]:
    """What was said of these activities, with numbers as they were written."""
    found: dict[str, list[str]] = {}
    for each in statements:
        if any(activity["id"] in ids for activity in finding.activities_of(each.statement)):
            for activity in finding.activities_of(json_text.parse_exactly(each.raw, "statement")):
                if activity["id"] in ids and "definition" in activity:
                    found.setdefault(activity["id"], []).append(json_text.write(activity["definition"]))
    return found


def _defined(statements: Iterable[dict[str, Any]]) -> list[str]:
    """The ids of activities that they say something of."""
    return sorted({activity["id"] for each in statements for activity in finding.activities_of(each) if "definition" in activity})


def _names(statements: Iterable[dict[str, Any]]) -> set[tuple[str, str]]:
    return {pair for each in statements for pair in agents.names_in(finding.actors_of(each))}


def _rows(result: PGresult) -> list[tuple[str, ...]]:
    """Texts of columns that are never NULL."""
    return [tuple((result.get_value(row, column) or b"").decode() for column in range(result.nfields)) for row in range(result.ntuples)]


def _pairs(result: PGresult) -> dict[str, str]:
    """Of two columns."""
    return {row[0]: row[1] for row in _rows(result)}


def _texts(values: Iterable[str]) -> bytes:
    return _array(_TEXT, [value.encode() for value in values])


def _bytes(values: Iterable[bytes]) -> bytes:
    return _array(_BYTES, list(values))


def _numbers(values: Iterable[int]) -> bytes:
    return _array(_NUMBER, [struct.pack("!q", value) for value in values])


def _array(kind: int, values: list[bytes]) -> bytes:
    """An array of one dimension in PostgreSQL's binary form (array_recv)."""
    parts = [struct.pack("!iiIii", 1 if values else 0, 0, kind, len(values), 1)[: 20 if values else 12]]
    for value in values:
        parts += (struct.pack("!i", len(value)), value)
    return b"".join(parts)
