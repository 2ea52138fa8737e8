"""`seattime verify`: does this installation keep time? Asked by an operator after an installation or an upgrade, of a server that
may be running, on the database that learners' time lies in.

For each kind of content a course, a learner and a registration are made, three deliveries go through the real path with a real
delivery token, and what comes back is compared with figures that were worked out by hand (`domain.verification`): the first is
stored, the second after a failed try, the third while the database is "away", by way of a spool and its recovery.

Guarantees: nothing of it is seen in lists, reports or exports, the host's spool and a running server notice nothing
(`verify_bench`), and nothing is left when it ends, by an error or a signal too; what a killed run left, the next one removes.
Must not import web.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import metadata
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from seattime.domain import clockface
from seattime.domain.durations import parse_duration
from seattime.domain.policy import STANDARD, Basis
from seattime.domain.verification import SUBJECTS, Format, Subject
from seattime.domain.xapi.equality import same_statement
from seattime.domain.xapi.versions import Version
from seattime.errors import SeatTimeError, UnreadableDuration
from seattime.services import commits, counted_time, launch_statements, policies, recovery, surroundings, xapi_launches
from seattime.services.claims import DeliveryClaims, sign_delivery
from seattime.services.parts import parts
from seattime.services.verify_bench import Bench, ToldCommitter, bench, meets_another, quietly
from seattime.services.verify_messages import Page, elements_of, package_of, statement_of, words_of
from seattime.services.verify_report import KindReport, Line, Problem, Report, Step, Verdict
from seattime.storage import database, faults, verification_rows
from seattime.storage.models import Registration, SessionRow, db
from seattime.storage.spool import SpoolFailed

LAUNCHED_AGO_MS: Final = 10 * 60_000
OPENED_AFTER_MS: Final = 5_000
OTHERS_ARE_DEAD_AFTER_MS: Final = 3_600_000
"""When the rows of another host's run are taken to be left behind. A run takes seconds."""

INSTALL_AGAIN: Final = "The files of this program are damaged or of two versions. Install SeatTime anew."
REPORT_IT: Final = "This is a fault of the program. Report it with this output, and keep the version that you had before."
SEE_DATABASE: Final = "See that the database runs, takes writes and has room; its own log says more."
SEE_SPOOL: Final = "See the lines about the spool: it has to answer, and to lie on a disk that can be written and has room."


class _Wrong(Exception):
    """A step did not do what it should have done."""

    def __init__(self, step: Step, what: str, do: str) -> None:
        super().__init__(what)
        self.problem = Problem(step, what, do)


def verify(*, key_is_new: bool = False, resolves: Callable[[str], bool] | None = None) -> Report:
    """Checks all of it. `key_is_new`, `resolves`: as for `surroundings.look`. Raises Conflict where another run is under way."""
    began = time.perf_counter()
    run = verification_rows.new_run()
    with quietly(), bench(run) as on:
        around = surroundings.look(key_is_new=key_is_new, resolves=resolves)
        lines = list(around.lines)
        kinds: tuple[KindReport, ...] = ()
        skipped = "" if around.fit else "the database is not ready for it."
        if around.fit:
            try:
                _remove_leftovers(on)
                basis = _basis()
                kinds = tuple(_Check(run, subject, on, basis).report() for subject in SUBJECTS)
            except SQLAlchemyError as error:
                skipped = f"the database failed: {_told(error)}"
            finally:
                # whatever happened, and before anything else: a second signal may follow the first one
                cleaned = _clean(run, on)
            lines += [*_speed(on.took_ms), cleaned]
    return Report(
        version=metadata.version("seattime"),
        database=around.database,
        lines=tuple(lines),
        kinds=kinds,
        skipped=skipped,
        took_ms=int((time.perf_counter() - began) * 1000),
    )


