"""Statements as content sends them, and a database that holds very many of them already."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import uuid
from collections.abc import Iterator

import psycopg

from benchmarks.ingest.load import BadAnswer, Client
from e2e.server import KEY_ID, KEY_SECRET
from seattime.domain.xapi import finding

AUTHORIZATION = "Basic " + base64.b64encode(f"{KEY_ID}:{KEY_SECRET}".encode()).decode()
PEOPLE, COURSES, QUESTIONS = 10_000, 50, 20
EACH = 10
"""Statements of a registration."""
VERBS = ("launched", "initialized", "progressed", "answered", "experienced", "completed", "passed", "terminated")
BEGAN_MS = 1_780_000_000_000
APART_MS = 500
"""Between two statements that are there already."""

AUTHORITY = {"objectType": "Agent", "account": {"homePage": "http://lms.example.org", "name": "the application"}}
"""Of the statements that are there already."""

STATEMENT = {
    "id": "@id@",
    "actor": {
        "objectType": "Agent",
        "name": "Learner @person@",
        "account": {"homePage": "http://lms.example.org", "name": "learner-@person@"},
    },
    "verb": {"id": "http://adlnet.gov/expapi/verbs/answered", "display": {"en-US": "answered"}},
    "object": {
        "objectType": "Activity",
        "id": "http://courses.example.org/@course@/question/@question@",
        "definition": {
            "name": {"en-US": "Question @question@"},
            "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
            "interactionType": "choice",
            "correctResponsesPattern": ["b"],
        },
    },
    "result": {"score": {"scaled": 0.85, "raw": 85, "min": 0, "max": 100}, "success": True, "response": "b", "duration": "PT12.34S"},
    "context": {
        "registration": "@registration@",
        "contextActivities": {"parent": [{"id": "http://courses.example.org/@course@"}]},
        "platform": "web",
    },
    "timestamp": "2026-11-25T10:00:00.000Z",
}
"""Some 850 bytes, with a definition and a parent, like an answer in a quiz. Words between two @ are filled in."""
TEXT = json.dumps(STATEMENT, separators=(",", ":"))


class Sender:
    """A client's statements, each new, of another learner each time."""

    def __init__(self, number: int) -> None:
        self._ids = (uuid.UUID(int=uuid.uuid4().int & ~0xFFFF_FFFF | count) for count in itertools.count())
        self._count = itertools.count(number * 7919)
        self.sent: list[str] = []
        template = TEXT
        for word in ("id", "person", "course", "question", "registration"):
            template = template.replace(f"@{word}@", f"%({word})s")
        self._template = template

    def statement(self) -> str:
        number = next(self._count)
        statement_id = str(next(self._ids))
        self.sent.append(statement_id)
        person = number % PEOPLE
        filled = {"id": statement_id, "person": person, "course": person % COURSES, "question": number % QUESTIONS}
        return self._template % {**filled, "registration": f"00000000-0000-4000-8000-{person:012}"}

    def requests(self, port: int, batch: int) -> Iterator[bytes]:
        """POST requests with so many statements each; one alone goes without an array."""
        head = (
            f"POST /xapi/statements HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/json\r\n"
            f"Authorization: {AUTHORIZATION}\r\nX-Experience-API-Version: 1.0.3\r\nContent-Length: "
        )
        while True:
            texts = [self.statement() for _ in range(batch)]
            body = texts[0] if batch == 1 else f"[{','.join(texts)}]"
            yield f"{head}{len(body)}\r\n\r\n{body}".encode()


def clients(senders: list[Sender], port: int, batch: int) -> list[Client]:
    """One for each sender. An answer must name as many statements as were sent."""

    def check(body: bytes) -> None:
        if body.count(b'"') != 2 * batch:
            raise BadAnswer(body.decode(errors="replace"))

    return [Client(sender.requests(port, batch).__next__, check) for sender in senders]


def stored_as_acknowledged(url: str, senders: list[Sender]) -> int:
    """Every statement that was sent is in the database, once and with its filters. Returns how many. Raises AssertionError."""
    sent = [statement_id for sender in senders for statement_id in sender.sent]
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TEMP TABLE sent (id text PRIMARY KEY)")
        with connection.cursor().copy("COPY sent FROM STDIN") as copy:
            for statement_id in sent:
                copy.write_row((statement_id,))
        found = connection.execute("SELECT count(*) FROM lrs_statements JOIN sent ON sent.id = statement_id").fetchone()
        keys = connection.execute(
            "SELECT count(*) FROM lrs_keys WHERE key = %s", (finding.key("verb", "http://adlnet.gov/expapi/verbs/answered"),)
        ).fetchone()
    assert found == (len(sent),), f"{found} of {len(sent)} are stored"
    assert keys == (len(sent),), f"{keys} of {len(sent)} are found by their verb"
    return len(sent)


