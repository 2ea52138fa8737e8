"""Which of the leniencies are switched on or off, and for which course: the setting SEATTIME_LENIENCIES, read.

The leniencies themselves, and what each is by default, are in static/scorm_api/adapter/leniencies.js; a test compares the names.
Does no I/O, imports nothing of ours.
"""

from dataclasses import dataclass
from typing import Final

SWITCHES: Final = frozenset(
    {
        "not-a-string",
        "missing-argument",
        "lenient-time",
        "lenient-moment",
        "over-spm",
        "identifier-form",
        "feedback-form",
        "status-typo",
        "word-case",
        "foreign-word",
        "not-finished",
        "unset-exit",
    }
)
ALL: Final = "all"


class BadLeniency(ValueError):
    """An entry that names no leniency; the message says what there is."""


@dataclass(frozen=True, slots=True)
class Change:
    """`word` is `+kind`, `-kind`, `+all` or `-all`; `course_id` is None where it holds for every course."""

    word: str
    course_id: str | None


@dataclass(frozen=True, slots=True)
class Leniencies:
    """The changes to the adapter's defaults, in the order in which they were given."""

    changes: tuple[Change, ...] = ()

    def of_course(self, course_id: str) -> list[str]:
        """What the adapter is told for this course: what holds for all first, then its own. Empty: the defaults."""
        common = [change.word for change in self.changes if change.course_id is None]
        return common + [change.word for change in self.changes if change.course_id == course_id]

    def is_on(self, kind: str, course_id: str) -> bool:
        """Whether a leniency that is on by default still is for this course: the last word about it counts."""
        words = [word for word in self.of_course(course_id) if word[1:] in (kind, ALL)]
        return not words or words[-1].startswith("+")


def read_leniencies(setting: str) -> Leniencies:
    """Entries between commas: `-over-spm`, `+word-case`, `-all`, each for one course with its id before a colon: `fire-safety:-all`.

    Raises BadLeniency.
    """
    return Leniencies(tuple(_read(entry) for entry in (part.strip() for part in setting.split(",")) if entry))


def _read(entry: str) -> Change:
    course_id, colon, word = entry.rpartition(":")
    if word[:1] not in ("+", "-") or word[1:] not in SWITCHES | {ALL} or (colon and not course_id):
        kinds = ", ".join(sorted(SWITCHES))
        raise BadLeniency(
            f"SEATTIME_LENIENCIES: {entry!r} is no entry. An entry is + or - and {ALL} or one of {kinds}; "
            "for one course with the course's id and a colon before it."
        )
    return Change(word, course_id if colon else None)