def _remove_leftovers(on: Bench) -> None:
    """Of runs of this host that were killed, and of any other that is long over. Raises SQLAlchemyError."""
    now_ms = parts().clock.now_ms()
    dead = set(on.left)
    for run, made_ms in verification_rows.runs_there(db.session).items():
        if run in on.left or made_ms < now_ms - OTHERS_ARE_DEAD_AFTER_MS:
            verification_rows.remove(db.session, run)
            dead.add(run)
    db.session.commit()
    for run in sorted(dead):
        # where the spool fails, its own line says so, and the next run tries again
        with suppress(SpoolFailed):
            on.forget(run)


def _clean(run: str, on: Bench) -> Line:
    """Removes the rows of this run and looks whether they are gone."""
    try:
        db.session.rollback()
        verification_rows.remove(db.session, run)
        db.session.commit()
        left = run in verification_rows.runs_there(db.session)
        db.session.rollback()
    except SQLAlchemyError as error:
        db.session.rollback()
        what = f"The rows of this check could not be removed: {_told(error)}"
        return Line("cleaning up", Verdict.FAILED, what, "Run `seattime verify` again: it removes what an earlier run left.")
    if left:
        return Line("cleaning up", Verdict.FAILED, "Rows of this check are still there.", REPORT_IT)
    try:
        on.forget(run)
    except SpoolFailed as error:
        return Line("cleaning up", Verdict.FAILED, f"What this check had spooled could not be removed: {error}", SEE_SPOOL)
    return Line("cleaning up", Verdict.OK, "Nothing of this check is left in the database or on the disk.")


def _speed(took_ms: list[int]) -> list[Line]:
    """A server that waits for less takes the database to be away."""
    if not took_ms:
        return []
    most_ms = parts().settings.commit_try_ms
    shown = f"{len(took_ms)} saves took {sorted(took_ms)[len(took_ms) // 2]} ms in the middle, {max(took_ms)} ms at the most"
    if max(took_ms) < most_ms:
        return [Line("speed", Verdict.OK, f"{shown}.")]
    what = f"{shown}; a server waits for {most_ms} ms and then takes the spool."
    return [Line("speed", Verdict.WARNING, what, "See what keeps the database or its disk busy, or raise SEATTIME_COMMIT_TRY_MS.")]


def _basis() -> Basis:
    """By which clock this installation counts: an operator may have changed the standard policy."""
    with database.read_only():
        basis = policies.current(STANDARD.name).basis
        db.session.rollback()
    return basis


