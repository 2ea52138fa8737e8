"""What `seattime verify` plays: for each kind of content the time formats that its tools write, and a session with its figures.

Data only. Every expected figure is worked out by hand from the standards and from how the tools behave, none by the program that
it checks. Lengths are whole ms. Imports `packages` and `standards` of ours.

All sessions are played alike: three deliveries, the first of which is stored at once, the second after a failed try, and the
third by way of the spool. The learner is active all the time, so no idle limit of a changed policy bears on the figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from seattime.domain.packages.kinds import PackageKind
from seattime.domain.policy import Basis
from seattime.domain.standards import Standard


@dataclass(frozen=True, slots=True)
class Format:
    """A length of time as a tool writes it. `ms` None: nobody can read it, and it must not be taken for zero."""

    raw: str
    standard: Standard
    ms: int | None
    lenient: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """What the content has said so far. `at_ms`: how much the session had measured then."""

    raw: str
    ms: int
    at_ms: int
    lenient: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """One delivery. `auto_ms`, `reported_ms`: what the session counts then, by the basis of the policy; `measured_ms` by the third."""

    measured_ms: int
    word: Word | None
    auto_ms: int
    reported_ms: int

    def counted_ms(self, basis: Basis) -> int:
        """What the session counts after this delivery."""
        return {Basis.AUTO: self.auto_ms, Basis.REPORTED: self.reported_ms, Basis.MEASURED: self.measured_ms}[basis]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One kind of the design's table. `name`: within ids; `statements`: `result.duration` of each xAPI statement that is sent."""

    name: str
    label: str
    package: PackageKind
    formats: tuple[Format, ...]
    moments: tuple[Moment, Moment, Moment]
    dual: bool = False
    tool: str | None = None
    elements: Mapping[str, str] = field(default_factory=dict)
    statements: tuple[str, ...] = ()

    @property
    def spoken(self) -> tuple[Format, ...]:
        """All the formats that this kind's content writes, those of the played session too, each once."""
        words = (moment.word for moment in self.moments)
        said = (Format(word.raw, self.package.standard, word.ms, word.lenient) for word in words if word is not None)
        return tuple(dict.fromkeys((*self.formats, *said)))


def _formats(standard: Standard, values: Mapping[str, int]) -> tuple[Format, ...]:
    """Strict ones."""
    return tuple(Format(raw, standard, ms) for raw, ms in values.items())


_12, _11, _2004, _NONE = Standard.SCORM12, Standard.SCORM11, Standard.SCORM2004, Standard.NONE

_BOOKMARK_12: Final = {"cmi.core.lesson_status": "incomplete", "cmi.core.lesson_location": "3", "cmi.suspend_data": "page=3;score=2"}
_BOOKMARK_2004: Final = {"cmi.completion_status": "incomplete", "cmi.location": "3", "cmi.suspend_data": "page=3;score=2"}

# 1:00, 1:15.5 and 1:32 were measured; the course says a little less each time, as its own clock starts a little later.
# Its own word counts.
_SPEAKS_12: Final = (
    Moment(60_000, Word("0000:00:59.80", 59_800, 60_000), auto_ms=59_800, reported_ms=59_800),
    Moment(75_500, Word("0000:01:15.25", 75_250, 75_500), auto_ms=75_250, reported_ms=75_250),
    Moment(92_000, Word("0000:01:31.75", 91_750, 92_000), auto_ms=91_750, reported_ms=91_750),
)
_SPEAKS_2004: Final = (
    Moment(60_000, Word("PT59.8S", 59_800, 60_000), auto_ms=59_800, reported_ms=59_800),
    Moment(75_500, Word("PT1M15.25S", 75_250, 75_500), auto_ms=75_250, reported_ms=75_250),
    Moment(92_000, Word("PT0H1M31.75S", 91_750, 92_000), auto_ms=91_750, reported_ms=91_750),
)
# The content has no session_time: the player's own clock counts, and a policy that goes by the course's word alone counts nothing.
_SILENT: Final = (
    Moment(60_000, None, auto_ms=60_000, reported_ms=0),
    Moment(75_500, None, auto_ms=75_500, reported_ms=0),
    Moment(92_000, None, auto_ms=92_000, reported_ms=0),
)
# It speaks once, at the end, in whole seconds.
_SPEAKS_AT_THE_END: Final = (*_SILENT[:2], Moment(92_000, Word("00:01:31", 91_000, 92_000), auto_ms=91_000, reported_ms=91_000))
# It falls silent at 1:20 and stays open until 1:33: by itself that stretch is added, by the course's word alone it is not.
_FALLS_SILENT: Final = (
    Moment(60_000, Word("PT1M", 60_000, 60_000), auto_ms=60_000, reported_ms=60_000),
    Moment(80_000, Word("PT1M20S", 80_000, 80_000), auto_ms=80_000, reported_ms=80_000),
    Moment(93_000, Word("PT1M20S", 80_000, 80_000), auto_ms=93_000, reported_ms=80_000),
)
# It claims 3:06.68 for 1:32. No more counts than passed, whatever the basis.
_OVERCLAIMS: Final = (*_SILENT[:2], Moment(92_000, Word("0000:03:06.68", 186_680, 92_000), auto_ms=92_000, reported_ms=92_000))
# Hand-written: a person can read each, no standard allows any.
_SLOPPY: Final = (
    Moment(60_000, Word("0:00:59,8", 59_800, 60_000, lenient=True), auto_ms=59_800, reported_ms=59_800),
    Moment(75_500, Word("PT1M15.25S", 75_250, 75_500, lenient=True), auto_ms=75_250, reported_ms=75_250),
    Moment(92_000, Word("00:1:31.75", 91_750, 92_000, lenient=True), auto_ms=91_750, reported_ms=91_750),
)

