"""The record store during an outage, on both databases: statements are acknowledged only once they are kept, and come in once."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask, current_app
from sqlalchemy import func, select

from seattime.config import Settings
from seattime.domain.spooled_statements import SpooledStatements
from seattime.domain.xapi import texts
from seattime.domain.xapi.queries import read_query
from seattime.domain.xapi.versions import Version
from seattime.errors import Conflict, NotSignedIn, Unavailable
from seattime.services import api_keys, commits, health, key_memory, lrs, lrs_saving, lrs_statements, metrics, recovery, statement_fallback
from seattime.services.lrs import Author
from seattime.services.lrs_statements import Attached
from seattime.services.parts import EXTENSION, parts
from seattime.services.recovery import Drained
from seattime.services.saving import Kept
from seattime.storage import stoppable
from seattime.storage.lrs_models import LrsStatement
from seattime.storage.models import db
from seattime.storage.spool import SpoolBackend
from tests.conftest import SetClock
from tests.domain.xapi.made import ATTACHMENT, REF, made

AUTHOR = Author({"objectType": "Agent", "account": {"homePage": "http://localhost:8000", "name": "tester"}})
PICTURE = b"\x89PNG\r\n\x00"
OF_PICTURE = {**ATTACHMENT, "sha2": hashlib.sha256(PICTURE).hexdigest(), "length": len(PICTURE)}


@dataclass
class Lever:
    """What stops the database."""

    pulled: bool = False

    def is_pulled(self) -> bool:
        return self.pulled


@pytest.fixture
def lever(app: Flask, settings: Settings) -> Iterator[Lever]:
    made_ = Lever()
    stoppable.make_stoppable(settings.sqlalchemy_url, made_.is_pulled)
    yield made_
    made_.pulled = False


def send(*statements: dict[str, Any], attached: tuple[Attached, ...] = (), version: Version = Version.V1) -> list[str]:
    sent = lrs_statements.read_statements(json.dumps(list(statements)).encode(), version, list(attached))
    return lrs_saving.save_statements(AUTHOR, sent, version, list(attached))


def stored() -> list[str]:
    """The ids, oldest first."""
    found = list(db.session.scalars(select(LrsStatement.statement_id).order_by(LrsStatement.stored_ms, LrsStatement.seq)))
    db.session.rollback()
    return found


def one(statement_id: str) -> dict[str, Any]:
    page = lrs_statements.get_statements(read_query({"statementId": statement_id}), [])
    db.session.rollback()
    value: dict[str, Any] = json.loads(page.raws[0])
    return value


def drain() -> Drained:
    return recovery.drain(probing=False)


def new_id() -> str:
    return str(uuid.uuid4())


# --- kept, and taken


def test_what_is_sent_during_an_outage_is_acknowledged_and_comes_in_by_itself(lever: Lever, clock: SetClock) -> None:
    taken = clock.now
    lever.pulled = True
    ids = send(made(), made(timestamp="2026-01-01T00:00:00Z"))
    assert parts().spool.count() == 1

    lever.pulled = False
    clock.advance(3_600_000)
    assert drain() == Drained(drained=1)

    assert (stored(), parts().spool.count()) == (ids, 0)
    first, second = one(ids[0]), one(ids[1])
    assert first["stored"] == texts.write_time(clock.now), "stored is when the database took it"
    assert first["timestamp"] == texts.write_time(taken), "the moment at which it came"
    assert second["timestamp"] == "2026-01-01T00:00:00Z"
    assert first["authority"] == AUTHOR.authority
    assert drain() == Drained()


def test_version_and_attachments_come_with_it(lever: Lever) -> None:
    lever.pulled = True
    chosen = new_id()
    context = {"contextAgents": [{"objectType": "contextAgent", "agent": {"mbox": "mailto:b@example.org"}}]}
    attachment = {name: value for name, value in OF_PICTURE.items() if name != "fileUrl"}
    send(
        made(id=chosen, context=context, attachments=[attachment]),
        attached=(Attached(OF_PICTURE["sha2"], "image/png", PICTURE),),
        version=Version.V2,
    )
    lever.pulled = False
    drain()

    page = lrs_statements.get_statements(read_query({"statementId": chosen, "attachments": "true"}), [])
    assert [(each.sha2, each.body) for each in page.attachments] == [(OF_PICTURE["sha2"], PICTURE)]
    assert json.loads(page.raws[0])["version"] == "2.0.0"


def test_numbers_and_escapes_survive_the_spool(lever: Lever) -> None:
    lever.pulled = True
    chosen = new_id()
    text = json.dumps(made(id=chosen))[:-1] + ',"context":{"extensions":{"http://e":[1.50,1e400,"\\ud83d"]}}}'
    sent = lrs_statements.read_statements(text.encode(), Version.V1, [])
    lrs_saving.save_statements(AUTHOR, sent, Version.V1, [])
    lever.pulled = False
    drain()

    assert (
        '"extensions":{"http://e":[1.50,1e400,"\\ud83d"]}' in lrs_statements.get_statements(read_query({"statementId": chosen}), []).raws[0]
    )


def test_sent_again_during_the_outage_and_after_it_it_is_stored_once(lever: Lever) -> None:
    statement = made(id=new_id())
    lever.pulled = True
    send(statement)
    send(statement)
    assert parts().spool.count() == 1
    lever.pulled = False

    assert send(statement) == [statement["id"]]
    assert drain() == Drained(drained=1)
    assert stored() == [statement["id"]]


def test_nothing_is_acknowledged_where_neither_database_nor_spool_could_keep_it(lever: Lever, monkeypatch: pytest.MonkeyPatch) -> None:
    lever.pulled = True
    monkeypatch.setattr(parts().spool, "_most_bytes", 10)

    with pytest.raises(Unavailable):
        send(made())
    assert parts().spool.count() == 0
    assert commits.save_failures() == 1


def test_a_conflict_that_the_database_sees_is_refused(lever: Lever) -> None:
    chosen = new_id()
    send(made(id=chosen))

    with pytest.raises(Conflict):
        send(made(id=chosen, result={"success": True}))
    assert parts().spool.count() == 0


def test_a_conflict_that_shows_too_late_is_set_aside_and_harms_no_other(lever: Lever) -> None:
    chosen, other, last = new_id(), new_id(), new_id()
    send(made(id=chosen))
    lever.pulled = True
    send(made(id=other), made(id=chosen, result={"success": True}))
    send(made(id=last))
    lever.pulled = False

    assert drain() == Drained(drained=1, set_aside=1)
    assert sorted(stored()) == sorted([chosen, other, last])
    assert "result" not in one(chosen)
    [aside] = parts().spool.set_aside()
    assert aside.kind == "poison"
    assert aside.reason == f"conflict: {chosen}: Another statement was stored under the id {chosen}."
    assert aside.session.startswith("statements-")
    assert f'"{other}"' in aside.body, "what came with it is there to be read, too"


def test_an_operator_may_have_it_tried_again(lever: Lever) -> None:
    chosen = new_id()
    send(made(id=chosen))
    lever.pulled = True
    send(made(id=chosen, result={"success": True}))
    lever.pulled = False
    drain()
    [aside] = parts().spool.set_aside()

    assert recovery.put_back(aside.id)
    assert drain() == Drained(set_aside=1)


def test_references_and_voiding_work_in_whichever_order_the_spool_brings_them(lever: Lever) -> None:
    chosen = new_id()
    lever.pulled = True
    send(made(verb={"id": "http://adlnet.gov/expapi/verbs/voided"}, object={**REF, "id": chosen}))
    send(made(id=chosen))
    lever.pulled = False
    assert drain() == Drained(drained=2)

    page = lrs_statements.get_statements(read_query({"voidedStatementId": chosen}), [])
    assert len(page.raws) == 1


# --- at any point


def test_dying_between_the_commit_and_the_delete_stores_once(lever: Lever, monkeypatch: pytest.MonkeyPatch) -> None:
    lever.pulled = True
    ids = send(made(), made())
    lever.pulled = False

    class DiedError(BaseException):
        pass

    def die(*_args: object) -> bool:
        raise DiedError

    with monkeypatch.context() as patch:
        patch.setattr(SpoolBackend, "drained", die)
        with pytest.raises(DiedError):
            drain()
    before = one(ids[0])

    assert drain() == Drained(drained=1)
    assert stored() == ids
    assert one(ids[0]) == before


DYING = """
import os, signal, sys
from pathlib import Path
from seattime.app import create_app
from seattime.config import Settings
from seattime.services import recovery
from seattime.storage.spool import SpoolBackend
app = create_app(Settings(data_dir=Path(sys.argv[1]), database_url=sys.argv[2], secret_key="test-key", spool_any_folder=True))
SpoolBackend.drained = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
with app.app_context():
    recovery.drain()
