"""What another LMS was told in one session and what it answered, as the page's script wrote it down; and in words, how that
differs from what was counted here (docs/host-players.md).

Guarantees: `read_account` takes whatever a browser may send and never raises; an explanation claims nothing that the account
does not say. Pure; imports `clockface` and `credit` of ours.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from seattime.domain.clockface import spoken
from seattime.domain.credit import Credit

ELEMENT: Final = "seattime.host"
"""Where a session's elements hold it: no data model has an element of this name."""

OURSELVES: Final = "SeatTime"
"""In place of an API's name, where SeatTime is the API of that page: then there is no LMS to compare with."""

SAME_MS: Final = 2_000
"""Two clocks that were read at different calls differ by this much without meaning anything."""

_CALLS: Final = {
    "API": {"initialize": "LMSInitialize", "commit": "LMSCommit", "finish": "LMSFinish"},
    "API_1484_11": {"initialize": "Initialize", "commit": "Commit", "finish": "Terminate"},
}
_MOST_TEXT: Final = 80


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the LMS: `true`, `false`, another value as text, `threw`, `none` where it never came. `error`: the code
    that the course was told when it asked, "" where it did not ask."""

    answer: str
    error: str = ""

    @property
    def is_yes(self) -> bool:
        """As courses read it."""
        return self.answer.lower() in ("true", "1")


@dataclass(frozen=True, slots=True)
class HostAccount:
    """`told`: the last time that the course told its LMS, `kept`: the last one that the LMS took and then committed; each as
    `(raw, ms or None)`. `commits`: how often it was asked to commit and said yes; `commit`: the last answer that was no yes.
    `total`: the LMS's own total as the course read it. `slowest`: `(call, ms)`."""

    api: str
    initialize: Answer | None
    told: tuple[str, int | None] | None
    told_answer: Answer | None
    kept: tuple[str, int | None] | None
    commits: tuple[int, int]
    commit: Answer
    finish: Answer | None
    total: str | None
    slowest: tuple[str, int] | None

    @property
    def kept_ms(self) -> int:
        """What the LMS has of this session; 0 where it has nothing, or nothing that can be read."""
        return (self.kept[1] or 0) if self.kept else 0

    def call(self, name: str) -> str:
        """What the API calls `initialize`, `commit` or `finish`."""
        return _CALLS.get(self.api, _CALLS["API"])[name]


def read_account(elements: Mapping[str, Any]) -> HostAccount | None:
    """The account of a session with these elements; None where it has none, or none that can be read."""
    try:
        said = json.loads(elements[ELEMENT])
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    told, commits = _part(said, "told"), _part(said, "commits") or {}
    slowest = _part(said, "slowest")
    total = said.get("total")
    return HostAccount(
        api=_text(said.get("api")),
        initialize=_answer(_part(said, "initialize")),
        told=_time(told),
        told_answer=_answer(told),
        kept=_time(_part(said, "kept")),
        commits=(_whole(commits.get("asked")), _whole(commits.get("yes"))),
        commit=_answer(commits) or Answer("none"),
        finish=_answer(_part(said, "finish")),
        total=_text(total) if total is not None else None,
        slowest=(_text(slowest.get("call")), _whole(slowest.get("ms"))) if slowest else None,
    )


def explain(account: HostAccount, credit: Credit, ended: str | None) -> tuple[str, ...]:
    """Sentences: what the LMS has of this session, and why it is not what was counted. `ended` as the session's row has it."""
    return (*_what_the_lms_has(account, credit, ended), *_what_was_counted(account, credit), *_slow(account))


