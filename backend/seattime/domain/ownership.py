"""Whose each millisecond is: the measured time of a learner's sessions, cut into pieces of one kind each (design 3.6).

Guarantees: each ms of a learner belongs to at most one session, over all courses; the pieces of a session are in order,
do not overlap, and are together exactly as long as what the session measured. Only time that counts under its session's
own policy competes; of several sessions the visible one owns it, then the one with the later lease at that time.
O(n log n) in the number of spans, runs of activity and leases. Imports `facts` of ours.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from heapq import heappop, heappush
from itertools import pairwise

from seattime.domain.facts import SessionFacts

_FOREVER = 2**62


class Kind(StrEnum):
    """What a piece of measured time is."""

    OWNED = "owned"
    """It is this session's, and may count."""
    ELSEWHERE = "elsewhere"
    """It could count, and is another session's."""
    IDLE = "idle"
    """No activity for longer than the policy's limit."""
    HIDDEN = "hidden"
    """In a hidden page, under a policy that does not count that."""
    BEYOND = "beyond"
    """Before the launch or after the delivery by the server's own clock."""
    NOT_COUNTED = "not-counted"
    """Of a session that does not count: review or browse mode, or an instance that was reset."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Measured time of one kind: from `start_ms` to `end_ms`, server time."""

    start_ms: int
    end_ms: int
    visible: bool
    kind: Kind

    @property
    def length_ms(self) -> int:
        """ms, above 0."""
        return self.end_ms - self.start_ms


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a session's time line, for drawing. `kind` is a `Kind` or one of the three below."""

    start_ms: int
    end_ms: int
    kind: str


COUNTED_VISIBLE = "counted-visible"
COUNTED_HIDDEN = "counted-hidden"
GAP = "gap"
"""Nothing was measured: the computer slept, the page was frozen, or its clock was set."""


def clock_was_stepped(session: SessionFacts) -> bool:
    """Whether the server's clock was set back while the session ran: then its bounds say nothing, and cut nothing."""
    return (
        session.first_ms < session.launched_ms
        or session.delivered_ms < session.first_ms
        or session.clock_stepped
    )


def own(sessions: Iterable[SessionFacts]) -> dict[str, tuple[Piece, ...]]:
    """The pieces of each session, by session id. All sessions of a learner have to be there, once or more often."""
    pieces: dict[str, list[Piece]] = {}
    by_learner: dict[str, dict[str, SessionFacts]] = defaultdict(dict)
    for session in sessions:
        by_learner[session.learner][session.session] = session
    for learners_sessions in by_learner.values():
        cut = {session.session: _cut(session) for session in learners_sessions.values()}
        owned = _sweep(learners_sessions.values(), cut)
        for name, session_pieces in cut.items():
            pieces[name] = _split_by_owner(session_pieces, owned.get(name, []))
    return {name: tuple(session_pieces) for name, session_pieces in pieces.items()}


def timelines(sessions: Iterable[SessionFacts]) -> dict[str, tuple[Stretch, ...]]:
    """For drawing: each session's stretches in order, from its first span's beginning to its last one's end.

    Kinds: `counted-visible`, `counted-hidden`, `elsewhere`, `idle`, `hidden`, `beyond`, `not-counted`, `gap`.
    """
    return {name: tuple(_draw(pieces)) for name, pieces in own(sessions).items()}


def _cut(session: SessionFacts) -> list[Piece]:
    """The session's pieces as if it were the learner's only one: what may count is `OWNED`."""
    if not session.spans:
        return []
    idle = _idle_stretches(session)
    idle_edges = [edge for stretch in idle for edge in stretch]
    stepped = clock_was_stepped(session)
    earliest = -_FOREVER if stepped else session.launched_ms
    latest = _FOREVER if stepped else session.delivered_ms
    edges = sorted({*idle_edges, earliest, latest})
    competes = session.counts and session.policy.counts_mode(session.mode)
    pieces = []
    for span in session.spans:
        inner = edges[bisect_right(edges, span.start_ms) : bisect_left(edges, span.end_ms)]
        marks = [span.start_ms, *inner, span.end_ms]
        for start, end in pairwise(marks):
            if start >= end:
                continue
            if not earliest <= start < latest:
                kind = Kind.BEYOND
            elif bisect_right(idle_edges, start) % 2 == 1:
                kind = Kind.IDLE
            elif not span.visible and not session.policy.hidden_counts:
                kind = Kind.HIDDEN
            else:
                kind = Kind.OWNED if competes else Kind.NOT_COUNTED
            pieces.append(Piece(start, end, span.visible, kind))
    return pieces


