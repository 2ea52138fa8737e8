"""Time policies: by which rules the facts of a session become counted time (design 3.5).

A policy has a name and a version and is never edited: a change makes the next version, under which the past is computed
anew from the raw intervals. Guarantees: a `Policy` that exists is valid; `from_json` is the inverse of `to_json`.
Imports `errors` of ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from seattime.errors import BadInput

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
_LONGEST_LIMIT_MS = 366 * 24 * HOUR_MS
_NAME_LENGTH = 100


class Basis(StrEnum):
    """Which clock counts."""

    AUTO = "auto"
    """What the course says, completed by the measured time since it last spoke, never above what was measured."""
    REPORTED = "reported"
    """What the course says and nothing else, never above what was measured."""
    MEASURED = "measured"
    """What the player measured."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a time policy.

    `idle_limit_ms`: ms without activity after which time is idle and does not count; None: time is never idle.
    `hidden_counts`: time in a hidden page counts like any other, until it is idle; False: it never counts.
    `review_counts`: sessions in review and browse mode count. `longest_session_ms`: a session with more measured ms
    than this is flagged, never cut.

    Raises `BadInput` for a value out of its bounds; `field` names it.
    """

    name: str
    version: int
    basis: Basis = Basis.AUTO
    idle_limit_ms: int | None = 30 * MINUTE_MS
    hidden_counts: bool = True
    review_counts: bool = False
    longest_session_ms: int = 12 * HOUR_MS

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip() or len(self.name) > _NAME_LENGTH:
            raise BadInput(f"A policy needs a name of 1 to {_NAME_LENGTH} characters.", field="name")
        _whole_number("version", self.version, 1, 1_000_000_000, "The version")
        try:
            object.__setattr__(self, "basis", Basis(self.basis))
        except ValueError as cause:
            raise BadInput("The basis of a policy is auto, reported or measured.", field="basis") from cause
        if self.idle_limit_ms is not None:
            _whole_number("idle_limit_ms", self.idle_limit_ms, 1_000, _LONGEST_LIMIT_MS, "The idle limit in ms")
        for field in ("hidden_counts", "review_counts"):
            if not isinstance(getattr(self, field), bool):
                raise BadInput(f"{field} is either true or false.", field=field)
        longest = self.longest_session_ms
        _whole_number("longest_session_ms", longest, 1_000, _LONGEST_LIMIT_MS, "The longest plausible session in ms")

    def counts_mode(self, mode: str) -> bool:
        """Whether a session in this mode (`normal`, `review`, `browse`) competes for time at all."""
        return mode == "normal" or self.review_counts

    def to_json(self) -> dict[str, Any]:
        """A plain dict for JSON; the inverse of `from_json`."""
        return {
            "name": self.name,
            "version": self.version,
            "basis": self.basis.value,
            "idle_limit_ms": self.idle_limit_ms,
            "hidden_counts": self.hidden_counts,
            "review_counts": self.review_counts,
            "longest_session_ms": self.longest_session_ms,
        }

    @classmethod
    def from_json(cls, spec: Mapping[str, Any]) -> "Policy":
        """Read what `to_json` wrote or a person sent; what is absent has its default.

        Raises `BadInput` for an unknown key (a misspelled rule must not silently be the default), a missing name or
        version, or a value out of its bounds.
        """
        for key in spec:
            if key not in cls.__slots__:
                raise BadInput(f"A policy has no rule called {key!r}.", field=str(key))
        for key in ("name", "version"):
            if key not in spec:
                raise BadInput(f"A policy needs a {key}.", field=key)
        return cls(**spec)


def _whole_number(field: str, value: object, low: int, high: int, what: str) -> None:
    if type(value) is not int or not low <= value <= high:
        raise BadInput(f"{what} is a whole number from {low} to {high}.", field=field)


STANDARD = Policy("Standard", 1)
"""What counts where nobody chose otherwise."""
