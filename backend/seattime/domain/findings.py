"""The catalogue of findings: each code, how grave it is, a sentence with its figures, and what one can do.

Guarantees: every code that the arithmetic or the adapter makes has an entry; a code that is not known has a plain
sentence all the same, so nothing that was found is ever left out. Imports `clockface` and `credit` of ours.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from string import Formatter
from types import MappingProxyType

from seattime.domain.clockface import spoken
from seattime.domain.credit import Credit, Finding

_RAW_SHOWN = 80


class Severity(StrEnum):
    """Whether somebody should look."""

    NOTE = "note"
    CHECK = "check"


class Badge(StrEnum):
    """The one mark beside counted time in a list; None where there is nothing to say."""

    ADJUSTED = "adjusted"
    """Grey: a person changed the time, or looked at what was found."""
    CHECK = "check"
    """Amber: somebody should look."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`sentence`: a template, in which names of figures stand for lengths of time, `{raw}` for what was written."""

    severity: Severity
    sentence: str
    advice: str


_LOOK_AND_CONFIRM = "If that is right, mark it as looked at; if not, correct the time and say why."
_TOOL = (
    "Nothing is lost. Whoever made the course can publish it anew with a setting or version that keeps to the standard."
)

CATALOGUE: Mapping[str, Entry] = MappingProxyType(
    {
        "over-reported": Entry(
            Severity.CHECK,
            "The course said {said}, but it was open for {open}. {counted} count.",
            "Some courses count a stretch twice. If every learner's time shows this, choose a policy that goes by "
            f"measured time. {_LOOK_AND_CONFIRM}",
        ),
        "constant-zero": Entry(
            Severity.CHECK,
            "The course said that no time passed, but it was in use for {active}. Measured time stands: {counted}.",
            "The course's own clock does not run. If every learner's time shows this, choose a policy that goes by "
            f"measured time. {_LOOK_AND_CONFIRM}",
        ),
        "under-reported": Entry(
            Severity.CHECK,
            "The course said {said}, less than half of the {active} of its use. Measured time stands: {counted}.",
            "The course may count only part of what learners do; then choose a policy that goes by reported time. "
            f"{_LOOK_AND_CONFIRM}",
        ),
        "never-reported": Entry(
            Severity.CHECK,
            "The course never said how long it took, and its policy counts nothing else. It was open for {measured}.",
            "Choose a policy that goes by measured time, or by both.",
        ),
        "unreadable-time": Entry(
            Severity.CHECK,
            "The course gave its time as {raw}, which nobody can read. Measured time stands in.",
            f"Nothing is lost. {_LOOK_AND_CONFIRM}",
        ),
        "total-time": Entry(
            Severity.NOTE,
            "The course gave its time as {raw}, which is that of all visits so far. Of it, what passed in this one counts.",
            "Nothing to do: some authoring tools report so.",
        ),
        "two-clocks": Entry(
            Severity.NOTE,
            "The course speaks two standards: by SCORM its time comes to {said}, by xAPI to {also}. SCORM's word counts.",
            "Nothing to do: the same time was told twice, and counts once.",
        ),
        "very-long": Entry(
            Severity.CHECK,
            "This session ran for {measured}, and {limit} is the longest that is plausible. {counted} count.",
            f"A page may have been left open while something in it played. {_LOOK_AND_CONFIRM}",
        ),
        "beyond-server-clock": Entry(
            Severity.CHECK,
            "{beyond} do not fit between launch and delivery by the server's clock. They are kept, not counted.",
            f"The browser's clock runs fast, or the record was made up. {_LOOK_AND_CONFIRM}",
        ),
        "server-clock-stepped": Entry(
            Severity.CHECK,
            "The server's clock was set back while this session ran, so its bounds say nothing. Nothing was cut.",
            "See that the server's clock is kept by NTP and set slowly.",
        ),
        "elsewhere": Entry(
            Severity.NOTE,
            "{elsewhere} were also open elsewhere, and count there.",
            "Nothing to do: each second counts once.",
        ),
        "idle": Entry(
            Severity.NOTE,
            "{idle} passed without activity, after the {limit} that the policy allows. They do not count.",
            "If learners read or watch for longer than that, choose a policy with a longer idle limit.",
        ),
        "slept": Entry(
            Severity.NOTE,
            "The computer slept or the page was stopped for {gap}. That is not in the measured time.",
            "Nothing to do.",
        ),
        "clock-set": Entry(
            Severity.NOTE,
            "The computer's clock was set while the session ran. Lengths of time do not depend on it.",
            "Nothing to do.",
        ),
        "lenient-time": Entry(
            Severity.NOTE,
            "The course gave a length of time as {raw}, not in its standard's form. It was read as a person would.",
            _TOOL,
        ),
        "lenient-moment": Entry(
            Severity.NOTE,
            "The course gave the time of day in {element} as {raw}, which is not its standard's form. It was kept.",
            _TOOL,
        ),
        "not-a-string": Entry(
            Severity.NOTE, "The course wrote {element} as {raw}, not as a text. Its text was kept.", _TOOL
        ),
        "missing-argument": Entry(
            Severity.NOTE,
            "The course called {element} without the argument that the standard asks for. The call was carried out.",
            _TOOL,
        ),
        "over-spm": Entry(
            Severity.NOTE,
            "The course wrote more into {element} than its standard promises room for. All was kept.",
            _TOOL,
        ),
        "identifier-form": Entry(
            Severity.NOTE,
            "The course used {raw} as an identifier, which its standard does not allow. It was kept.",
            _TOOL,
        ),
        "feedback-form": Entry(
            Severity.NOTE,
            "The course wrote the answer {raw} into {element}, which is not its standard's form. It was kept.",
            _TOOL,
        ),
        "status-typo": Entry(
            Severity.NOTE,
            "The course wrote {raw} into {element}, a slip of the pen. It was read as the word that was meant.",
            _TOOL,
        ),
        "word-case": Entry(
            Severity.NOTE,
            "The course wrote {raw} into {element}, in letters that its standard does not know. It was read all the same.",
            _TOOL,
        ),
        "foreign-word": Entry(
            Severity.NOTE,
            "The course wrote {raw} into {element}, a word of another standard. It was read as this one's word.",
            _TOOL,
        ),
        "not-finished": Entry(
            Severity.NOTE,
            "The course began again without having ended. What came before and after are two sessions.",
            "Nothing is lost: the learner may have loaded a frame of the course anew.",
        ),
        "never-initialized": Entry(
            Severity.NOTE,
            "The course had not begun to track ten seconds after it was shown. Its time was measured all the same.",
            "Some pages never track, and a slow line makes others late. If it should report progress, tracking may be "
            "switched off in the published course.",
        ),
        "refused-value": Entry(
            Severity.CHECK,
            "The course wrote {raw} into {element}, which its standard does not know. It was refused.",
            "A status or score may be missing. Whoever made the course should know.",
        ),
        "status-overridden": Entry(
            Severity.NOTE,
            "The course's own word for {element} was {raw}; its package's passing rule decided instead.",
            "Nothing to do if the rule is meant: it comes from the package's manifest.",
        ),
    }
)