def _idle_stretches(session: SessionFacts) -> list[tuple[int, int]]:
    """Where the session is idle, in order: from the limit after the last activity, or the beginning, to the next."""
    limit = session.policy.idle_limit_ms
    if limit is None:
        return []
    idle = []
    awake_until = session.spans[0].start_ms + limit
    for start, end in sorted(session.acts):
        if start > awake_until:
            idle.append((awake_until, start))
        awake_until = max(awake_until, end + limit)
    return [*idle, (awake_until, _FOREVER)]


def _sweep(sessions: Iterable[SessionFacts], cut: dict[str, list[Piece]]) -> dict[str, list[tuple[int, int]]]:
    """The intervals that each session owns, in order and not touching."""
    begins: dict[int, list[tuple[int, int, str, int]]] = defaultdict(list)
    edges: set[int] = set()
    for session in sessions:
        for piece in cut[session.session]:
            if piece.kind is not Kind.OWNED:
                continue
            for start, end, number in _by_lease(session, piece):
                # The heap's least is the owner: visible before hidden, a later lease before an earlier, then by id.
                begins[start].append((0 if piece.visible else 1, -number, session.session, end))
                edges.update((start, end))
    owned: dict[str, list[tuple[int, int]]] = defaultdict(list)
    heap: list[tuple[int, int, str, int]] = []
    ordered = sorted(edges)
    for now, until in pairwise(ordered):
        for candidate in begins.get(now, ()):
            heappush(heap, candidate)
        while heap and heap[0][3] <= now:
            heappop(heap)
        if heap:
            intervals = owned[heap[0][2]]
            if intervals and intervals[-1][1] == now:
                intervals[-1] = (intervals[-1][0], until)
            else:
                intervals.append((now, until))
    return owned


def _by_lease(session: SessionFacts, piece: Piece) -> list[tuple[int, int, int]]:
    """The piece as `(start, end, order number held at that time)`.

    Before its first lease a session holds its launch's number, the smallest that is known of it.
    """
    number = min([session.order_number, *(number for _, number in session.leases)])
    parts = []
    start = piece.start_ms
    for granted, leased in sorted(session.leases):
        if granted >= piece.end_ms:
            break
        if granted > start:
            parts.append((start, granted, number))
            start = granted
        number = max(number, leased)
    return [*parts, (start, piece.end_ms, number)]


def _split_by_owner(pieces: list[Piece], owned: list[tuple[int, int]]) -> list[Piece]:
    """The pieces of one session, with what another session owns told apart."""
    result = []
    at = 0
    for piece in pieces:
        if piece.kind is not Kind.OWNED:
            result.append(piece)
            continue
        start = piece.start_ms
        while start < piece.end_ms:
            while at < len(owned) and owned[at][1] <= start:
                at += 1
            begin, end = owned[at] if at < len(owned) else (_FOREVER, _FOREVER)
            if begin <= start:
                stop, kind = min(end, piece.end_ms), Kind.OWNED
            else:
                stop, kind = min(begin, piece.end_ms), Kind.ELSEWHERE
            result.append(replace(piece, start_ms=start, end_ms=stop, kind=kind))
            start = stop
    return result


def _draw(pieces: tuple[Piece, ...]) -> list[Stretch]:
    drawn: list[Stretch] = []
    for piece in pieces:
        if drawn and drawn[-1].end_ms < piece.start_ms:
            drawn.append(Stretch(drawn[-1].end_ms, piece.start_ms, GAP))
        counted = COUNTED_VISIBLE if piece.visible else COUNTED_HIDDEN
        kind = counted if piece.kind is Kind.OWNED else piece.kind.value
        if drawn and drawn[-1].kind == kind:
            drawn[-1] = replace(drawn[-1], end_ms=piece.end_ms)
        else:
            drawn.append(Stretch(piece.start_ms, piece.end_ms, kind))
    return drawn
