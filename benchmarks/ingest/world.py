"""A database that was used for years, and the learners who are in it today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from flask import Flask

from benchmarks.ingest.load import BadAnswer, Client
from seattime.services.claims import DeliveryClaims, sign_delivery

SESSIONS_EACH = 10
"""Sessions of a registration, all in one attempt."""
LAUNCHED_MS = 1_795_000_000_000
STATE_EVERY = 5
"""One message in so many carries elements too."""
SUSPEND_DATA = "chapter=3;page=17;visited=" + "1011" * 300

FILL = """
INSERT INTO courses (key, course_id, title, slug, created_ms, updated_ms, policy_name, open_in, sample)
VALUES ('course', 'fire', 'Fire safety', 'cfire', 0, 0, 'Standard', 'frame', false);
INSERT INTO course_versions (key, course_key, number, kind, structure, warnings, file_count, size_bytes, content_hash, created_ms)
VALUES ('version', 'course', 1, 'scorm12', '{{}}', '[]', 1, 1, '0', 0);
INSERT INTO learners (key, learner_id, first_name, last_name, email, sample, operator, created_ms, order_counter, facts_version)
SELECT md5('l' || n), 'learner-' || n, 'Ana', 'Ruiz', '', false, false, 0, 1, 0 FROM generate_series(1, {people}) n;
INSERT INTO registrations (key, registration_id, course_key, version_key, learner_key, instance, launch_count, test_run, sample, options,
                           created_ms, updated_ms)
SELECT md5('r' || n), 'r-' || n, 'course', 'version', md5('l' || n), 1, 1, false, false, '{{}}', 0, 0 FROM generate_series(1, {people}) n;
INSERT INTO launches (registration_key, number, order_number, instance, mode, launched_ms, user_agent, redirect_url, settled)
SELECT md5('r' || n), 1, 1, 1, 'normal', {launched}, '', '', false FROM generate_series(1, {people}) n;
INSERT INTO attempts (registration_key, key, instance, activity_id, number, created_ms, lease_number, lease_session)
SELECT md5('r' || n), md5('a' || n), 1, 'item_1', 1, {launched}, 1, md5('s' || n || '.0')::uuid::text FROM generate_series(1, {people}) n;
INSERT INTO sessions (registration_key, session_id, learner_key, course_key, attempt_key, instance, activity_id, launch_number, standard,
  mode, launched_ms, first_ms, delivered_ms, clock_stepped, order_number, leases, deliveries, time_seq, time_order, time_incomplete,
  opened_ms, measured_ms, open_ms, spans, acts, words, status, exit, terminated, ended, state_seq, state_order, state_incomplete,
  elements, findings)
SELECT md5('r' || n), md5('s' || n || '.' || i)::uuid::text, md5('l' || n), 'course', md5('a' || n), 1, 'item_1', 1, 'scorm12',
  'normal', {launched}, {launched}, {launched}, false, 1, '[]', 1, 1, 1, false,
  {launched}, 1000, 1000, '[[0, 1000, 1, 0]]', '[[0, 0]]', '[]', '{{"completion": "incomplete"}}', NULL, false, NULL, 1, 1, false,
  ('{{"cmi.core.lesson_status": "incomplete", "cmi.suspend_data": "' || repeat('1011', 300) || '"}}')::json, '[]'
FROM (
  SELECT n, i FROM generate_series(1, {people}) n, generate_series(0, {sessions} - 1) i ORDER BY md5('r' || n)
) AS each;
"""


def fill(url: str, sessions: int) -> None:
    """So many sessions, by INSERT ... SELECT generate_series, and the statistics that a used database has."""
    statements = FILL.format(people=sessions // SESSIONS_EACH, sessions=SESSIONS_EACH, launched=LAUNCHED_MS)
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements.split(";\n"):
            connection.execute(statement)
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


HEAD = """{"v":1,"token":"%s","records":[{"session":"%s","activity":"item_1","attempt":"%s","new_attempt":false,\
"standard":"scorm12","mode":"normal","want":null,"""
TIME = b"""\
"time":{"seq":%%d,"base":%%d,"order":1,"opened":%d,"measured":%%d,"open":%%d,"spans_from":0,"spans":[[0,%%d,1,0]],\
"acts_from":0,"acts":[[0,%%d]],"words_from":0,"words":[[%%d,%%d,"0000:00:%%02d.00",0]],\
"status":{"completion":"incomplete","raw":"80"},"exit":"suspend","terminated":false,"ended":null},"state":""" % LAUNCHED_MS
STATE = b"""{"seq":%%d,"base":%%d,"order":1,"whole":false,\
"set":{"cmi.suspend_data":"%s%%d","cmi.core.lesson_location":"%%d"},"findings":[]}""" % SUSPEND_DATA.encode()


@dataclass
class Learner:
    """A browser that has a course open, as far as its messages tell."""

    token: str
    session: str
    attempt: str
    time_seq: int = 1
    state_seq: int = 1
    head: bytes = b""

    def __post_init__(self) -> None:
        self.head = (HEAD % (self.token, self.session, self.attempt)).encode()

    def message(self) -> bytes:
        """The next heartbeat or save: the time register, and now and then elements."""
        self.time_seq += 1
        state = b"null"
        if self.time_seq % STATE_EVERY == 0:
            self.state_seq += 1
            state = STATE % (self.state_seq, self.state_seq - 1, self.time_seq, self.time_seq)
        measured = self.time_seq * 1000
        return self.head + TIME % (self.time_seq, self.time_seq - 1, *6 * (measured,), measured // 1000 % 60) + state + b"}]}"


def learners(app: Flask, url: str, sessions: int, how_many: int) -> list[Learner]:
    """Some of the learners, from all over the database, each in the first session of his registration."""
    step = max(1, sessions // SESSIONS_EACH // how_many)
    with psycopg.connect(url) as connection, app.app_context():
        rows = connection.execute(
            "SELECT md5('r' || n), md5('s' || n || '.0')::uuid::text, md5('a' || n) FROM generate_series(1, %s, %s) n",
            (how_many * step, step),
        ).fetchall()
        return [
            Learner(sign_delivery(DeliveryClaims(registration, 1, 1, LAUNCHED_MS, 1, "normal")), session, attempt)
            for registration, session, attempt in rows
        ]


def clients(of: list[Learner], how_many: int, port: int) -> list[Client]:
    """Clients that share the learners among them; each sends for one of its learners after the other."""

    def requests(mine: list[Learner]) -> Iterator[bytes]:
        head = f"POST /runtime/commit HTTP/1.1\r\nHost: cfire.play.localhost:{port}\r\nContent-Type: text/plain\r\nContent-Length: "
        while True:
            for learner in mine:
                body = learner.message()
                yield head.encode() + str(len(body)).encode() + b"\r\n\r\n" + body

    return [Client(requests(of[number::how_many]).__next__, _check) for number in range(how_many)]


def _check(body: bytes) -> None:
    if body.count(b'"stored"') != body.count(b'"status"') or b'"need_all":true' in body:
        raise BadAnswer(body.decode(errors="replace"))


def stored_as_acknowledged(url: str, of: list[Learner]) -> None:
    """Every learner's newest sequence is in the database. Raises AssertionError."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT session_id, time_seq, state_seq FROM sessions WHERE session_id = ANY(%s)", ([one.session for one in of],)
        ).fetchall()
    assert {row[0]: row[1:] for row in rows} == {one.session: (one.time_seq, one.state_seq) for one in of}