FILL = """
INSERT INTO lrs_statements (statement_id, stored_ms, raw)
SELECT md5('s' || n)::uuid::text, {began} + n::bigint * {apart},
  '{{"id":"' || md5('s' || n)::uuid || '","actor":{{"objectType":"Agent","name":"Learner ' || person || '","account":'
  '{{"homePage":"http://lms.example.org","name":"learner-' || person || '"}}}},'
  '"verb":{{"id":"http://adlnet.gov/expapi/verbs/' || verb || '"}},'
  '"object":{{"id":"http://courses.example.org/' || course || '/question/' || n % {questions} || '",'
  '"definition":{{"name":{{"en":"Question"}}}}}},'
  '"result":{{"score":{{"scaled":0.85}},"duration":"PT12.34S"}},"context":{{"registration":"' || registration || '"}},'
  '"timestamp":"2026-06-01T00:00:00.000Z","stored":"2026-06-01T00:00:00.000Z","version":"1.0.0",'
  '"authority":{authority}}}'
FROM (
  SELECT n, n / {each} % {people} AS person, n / {each} % {people} % {courses} AS course,
    ({verbs})[1 + n % {verb_count}] AS verb, md5('r' || n / {each})::uuid::text AS registration
  FROM generate_series(0, {statements} - 1) AS n
) AS each ORDER BY n;
"""
FILL_KEYS = """
INSERT INTO lrs_keys (key, stored_ms, seq)
SELECT key, stored_ms, seq FROM (
  SELECT key.key, made.stored_ms, made.seq
  FROM (SELECT seq, stored_ms, (stored_ms - {began}) / {apart} AS n FROM lrs_statements) AS made
  JOIN filled AS key ON (key.kind = 'person' AND key.number = made.n / {each} % {people})
  UNION ALL
  SELECT key.key, made.stored_ms, made.seq
  FROM (SELECT seq, stored_ms, (stored_ms - {began}) / {apart} AS n FROM lrs_statements) AS made
  JOIN filled AS key ON (key.kind = 'verb' AND key.number = made.n % {verb_count})
  UNION ALL
  SELECT key.key, made.stored_ms, made.seq
  FROM (SELECT seq, stored_ms, (stored_ms - {began}) / {apart} AS n FROM lrs_statements) AS made
  JOIN filled AS key ON (key.kind = 'activity' AND key.number = made.n / {each} % {people} % {courses} * {questions} + made.n % {questions})
  UNION ALL
  SELECT key.key, made.stored_ms, made.seq
  FROM (SELECT seq, stored_ms, (stored_ms - {began}) / {apart} AS n FROM lrs_statements) AS made
  JOIN filled AS key ON (key.kind = 'registration' AND key.number = made.n / {each})
  UNION ALL
  SELECT key.key, stored_ms, seq FROM lrs_statements JOIN filled AS key ON key.kind = 'authority'
) AS rows ORDER BY key, stored_ms, seq;
"""


def fill(url: str, statements: int) -> None:
    """So many statements with their filters, as a year of use would have left them: COPY of the filters' keys (digests that only Python
    makes), then INSERT ... SELECT generate_series, and the statistics that a used database has."""
    values = {
        "statements": statements, "began": BEGAN_MS, "apart": APART_MS, "each": EACH, "people": PEOPLE, "courses": COURSES,
        "questions": QUESTIONS, "verb_count": len(VERBS), "verbs": f"ARRAY{list(VERBS)!r}", "authority": json.dumps(AUTHORITY),
    }  # fmt: skip
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(FILL.format(**values))
        connection.execute("CREATE TEMP TABLE filled (kind text, number bigint, key bytea)")
        with connection.cursor().copy("COPY filled FROM STDIN") as copy:
            for row in _keys(statements):
                copy.write_row(row)
        connection.execute("CREATE INDEX ON filled (kind, number)")
        connection.execute("ANALYZE filled")
        connection.execute("ANALYZE lrs_statements")
        connection.execute(FILL_KEYS.format(**values))
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def agent(person: int) -> dict[str, object]:
    return {"objectType": "Agent", "account": {"homePage": "http://lms.example.org", "name": f"learner-{person}"}}


def activity(course: int, question: int) -> str:
    return f"http://courses.example.org/{course}/question/{question}"


def verb(number: int) -> str:
    return f"http://adlnet.gov/expapi/verbs/{VERBS[number]}"


def registration(number: int) -> str:
    return str(uuid.UUID(hashlib.md5(b"r%d" % number, usedforsecurity=False).hexdigest()))


def _keys(statements: int) -> Iterator[tuple[str, int, bytes]]:
    """By kind and number, the keys that a statement has for it (domain/xapi/finding.py)."""
    for person in range(PEOPLE):
        for name in ("agent", "related_agent"):
            yield "person", person, finding.key(name, f"account http://lms.example.org learner-{person}")
    for number in range(len(VERBS)):
        yield "verb", number, finding.key("verb", verb(number))
    for course, question in itertools.product(range(COURSES), range(QUESTIONS)):
        for name in ("activity", "related_activity"):
            yield "activity", course * QUESTIONS + question, finding.key(name, activity(course, question))
    for number in range(-(-statements // EACH)):
        yield "registration", number, finding.key("registration", registration(number))
    yield "authority", 0, finding.key("related_agent", "account http://lms.example.org the application")