"""


def test_a_worker_killed_while_it_drains_loses_nothing_and_stores_once(lever: Lever) -> None:
    lever.pulled = True
    ids = [*send(made()), *send(made()), *send(made())]
    lever.pulled = False

    done = subprocess.run(
        [sys.executable, "-c", DYING, str(parts().settings.data_dir), parts().settings.database_url],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert parts().spool.count() == 3

    assert drain() == Drained(drained=3)
    assert sorted(stored()) == sorted(ids)


def test_an_outage_in_the_middle_of_a_recovery_leaves_the_rest_and_asks_no_more(lever: Lever, monkeypatch: pytest.MonkeyPatch) -> None:
    lever.pulled = True
    for _ in range(5):
        send(made())
    lever.pulled = False
    asked: list[str] = []
    real = lrs_saving.take_again

    def take(kept: SpooledStatements) -> None:
        asked.append(kept.name)
        lever.pulled = len(asked) > 2
        real(kept)

    current_app.extensions[EXTENSION] = replace(parts(), takers={"lrs": take})

    assert drain() == Drained(drained=2, left=3)
    assert len(asked) == 3
    lever.pulled = False
    current_app.extensions[EXTENSION] = replace(parts(), takers={"lrs": real})
    assert drain() == Drained(drained=3)
    assert len(stored()) == 5


def test_a_record_that_nobody_here_takes_waits_for_an_operator(app: Flask) -> None:
    parts().spool.set(":x", SpooledStatements("unknown", {}, "", "1.0.3", 1, ((new_id(), "{}"),)))

    assert drain() == Drained(set_aside=1)
    assert parts().spool.set_aside()[0].reason.startswith("no_taker: ")


# --- in order


def of_launch(number: int) -> SpooledStatements:
    return SpooledStatements("fake", {}, "b" * 32, "1.0.3", number, ((f"00000000-0000-4000-8000-{number:012}", "{}"),))


@pytest.fixture
def taken(app: Flask) -> list[int]:
    """What a taker for launched content has been given, in order."""
    found: list[int] = []
    current_app.extensions[EXTENSION] = replace(parts(), takers={"fake": lambda kept: found.append(kept.taken_ms)})
    return found


def away(_within_s: float) -> None:
    raise TimeoutError


def test_what_waits_of_a_launch_is_taken_before_what_comes_later(taken: list[int], clock: SetClock) -> None:
    for number in (1, 2):
        parts().breaker.succeeded()
        assert statement_fallback.save(of_launch(number), away) is Kept.SPOOLED
        clock.advance(1)
    parts().breaker.succeeded()

    assert statement_fallback.save(of_launch(3), lambda _within_s: taken.append(3)) is None
    assert taken == [1, 2, 3]


def test_what_comes_later_waits_behind_what_cannot_be_taken_yet(taken: list[int], clock: SetClock) -> None:
    statement_fallback.save(of_launch(1), away)
    parts().breaker.succeeded()
    clock.advance(1)

    def fail(_kept: SpooledStatements) -> None:
        raise TimeoutError

    real = parts()
    current_app.extensions[EXTENSION] = replace(real, takers={"fake": fail})
    assert statement_fallback.save(of_launch(2), lambda _within_s: taken.append(2)) is Kept.SPOOLED
    current_app.extensions[EXTENSION] = real

    assert drain() == Drained(drained=2)
    assert taken == [1, 2]


def test_a_spool_that_cannot_be_asked_holds_nobody_up(taken: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    (parts().settings.spool_folder).mkdir(parents=True, exist_ok=True)
    (parts().settings.spool_folder / "spool.sqlite3").write_bytes(b"no database" * 1_000)

    assert statement_fallback.save(of_launch(1), lambda _within_s: taken.append(1)) is None
    assert taken == [1]


# --- seen


def test_health_and_metrics_tell_of_it(lever: Lever, clock: SetClock) -> None:
    lever.pulled = True
    send(made(), made())
    clock.advance(60_000)
    now = health.look()

    assert (now.spool.count, now.spool_age_s, now.failed_attempts) == (1, 60.0, 1)
    found = {sample.name + str(sorted(sample.labels.values())): sample.value for each in metrics.collect() for sample in each.samples}
    assert found["seattime_statements_total['spooled']"] >= 2


# --- keys


def test_a_key_of_the_settings_is_known_while_the_database_is_away(lever: Lever) -> None:
    lever.pulled = True

    assert lrs.author_of_key("tester", "secret").authority["account"]["name"] == "tester"
    with pytest.raises(Unavailable):
        lrs.author_of_key("tester", "wrong")


def test_a_key_of_the_database_counts_for_an_hour_while_nobody_can_be_asked(lever: Lever, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    current_app.extensions[EXTENSION] = replace(parts(), key_memory=key_memory.KeyMemory(lambda: now[0]))
    key = api_keys.create_key("mine")
    with pytest.raises(NotSignedIn):
        lrs.author_of_key("mine", "wrong")
    lrs.author_of_key("mine", key.secret)
    lever.pulled = True

    now[0] += key_memory.AWAY_S - 1
    assert lrs.author_of_key("mine", key.secret).authority["account"]["name"] == "mine"
    with pytest.raises(Unavailable):
        lrs.author_of_key("mine", "wrong")
    now[0] += 1
    with pytest.raises(Unavailable):
        lrs.author_of_key("mine", key.secret)


def test_a_revoked_key_is_refused_at_once_here_and_within_seconds_elsewhere(app: Flask) -> None:
    now = [100.0]
    here = replace(parts(), key_memory=key_memory.KeyMemory(lambda: now[0]))
    elsewhere = replace(parts(), key_memory=key_memory.KeyMemory(lambda: now[0]))
    key = api_keys.create_key("mine")
    for worker in (elsewhere, here):
        current_app.extensions[EXTENSION] = worker
        lrs.author_of_key("mine", key.secret)
    api_keys.revoke_key("mine")

    with pytest.raises(NotSignedIn):
        lrs.author_of_key("mine", key.secret)
    current_app.extensions[EXTENSION] = elsewhere
    lrs.author_of_key("mine", key.secret)
    now[0] += key_memory.FRESH_S
    with pytest.raises(NotSignedIn):
        lrs.author_of_key("mine", key.secret)


def test_what_is_remembered_of_keys_is_bounded(sqlite_app: Flask) -> None:
    memory = key_memory.KeyMemory(lambda: 0.0)
    caller = api_keys.Caller("mine", frozenset())
    for number in range(key_memory.MOST + 1):
        memory.keep("mine", str(number), caller)

    assert memory.find("mine", "0", 1) is None
    assert memory.find("mine", str(key_memory.MOST), 1) is caller


def test_nothing_is_stored_of_no_statements(app: Flask) -> None:
    assert lrs_saving.save_statements(AUTHOR, [], Version.V1, []) == []
    assert db.session.execute(select(func.count()).select_from(LrsStatement)).scalar_one() == 0