def _what_the_lms_has(account: HostAccount, credit: Credit, ended: str | None) -> Iterator[str]:
    if account.api not in _CALLS:
        yield f"The course never called its LMS. It was open for {spoken(credit.measured_ms)}."
        return
    if account.initialize is not None and not account.initialize.is_yes:
        yield f"The LMS {_said(account.initialize)} to {account.call('initialize')}: what came after was not its to keep."
    if account.told is None:
        yield from _never_told(account, ended)
        return
    last = _length(account.told)
    if account.told_answer is not None and not account.told_answer.is_yes:
        yield f"The LMS {_said(account.told_answer)} when it was told {last}."
    elif account.kept is None:
        yield f"The LMS was told {last} and has none of it: {_why_not_kept(account, ended)}."
    elif account.kept != account.told:
        yield f"The LMS has {_length(account.kept)} and not the last word, {last}: {_why_not_kept(account, ended)}."


def _never_told(account: HostAccount, ended: str | None) -> Iterator[str]:
    if account.finish is not None:
        yield f"The course called {account.call('finish')} without having told its LMS a time."
    elif ended is None:
        yield "The course has not told its LMS a time yet."
    else:
        yield f"The LMS was never told: the window was closed before {account.call('finish')}."


def _why_not_kept(account: HostAccount, ended: str | None) -> str:
    asked, yes = account.commits
    if account.finish is not None and not account.finish.is_yes:
        return f"it {_said(account.finish)} to {account.call('finish')}"
    if asked > yes and account.finish is None:
        return f"it {_said(account.commit)} to {account.call('commit')}"
    if ended is None:
        return "the course has not asked it to keep that yet"
    return f"the window was closed before {account.call('commit')} or {account.call('finish')}"


def _what_was_counted(account: HostAccount, credit: Credit) -> Iterator[str]:
    difference = credit.credited_ms - account.kept_ms
    if abs(difference) < SAME_MS:
        if account.kept is not None:
            yield "Both say the same."
        return
    if account.kept is None or account.kept != account.told:
        return
    if difference > 0:
        if credit.reason == "measured-stands":
            yield "The course told its LMS less than half of the time that it was in use."
        elif credit.after_last_word_ms >= SAME_MS:
            yield f"It stayed open for {spoken(credit.after_last_word_ms)} after its last word to the LMS."
        elif credit.reported_ms is not None and credit.reported_ms - account.kept_ms >= SAME_MS:
            yield "The course began to count anew within the session. The LMS has its last stretch only."
        return
    if credit.reason == "over-reported":
        yield "The course told its LMS more time than passed."
    if credit.elsewhere_ms >= SAME_MS:
        yield f"{spoken(credit.elsewhere_ms)} were also open elsewhere, and count there."
    if credit.idle_ms >= SAME_MS:
        yield f"{spoken(credit.idle_ms)} passed without activity, and do not count."


def _slow(account: HostAccount) -> Iterator[str]:
    if account.slowest is not None:
        call, ms = account.slowest
        yield f"The LMS once took {spoken(ms)} to answer ({call})."


def _said(answer: Answer) -> str:
    code = f" (error {answer.error})" if answer.error else ""
    if answer.answer == "none":
        return "gave no answer"
    return f"threw an error{code}" if answer.answer == "threw" else f"answered {answer.answer}{code}"


def _length(time: tuple[str, int | None]) -> str:
    raw, ms = time
    return spoken(ms) if ms is not None else f"\u201c{raw}\u201d (unreadable)"


def _part(said: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    part = said.get(name)
    return part if isinstance(part, dict) else None


def _answer(part: Mapping[str, Any] | None) -> Answer | None:
    return None if part is None else Answer(_text(part.get("answer")) or "none", _text(part.get("error")))


def _time(part: Mapping[str, Any] | None) -> tuple[str, int | None] | None:
    if part is None:
        return None
    ms = part.get("ms")
    return _text(part.get("raw")), _whole(ms) if isinstance(ms, int) else None


def _text(value: Any) -> str:
    return value[:_MOST_TEXT] if isinstance(value, str) else ""


def _whole(value: Any) -> int:
    return value if type(value) is int and 0 <= value <= 10**13 else 0