_UNKNOWN = Entry(
    Severity.NOTE, "Something unusual was noted at {element}: {raw}.", "The raw values show what the course wrote."
)

_HEADLINES: Mapping[str, str] = MappingProxyType(
    {
        "as-reported": "This is what the course said.",
        "completed": ("The course stopped reporting at {said}; the {after} that it stayed open after that were added."),
        "reduced": "The course said {said}; what was idle, or counts in another open course or tab, was taken off.",
        "over-reported": "The course said more than the time that passed; what passed counts.",
        "measured-stands": "The course said {said}, too little for the time of its use; measured time counts.",
        "never-reported": "The course did not say how long it took; measured time counts.",
        "by-policy-reported": "The policy counts what the course said.",
        "by-policy-measured": "The policy counts measured time.",
        "review": "The course was looked at again, not taken: this time is kept apart.",
        "reset": "Progress was begun anew after this session, which no longer counts.",
        "corrected": "A person corrected this time.",
    }
)


def entry(code: str) -> Entry:
    """The catalogue's entry; a plain one for a code that it does not have."""
    return CATALOGUE.get(code, _UNKNOWN)


def severity(finding: Finding) -> Severity:
    """Whether somebody should look."""
    return entry(finding.code).severity


def sentence(finding: Finding) -> str:
    """The finding in words, with its figures: "The course said 3 min, but it was open for 1 min 32 s. ..."."""
    values = {name: spoken(ms) for name, ms in finding.figures}
    raw = finding.raw if len(finding.raw) <= _RAW_SHOWN else f"{finding.raw[: _RAW_SHOWN - 1]}\u2026"
    values["raw"] = f"\u201c{raw}\u201d"
    values["element"] = finding.element or finding.code
    template = entry(finding.code).sentence
    # A finding that an older version stored may lack a figure; the sentence is still worth having.
    for _, name, _, _ in Formatter().parse(template):
        if name is not None:
            values.setdefault(name, "some time")
    return template.format_map(values)


def advice(finding: Finding) -> str:
    """What one can do about it."""
    return entry(finding.code).advice


def headline(credit: Credit) -> str:
    """One sentence for how the figure was found."""
    said, after = spoken(credit.reported_ms or 0), spoken(credit.after_last_word_ms)
    return _HEADLINES[credit.reason].format(said=said, after=after)


def badge_of(credit: Credit) -> Badge | None:
    """The badge of one session. *Adjusted*: something was taken off by the policy's rules, or a person settled it."""
    checks = any(severity(finding) is Severity.CHECK for finding in credit.findings)
    if checks and not credit.resolved:
        return Badge.CHECK
    return Badge.ADJUSTED if checks or credit.reason in ("reduced", "corrected") else None


def badge(credits: Iterable[Credit]) -> Badge | None:
    """At most one for all of them: what somebody should look at goes before what is settled."""
    badges = {badge_of(credit) for credit in credits}
    return next((one for one in (Badge.CHECK, Badge.ADJUSTED) if one in badges), None)