class _Check:
    """One kind, from parsing to recovery. A step that fails ends it, but for parsing, on which nothing else rests."""

    def __init__(self, run: str, subject: Subject, on: Bench, basis: Basis) -> None:
        self._run = run
        self._subject = subject
        self._on = on.part(subject.name)
        self._basis = basis
        self._page = Page(subject)
        self._counted_ms: int | None = None

    def report(self) -> KindReport:
        """Does all steps. Raises only what is no Exception."""
        began = time.perf_counter()
        figures: dict[Step, str] = {}
        problems: list[Problem] = []
        step = Step.PARSE
        try:
            figures[step] = self._parse(problems)
            step = Step.SAVE
            figures[step] = self._save()
            step = Step.READ_BACK
            self._read_back(step, 0)
            figures[step] = "yes"
            step = Step.COUNT
            figures[step] = self._count(step, 0)
            step = Step.RETRY
            figures[step] = self._retry()
            step = Step.FALLBACK
            figures[step] = self._fall_back()
            step = Step.RECOVERY
            figures[step] = self._recover()
            figures[Step.COUNT] = self._count(step, 2)
        except _Wrong as wrong:
            problems.append(wrong.problem)
        except (SQLAlchemyError, SeatTimeError, SpoolFailed) as error:
            problems.append(Problem(step, _told(error), SEE_DATABASE if isinstance(error, SQLAlchemyError) else SEE_SPOOL))
        except Exception as error:  # a table with a hole says more than a stack
            problems.append(Problem(step, f"{type(error).__name__}: {error}", REPORT_IT))
        finally:
            db.session.rollback()
        return KindReport(
            kind=self._subject.label,
            figures=figures,
            problems=tuple(problems),
            counted_ms=self._counted_ms,
            expected_ms=self._subject.moments[-1].counted_ms(self._basis),
            took_ms=int((time.perf_counter() - began) * 1000),
        )

    # The steps

    def _parse(self, problems: list[Problem]) -> str:
        formats = self._subject.spoken
        wrong = [f"{each.raw!r} was read as {found}, not {_wanted(each)}" for each in formats if (found := _read(each)) != _wanted(each)]
        if wrong:
            problems.append(Problem(Step.PARSE, "; ".join(wrong) + ".", INSTALL_AGAIN))
        return f"{len(formats)} of {len(formats)}" if formats else "none"

    def _save(self) -> str:
        """Rows, the first delivery, then what an xAPI course sends beside it, all of it twice."""
        now_ms = parts().clock.now_ms()
        self._made = verification_rows.make(
            db.session, self._run, self._subject.name, package_of(self._subject), now_ms=now_ms, launched_ms=now_ms - LAUNCHED_AGO_MS
        )
        db.session.commit()
        self._page.opened(self._made.order_number, self._made.launched_ms + OPENED_AFTER_MS)
        with self._on.database() as committer:
            result = self._deliver(Step.SAVE, 0, "stored", committer, want="lease")
            if not result["lease"]["mine"]:
                raise _Wrong(Step.SAVE, "The page asked for the lease of its attempt and did not get it.", REPORT_IT)
            # as the page does: all that follows carries the attempt and the number that it was told
            self._page.attempt, self._page.order = result["attempt"], result["lease"]["number"]
            self._deliver(Step.SAVE, 0, "stored", committer)
        if not self._subject.statements:
            return "stored"
        self._sent = [statement_of(self._subject, self._made.learner_id, duration) for duration in self._subject.statements]
        credential = xapi_launches.read_credential("Basic " + xapi_launches.sign_credential(self._made.registration_key, 1))
        for _ in range(2):
            launch_statements.take(launch_statements.read(credential, json.dumps(self._sent).encode(), Version.V1))
        return f"stored +{len(self._sent)}"

    def _retry(self) -> str:
        with self._on.database(meets_another()) as committer:
            self._deliver(Step.RETRY, 1, "stored", committer)
        if committer.tries != 2:
            raise _Wrong(Step.RETRY, f"A save that failed once was tried {committer.tries} times, not twice.", REPORT_IT)
        self._read_back(Step.RETRY, 1)
        self._count(Step.RETRY, 1)
        return f"{committer.tries} tries"

    def _fall_back(self) -> str:
        with self._on.database(away=True) as committer:
            self._deliver(Step.FALLBACK, 2, "spooled", committer)
        spool = self._on.open_spool()
        try:
            waiting = spool.count()
        finally:
            spool.close()
        if waiting != 1:
            raise _Wrong(Step.FALLBACK, f"The save was acknowledged as spooled, and {waiting} records are on the disk, not one.", SEE_SPOOL)
        self._read_back(Step.FALLBACK, 1)
        return "spooled"

    def _recover(self) -> str:
        with self._on.database() as committer:
            done = recovery.drain(probing=False)
            if (done.drained, done.set_aside, done.left) != (1, 0, 0):
                told = f" The database said: {_told(committer.error)}" if committer.error else ""
                what = f"Of one spooled record {done.drained} went into the database, {done.set_aside} were set aside, {done.left} wait."
                raise _Wrong(Step.RECOVERY, what + told, SEE_DATABASE if committer.error else REPORT_IT)
            self._count(Step.RECOVERY, 2)
            self._read_back(Step.RECOVERY, 2)
            # what was only spooled the browser sends again
            self._deliver(Step.RECOVERY, 2, "stored", committer)
            self._count(Step.RECOVERY, 2)
        return "once"

    # Within

    def _deliver(self, step: Step, index: int, wanted: str, committer: ToldCommitter, want: str | None = None) -> dict[str, Any]:
        """Sends the delivery as a browser would. Returns its result once each register was answered as `wanted`."""
        made = self._made
        claims = DeliveryClaims(made.registration_key, made.launch_number, made.order_number, made.launched_ms, 1, "normal")
        answer = commits.record_commit({"v": 1, "token": sign_delivery(claims), "records": [self._page.record(index, want)]})
        result: dict[str, Any] = answer["results"][0]
        said = [register["status"] for name in ("time", "state") if (register := result.get(name))]
        if said != [wanted] * (2 if self._subject.elements else 1) or result["need_all"]:
            why = f" The database said: {_told(committer.error)}" if committer.error else ""
            what = f"The server answered {' and '.join(said) or 'nothing'}, not {wanted}.{why}"
            raise _Wrong(step, what, SEE_DATABASE if committer.error else REPORT_IT)
        return result

    def _read_back(self, step: Step, index: int) -> None:
        """The rows against what was delivered."""
        moment = self._subject.moments[index]
        wanted = (index + 1, moment.measured_ms, words_of(moment), elements_of(self._subject, index))
        with database.read_only():
            rows = db.session.scalars(
                select(SessionRow)
                .where(SessionRow.registration_key == self._made.registration_key)
                .execution_options(populate_existing=True)
            ).all()
            found = [(row.time_seq, row.measured_ms, row.words, row.elements) for row in rows]
            db.session.rollback()
        if len(found) != 1:
            raise _Wrong(step, f"One session was delivered, and {len(found)} are in the database.", REPORT_IT)
        for name, there, sent in zip(("sequence", "measured time", "course's word", "state"), found[0], wanted, strict=True):
            if there != sent:
                raise _Wrong(step, f"The {name} that was read back is {there!r}, and {sent!r} was delivered.", REPORT_IT)
        if step is Step.READ_BACK and self._subject.statements:
            self._read_statements()

    def _read_statements(self) -> None:
        with database.read_only():
            there = {each["id"]: each for each in launch_statements.statements_of(self._made.registration_key)}
            db.session.rollback()
        sent = {each["id"]: each for each in self._sent}
        if there.keys() != sent.keys() or not all(same_statement(sent[one], there[one]) for one in sent):
            what = f"{len(self._sent)} statements were sent; what was read back are {len(there)}, or others."
            raise _Wrong(Step.READ_BACK, what, REPORT_IT)

    def _count(self, step: Step, index: int) -> str:
        """Counted time, from the one place where every page and report has it from."""
        wanted = self._subject.moments[index].counted_ms(self._basis)
        with database.read_only():
            registration = db.session.get_one(Registration, self._made.registration_key)
            self._counted_ms = counted_time.registration_totals(registration).credited_ms
            db.session.rollback()
        if self._counted_ms != wanted:
            more = self._counted_ms > wanted
            what = (
                f"{clockface.exact(self._counted_ms)} count instead of {clockface.exact(wanted)}: "
                f"{clockface.exact(abs(self._counted_ms - wanted))} {'too much' if more else 'are lost'}."
            )
            raise _Wrong(step, what, REPORT_IT)
        return clockface.exact(self._counted_ms).removeprefix("0:")


def _read(each: Format) -> str:
    try:
        duration = parse_duration(each.raw, each.standard)
    except UnreadableDuration:
        return "unreadable"
    return f"{duration.ms} ms{' (leniently)' if duration.lenient else ''}"


def _wanted(each: Format) -> str:
    return "unreadable" if each.ms is None else f"{each.ms} ms{' (leniently)' if each.lenient else ''}"


def _told(error: Exception) -> str:
    """An error in one line, with what our table of faults says of it."""
    words = " ".join(str(getattr(error, "orig", None) or error).split()) or type(error).__name__
    if not isinstance(error, SQLAlchemyError | TimeoutError):
        return words
    fault = faults.classify(error)
    return f"{words} ({fault.name}: {fault.why})"
