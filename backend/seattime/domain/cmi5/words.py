"""The words of cmi5: verbs, categories, extensions (cmi5 9.3, 9.5.5, 9.6). Imports nothing of ours."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final


class Verb(StrEnum):
    """The verbs of cmi5 defined statements (9.3)."""

    LAUNCHED = "http://adlnet.gov/expapi/verbs/launched"
    INITIALIZED = "http://adlnet.gov/expapi/verbs/initialized"
    COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
    PASSED = "http://adlnet.gov/expapi/verbs/passed"
    FAILED = "http://adlnet.gov/expapi/verbs/failed"
    TERMINATED = "http://adlnet.gov/expapi/verbs/terminated"
    ABANDONED = "https://w3id.org/xapi/adl/verbs/abandoned"
    WAIVED = "https://w3id.org/xapi/adl/verbs/waived"
    SATISFIED = "https://w3id.org/xapi/adl/verbs/satisfied"

    @property
    def word(self) -> str:
        return self.rpartition("/")[2]


OF_AN_AU: Final = frozenset({Verb.INITIALIZED, Verb.COMPLETED, Verb.PASSED, Verb.FAILED, Verb.TERMINATED})
"""What an AU says; the others are the LMS's."""

CMI5: Final = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
MOVE_ON: Final = "https://w3id.org/xapi/cmi5/context/categories/moveon"
SESSION_ID: Final = "https://w3id.org/xapi/cmi5/context/extensions/sessionid"
MASTERY_SCORE: Final = "https://w3id.org/xapi/cmi5/context/extensions/masteryscore"
LAUNCH_MODE: Final = "https://w3id.org/xapi/cmi5/context/extensions/launchmode"
LAUNCH_URL: Final = "https://w3id.org/xapi/cmi5/context/extensions/launchurl"
MOVE_ON_EXTENSION: Final = "https://w3id.org/xapi/cmi5/context/extensions/moveon"
LAUNCH_PARAMETERS: Final = "https://w3id.org/xapi/cmi5/context/extensions/launchparameters"
REASON: Final = "https://w3id.org/xapi/cmi5/result/extensions/reason"
BLOCK: Final = "https://w3id.org/xapi/cmi5/activitytype/block"
COURSE: Final = "https://w3id.org/xapi/cmi5/activitytype/course"

LAUNCH_DATA: Final = "LMS.LaunchData"
"""The name of the state document (10.1)."""
PREFERENCES: Final = "cmi5LearnerPreferences"
"""The name of the agent profile document (11)."""
MODES: Final = {"normal": "Normal", "review": "Review", "browse": "Browse"}
"""10.2.2: what it calls the mode of a launch."""
QUERY: Final = frozenset({"endpoint", "fetch", "actor", "registration", "activityId"})
"""The launch parameters (8.1), which an AU's own query must leave free."""


def activities_in(statement: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """A list of the context's activities; one alone, as versions before 1.0 wrote it, is a list of one."""
    found = statement.get("context", {}).get("contextActivities", {}).get(name, [])
    return [found] if isinstance(found, dict) else list(found)


def is_defined(statement: dict[str, Any]) -> bool:
    """Whether it is a "cmi5 defined" statement: what makes it one is its category (7.1.3, 9.6.2.1)."""
    return any(activity["id"] == CMI5 for activity in activities_in(statement, "category"))