SUBJECTS: Final = (
    Subject(
        name="scorm11",
        label="SCORM 1.1",
        package=PackageKind.SCORM11,
        formats=_formats(_11, {"0000:01:31.75": 91_750, "00:00:12": 12_000, "0000:00:00.6": 600, "00:99:99": 6_039_000}),
        moments=_SPEAKS_12,
        elements=_BOOKMARK_12,
    ),
    Subject(
        name="scorm12",
        label="SCORM 1.2",
        package=PackageKind.SCORM12,
        formats=_formats(
            _12,
            {"0000:00:10.18": 10_180, "00:00:11": 11_000, "0000:00:00.6": 600, "12:34:56": 45_296_000, "0001:02:03.45": 3_723_450},
        ),
        moments=_SPEAKS_12,
        elements=_BOOKMARK_12,
    ),
    Subject(
        name="scorm2004-2",
        label="SCORM 2004 2nd Edition",
        package=PackageKind.SCORM2004_2,
        formats=_formats(_2004, {"PT11.43S": 11_430, "PT1H2M3.45S": 3_723_450, "PT0S": 0, "P1DT2H": 93_600_000}),
        moments=_SPEAKS_2004,
        elements=_BOOKMARK_2004,
    ),
    Subject(
        name="scorm2004-3",
        label="SCORM 2004 3rd Edition",
        package=PackageKind.SCORM2004_3,
        formats=_formats(_2004, {"PT0H0M11S": 11_000, "PT10.7S": 10_700, "PT1M20S": 80_000, "PT36H": 129_600_000}),
        moments=_SPEAKS_2004,
        elements=_BOOKMARK_2004,
    ),
    Subject(
        name="scorm2004-4",
        label="SCORM 2004 4th Edition",
        package=PackageKind.SCORM2004_4,
        formats=_formats(_2004, {"PT11.87S": 11_870, "PT24M0S": 1_440_000, "P0Y0M0DT0H0M5S": 5_000, "PT0.05S": 50}),
        moments=_SPEAKS_2004,
        elements=_BOOKMARK_2004,
    ),
    Subject(
        name="xapi",
        label="xAPI (Tin Can)",
        package=PackageKind.XAPI,
        formats=_formats(
            _NONE, {"PT16.4S": 16_400, "PT3M6.68S": 186_680, "PT1.234S": 1_234, "PT1,5H": 5_400_000, "P1W": 604_800_000}
        ),
        moments=_SILENT,
        statements=("PT1M32S", "PT16.4S"),
    ),
    Subject(
        name="cmi5",
        label="cmi5",
        package=PackageKind.CMI5,
        formats=_formats(_NONE, {"PT1M28.4S": 88_400, "PT2M59.531S": 179_531, "PT0S": 0, "PT0.5H": 1_800_000}),
        moments=_SILENT,
        statements=("PT1M28.4S", "PT1M32S"),
    ),
    Subject(
        name="storyline-rise",
        label="Storyline, Rise",
        package=PackageKind.SCORM2004_3,
        formats=(
            *_formats(_12, {"0000:00:10.18": 10_180, "0000:00:05.4": 5_400, "0000:01:00.0": 60_000}),
            *_formats(_2004, {"PT11.43S": 11_430, "PT1M20S": 80_000}),
        ),
        moments=_FALLS_SILENT,
        tool="Articulate Rise",
        elements={**_BOOKMARK_2004, "cmi.exit": "suspend"},
    ),
    Subject(
        name="captivate",
        label="Captivate",
        package=PackageKind.SCORM12,
        formats=(
            *_formats(_12, {"0000:00:11.89": 11_890, "0000:03:06.68": 186_680}),
            *_formats(_NONE, {"PT16.4S": 16_400, "PT3M6.68S": 186_680}),
        ),
        moments=_OVERCLAIMS,
        tool="Adobe Captivate",
        elements=_BOOKMARK_12,
    ),
    Subject(
        name="lectora",
        label="Lectora",
        package=PackageKind.SCORM12,
        formats=_formats(_12, {"00:00:11": 11_000, "00:01:31": 91_000}),
        moments=_SPEAKS_AT_THE_END,
        tool="Lectora",
        elements=_BOOKMARK_12,
    ),
    Subject(name="html5", label="HTML5", package=PackageKind.HTML5, formats=(), moments=_SILENT),
    Subject(
        name="dual",
        label="SCORM + xAPI",
        package=PackageKind.SCORM12,
        dual=True,
        formats=(*_formats(_12, {"0000:01:31.75": 91_750}), *_formats(_NONE, {"PT1M31.75S": 91_750})),
        moments=_SPEAKS_12,
        elements=_BOOKMARK_12,
        statements=("PT59.8S", "PT1M31.75S"),
    ),
    Subject(
        name="legacy",
        label="hand-written, legacy",
        package=PackageKind.SCORM12,
        formats=(
            Format("00:00:5", _12, 5_000, lenient=True),
            Format("PT11.43S", _12, 11_430, lenient=True),
            Format("12.5", _12, 12_500, lenient=True),
            Format("0:00:59,8", _12, 59_800, lenient=True),
            Format("00:00:12", _2004, 12_000, lenient=True),
            Format("PT1,5H", _2004, 5_400_000, lenient=True),
            Format("PT1.234S", _2004, 1_234, lenient=True),
            Format("undefined", _12, None),
            Format("", _2004, None),
        ),
        moments=_SLOPPY,
        elements=_BOOKMARK_12,
    ),
)
"""In the order of the design's table."""
