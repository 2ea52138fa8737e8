"""Counted time: what the sessions of a learner come to under their policies (design 3.5, 3.6).

Pure and computed on read. Guarantees: counted time never exceeds what the session owns, and that never what it
measured, unless a person corrected it; the order of sessions and their repetition change nothing; the lines of a
`Credit` add up to its counted time exactly, to the millisecond. Slack only decides findings and is never counted.
Imports `facts`, `ownership` and `policy` of ours.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import TypeVar

from seattime.domain.facts import SessionFacts, Word
from seattime.domain.ownership import Kind, Piece, clock_was_stepped, own
from seattime.domain.policy import Basis

SLACK_MS = 2_000
"""Differences up to this are a matter of rounding and of seconds that tools write whole."""

_NOT_OWNED = (Kind.IDLE, Kind.HIDDEN, Kind.ELSEWHERE, Kind.NOT_COUNTED, Kind.BEYOND)

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person said about a session. `delta_ms`: added to its counted time; 0: its findings were looked at."""

    session: str
    delta_ms: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the sum that leads to counted time. `ms` has its sign.

    `code`: `course-says`, `measured`, `measured-stands` (the measured time put in the place of the course's word),
    `after-last-report`, `over-reported`, `elsewhere`, `idle`, `hidden`, `not-counted`, `beyond`, `correction`.
    """

    code: str
    ms: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that bears on trust in the figure; `findings` has the words for it. `figures`: ms by name."""

    code: str
    figures: tuple[tuple[str, int], ...] = ()
    element: str = ""
    raw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """A session's counted time and how it came about. All `*_ms` are whole ms.

    `reported_ms`: the sum of the segments that the course reported, None if nobody can read any. `open_ms` is
    `measured_ms` and `gap_ms`. `hidden_ms`: measured in a hidden page, counted or not. `after_last_word_ms`: owned
    after the course's last readable word. `reason`: one word for how the figure was found, one of `REASONS`.
    `resolved`: a person corrected the session or looked at its findings.
    """

    session: str
    learner: str
    course: str
    registration: str
    attempt: str
    activity: str
    credited_ms: int
    reported_ms: int | None
    measured_ms: int
    owned_ms: int
    open_ms: int
    idle_ms: int
    hidden_ms: int
    elsewhere_ms: int
    gap_ms: int
    beyond_ms: int
    after_last_word_ms: int
    last_word_at_server_ms: int | None
    policy: str
    policy_version: int
    reason: str
    lines: tuple[Line, ...]
    findings: tuple[Finding, ...]
    resolved: bool = False


REASONS = (
    "as-reported",  # the course's own word
    "completed",  # and the measured time after it
    "reduced",  # the same, less what belongs to another session or was idle
    "over-reported",  # the course said more than passed
    "measured-stands",  # the course said nothing but zero, or less than half of the active time
    "never-reported",  # the course said nothing, or nothing that can be read
    "by-policy-reported",
    "by-policy-measured",
    "review",  # review and browse mode
    "reset",  # progress was reset
    "corrected",  # a person changed it
)


def credit(sessions: Iterable[SessionFacts], corrections: Iterable[Correction] = ()) -> dict[str, Credit]:
    """The counted time of each session, by session id. All sessions of a learner have to be there, over all courses."""
    known = {session.session: session for session in sessions}
    pieces = own(known.values())
    deltas: dict[str, list[int]] = defaultdict(list)
    for correction in corrections:
        deltas[correction.session].append(correction.delta_ms)
    return {name: _credit_one(session, pieces[name], deltas.get(name)) for name, session in sorted(known.items())}


@dataclass(frozen=True, slots=True)
class Total:
    """Sums over sessions. `reported_ms` counts sessions without a readable word as 0."""

    sessions: int = 0
    credited_ms: int = 0
    reported_ms: int = 0
    measured_ms: int = 0
    owned_ms: int = 0
    open_ms: int = 0
    idle_ms: int = 0
    hidden_ms: int = 0
    elsewhere_ms: int = 0
    gap_ms: int = 0
    beyond_ms: int = 0


def total(credits: Iterable[Credit]) -> Total:
    """The sums over all of them."""
    counted = list(credits)
    names = [field.name for field in fields(Total) if field.name != "sessions"]
    return Total(len(counted), *(sum(getattr(one, name) or 0 for one in counted) for name in names))


def sum_credit(credits: Iterable[Credit], by: Callable[[Credit], K]) -> dict[K, Total]:
    """The sums for each value of `by`, say `lambda one: one.registration`. They add up to `total`."""
    groups: dict[K, list[Credit]] = defaultdict(list)
    for one in credits:
        groups[by(one)].append(one)
    return {key: total(group) for key, group in groups.items()}


@dataclass(frozen=True, slots=True)
class _Sum:
    """Counted time as a sum: what it begins with, and how much of each kind is taken off."""

    begin: tuple[Line, ...]
    minus: Counter[str]
    reason: str

    def lines(self) -> tuple[Line, ...]:
        """The two that people always ask about are there even if they are 0."""
        always = (Kind.ELSEWHERE.value, Kind.IDLE.value)
        others = [code for code in ("over-reported", "hidden", "not-counted", "beyond") if self.minus[code]]
        return (*self.begin, *(Line(code, -self.minus[code]) for code in (*always, *others)))


def _credit_one(session: SessionFacts, pieces: tuple[Piece, ...], deltas: list[int] | None) -> Credit:
    kinds = _by_kind(pieces)
    measured = sum(kinds.values())
    readable = [(word.ms, word.at_ms) for word in session.words if word.ms is not None]
    reported = sum(ms for ms, _ in readable) if readable else None
    last_word_at = _server_time(session, readable[-1][1]) if readable else None
    before = _by_kind(pieces, until_ms=last_word_at) if last_word_at is not None else Counter()
    after = Counter({kind: kinds[kind] - before[kind] for kind in kinds})

    found = _sum_up(session, kinds, before, after, reported)
    lines = found.lines()
    reason = found.reason
    counted = sum(line.ms for line in lines)
    if deltas and any(deltas):
        lines = (*lines, Line("correction", max(sum(deltas), -counted)))
        reason = "corrected"
    credited = sum(line.ms for line in lines)
    extent = session.spans[-1].end_ms - session.spans[0].start_ms if session.spans else 0
    opened = max(session.open_ms, extent, measured)
    return Credit(
        session=session.session,
        learner=session.learner,
        course=session.course,
        registration=session.registration,
        attempt=session.attempt,
        activity=session.activity,
        credited_ms=credited,
        reported_ms=reported,
        measured_ms=measured,
        owned_ms=kinds[Kind.OWNED],
        open_ms=opened,
        idle_ms=kinds[Kind.IDLE],
        hidden_ms=sum(piece.length_ms for piece in pieces if not piece.visible),
        elsewhere_ms=kinds[Kind.ELSEWHERE],
        gap_ms=opened - measured,
        beyond_ms=kinds[Kind.BEYOND],
        after_last_word_ms=after[Kind.OWNED] if readable else 0,
        last_word_at_server_ms=last_word_at,
        policy=session.policy.name,
        policy_version=session.policy.version,
        reason=reason,
        lines=lines,
        findings=tuple(_findings(session, kinds, before, reported, found.reason, counted)),
        resolved=deltas is not None,
    )


def _sum_up(
    session: SessionFacts, kinds: Counter[Kind], before: Counter[Kind], after: Counter[Kind], reported: int | None
) -> _Sum:
    """The rule of design 3.5. `before` and `after`: the pieces' ms before and after the course's last readable word."""
    basis = session.policy.basis
    measured = sum(kinds.values())
    by_measured = (Line("measured", measured),), _minus(kinds)
    if not session.counts:
        return _Sum(*by_measured, "reset")
    if not session.policy.counts_mode(session.mode):
        return _Sum(*by_measured, "review")
    if basis is Basis.MEASURED:
        return _Sum(*by_measured, "by-policy-measured")
    if basis is Basis.REPORTED:
        said = reported or 0
        return _Sum((Line("course-says", said),), _taken_off(said, kinds), "by-policy-reported")
    if reported is None:
        return _Sum(*by_measured, "never-reported")
    if _says_too_little(reported, before):
        begin = (Line("course-says", reported), Line("measured-stands", measured - reported))
        return _Sum(begin, _minus(kinds), "measured-stands")
    minus = _taken_off(reported, before)
    reason = "over-reported" if minus["over-reported"] > SLACK_MS else "as-reported"
    if reason == "as-reported" and after[Kind.OWNED] > SLACK_MS:
        reason = "completed"
    minus.update(_minus(after))
    if reason != "over-reported" and any(minus[kind.value] > SLACK_MS for kind in _NOT_OWNED):
        reason = "reduced"
    begin = (Line("course-says", reported), Line("after-last-report", sum(after.values())))
    return _Sum(begin, minus, reason)


def _minus(kinds: Counter[Kind]) -> Counter[str]:
    """What is not the session's own, by line."""
    return Counter({kind.value: kinds[kind] for kind in _NOT_OWNED})


def _taken_off(said: int, kinds: Counter[Kind]) -> Counter[str]:
    """What has to come off the course's word so that the lesser of it and of what is owned is left, and why."""
    minus: Counter[str] = Counter()
    rest = max(0, said - kinds[Kind.OWNED])
    minus["over-reported"] = min(rest, max(0, said - sum(kinds.values())))
    rest -= minus["over-reported"]
    for kind in _NOT_OWNED:
        minus[kind.value] = min(rest, kinds[kind])
        rest -= minus[kind.value]
    return minus


def _active(kinds: Counter[Kind]) -> int:
    """Measured and not idle, ms."""
    return sum(kinds.values()) - kinds[Kind.IDLE]


def _says_too_little(reported: int, before: Counter[Kind]) -> bool:
    """A constant zero, or less than half of the time that was active when the course said its last word."""
    return reported == 0 or 2 * reported < _active(before)


def _by_kind(pieces: Iterable[Piece], until_ms: int | None = None) -> Counter[Kind]:
    """ms of each kind, up to `until_ms` (server time) if it is given."""
    kinds: Counter[Kind] = Counter()
    for piece in pieces:
        end = piece.end_ms if until_ms is None else min(piece.end_ms, until_ms)
        kinds[piece.kind] += max(0, end - piece.start_ms)
    return kinds


def _server_time(session: SessionFacts, at_ms: int) -> int:
    """The server time at which the session had measured `at_ms`; its end, if it never measured so much."""
    left = at_ms
    for span in session.spans:
        if left <= span.length_ms:
            return span.start_ms + left
        left -= span.length_ms
    return session.spans[-1].end_ms if session.spans else session.launched_ms


def _findings(
    session: SessionFacts,
    kinds: Counter[Kind],
    before: Counter[Kind],
    reported: int | None,
    reason: str,
    counted: int,
) -> list[Finding]:
    findings = [Finding(kind, element=element, raw=raw) for kind, element, raw in session.adapter_findings]
    seen = {finding.code for finding in findings}
    for word in session.words:
        code = "unreadable-time" if word.ms is None else "lenient-time"
        if (word.ms is None or word.lenient) and code not in seen:
            seen.add(code)
            findings.append(Finding(code, raw=word.raw))
    findings += [Finding("total-time", raw=word.raw) for word in session.words if word.total][-1:]
    if clock_was_stepped(session) and "server-clock-stepped" not in seen:
        findings.append(Finding("server-clock-stepped"))
    if reason in ("reset", "review"):
        return findings

    def flag(code: str, **figures: int) -> None:
        findings.append(Finding(code, (*figures.items(), ("counted", counted))))

    measured = sum(kinds.values())
    at_last_word = sum(before.values())
    active = _active(before)
    if reason == "measured-stands" and reported is not None and active - reported > SLACK_MS:
        flag("under-reported" if reported else "constant-zero", said=reported, active=active)
    if reported is not None and reason != "by-policy-measured" and reported - at_last_word > SLACK_MS:
        flag("over-reported", said=reported, open=at_last_word)
    if reason == "by-policy-reported" and reported is None and kinds[Kind.OWNED] > SLACK_MS:
        flag("never-reported", measured=measured)
    said, also = (_brought_up(words, measured) for words in (session.words, session.other_words))
    if said is not None and also is not None and abs(said - also) > SLACK_MS:
        flag("two-clocks", said=said, also=also)
    if measured > session.policy.longest_session_ms:
        flag("very-long", measured=measured, limit=session.policy.longest_session_ms)
    if kinds[Kind.BEYOND] > SLACK_MS:
        flag("beyond-server-clock", beyond=kinds[Kind.BEYOND])
    if kinds[Kind.ELSEWHERE] > SLACK_MS:
        flag("elsewhere", elsewhere=kinds[Kind.ELSEWHERE])
    if kinds[Kind.IDLE] > SLACK_MS and session.policy.idle_limit_ms is not None:
        flag("idle", idle=kinds[Kind.IDLE], limit=session.policy.idle_limit_ms)
    for code, before_span in (("slept", 1), ("clock-set", 2)):
        gaps = _gaps(session, before_span)
        if gaps:
            flag(code, gap=sum(gaps))
    return findings


def _brought_up(words: Iterable[Word], measured: int) -> int | None:
    """What the words come to at the end, with what was measured after the last of them; None where nobody can read any."""
    readable = [(word.ms, word.at_ms) for word in words if word.ms is not None]
    return sum(ms for ms, _ in readable) + max(0, measured - readable[-1][1]) if readable else None


def _gaps(session: SessionFacts, before: int) -> list[int]:
    """Lengths of the holes before spans that say so, ms; 0 where only the clock was set."""
    spans = session.spans
    return [max(0, later.start_ms - earlier.end_ms) for earlier, later in pairwise(spans) if later.before == before]
