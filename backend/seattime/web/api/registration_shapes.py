"""Registrations as the public client parses them (`RegistrationSchema`, `LaunchHistorySchema`).

Every `*Tracked` figure is counted time; `runtime.totalTime` is the time that the course reported.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from seattime.domain import clockface
from seattime.domain.answers import Answer, ObjectiveState, read_answers, read_objectives
from seattime.domain.durations import format_cmitimespan, format_timeinterval
from seattime.domain.packages.model import Item
from seattime.domain.rollup import Completion, Status
from seattime.services.progress import ActivityProgress, Progress, Runtime
from seattime.storage.models import Launch, Learner, Registration
from seattime.web.api.course_shapes import moment, without_none

INTERACTIONS: Final = {
    "true-false": "TrueFalse",
    "choice": "Choice",
    "fill-in": "FillIn",
    "long-fill-in": "LongFillIn",
    "likert": "Likert",
    "matching": "Matching",
    "performance": "Performance",
    "sequencing": "Sequencing",
    "numeric": "Numeric",
}
OBJECTIVE_COMPLETION: Final = {
    "completed": "COMPLETED",
    "passed": "COMPLETED",
    "failed": "COMPLETED",
    "incomplete": "INCOMPLETE",
    "not attempted": "NOT_ATTEMPTED",
    "browsed": "BROWSED",
}
SUCCESS: Final = {"passed": "PASSED", "failed": "FAILED"}


@dataclass(frozen=True)
class Wanted:
    """What a caller asked to have along."""

    children: bool = False
    runtime: bool = False
    interactions: bool = False


def registration_shape(progress: Progress, wanted: Wanted) -> dict[str, Any]:
    """One instance of a registration."""
    registration = progress.registration
    return without_none(
        {
            "id": registration.registration_id,
            "instance": progress.instance,
            "xapiRegistrationId": xapi_registration_id(registration),
            "updated": moment(progress.updated_ms),
            "registrationCompletion": progress.status.completion.value,
            "registrationCompletionAmount": _completion_amount(progress),
            "registrationSuccess": progress.status.success.value,
            "score": _score(progress.status),
            "totalSecondsTracked": progress.totals.credited_ms / 1000,
            "firstAccessDate": moment(progress.first_access_ms),
            "lastAccessDate": moment(progress.last_access_ms),
            "completedDate": moment(progress.completed_ms),
            "createdDate": moment(registration.created_ms),
            "course": {
                "id": registration.course.course_id,
                "title": registration.course.title,
                "version": progress.version.number,
            },
            "learner": learner_shape(registration.learner),
            "tags": list(registration.options.get("registrationTags", ())),
            "globalObjectives": [],
            "sharedData": [],
            "suspendedActivityId": progress.suspended_activity,
            "activityDetails": _root(progress, wanted),
        }
    )


def learner_shape(learner: Learner) -> dict[str, Any]:
    """`LearnerSchema`; what is not known is absent."""
    return without_none(
        {
            "id": learner.learner_id,
            "email": learner.email or None,
            "firstName": learner.first_name or None,
            "lastName": learner.last_name or None,
        }
    )


def launch_shape(progress: Progress, launch: Launch, sessions: list[tuple[int, int, str | None]]) -> dict[str, Any]:
    """One launch. `sessions` of it: `(counted ms, delivered ms, how it ended)`."""
    last = max((delivered for _, delivered, _ in sessions), default=None)
    is_over = bool(sessions) and all(ended is not None for _, _, ended in sessions)
    return without_none(
        {
            "id": progress.registration.registration_id,
            "instance": launch.instance,
            "score": _score(progress.status),
            "completionStatus": progress.status.completion.value,
            "successStatus": progress.status.success.value,
            "totalSecondsTracked": sum(counted for counted, _, _ in sessions) / 1000,
            "launchTime": moment(launch.launched_ms),
            "exitTime": moment(last) if is_over else None,
            "lastRuntimeUpdate": moment(last),
            "launchHistoryId": f"{progress.registration.key}-{launch.number}",
        }
    )


def xapi_registration_id(registration: Registration) -> str:
    """The UUID under which its content sends xAPI statements."""
    return str(uuid.UUID(registration.key))


def _root(progress: Progress, wanted: Wanted) -> dict[str, Any]:
    organization = progress.package.organization
    leaves = [each for each in progress.activities if each.item.launchable and not each.children]
    only = leaves[0] if len(progress.activities) == len(leaves) == 1 else None
    shape = {
        "id": organization.identifier,
        "title": organization.title or progress.registration.course.title,
        "attempts": max((each.attempts for each in progress.activities), default=0),
        **_status(progress.status),
        "timeTracked": clockface.cloud(progress.totals.credited_ms),
        "completionAmount": {"scaled": round(100 * _completion_amount(progress), 2)},
        "suspended": progress.suspended_activity is not None,
    }
    if wanted.children:
        shape["children"] = [_activity(each, wanted) for each in progress.activities]
    elif only is not None:
        # a course of one activity needs no children for its runtime to be seen
        shape.update(_details(only, wanted))
    return without_none(shape)


def _activity(progress: ActivityProgress, wanted: Wanted) -> dict[str, Any]:
    measure = progress.progress_measure
    return without_none(
        {
            "id": progress.item.identifier,
            "title": progress.item.title,
            "attempts": progress.attempts,
            **_status(progress.status),
            "timeTracked": clockface.cloud(progress.credited_ms),
            "completionAmount": None if measure is None else {"scaled": round(100 * measure, 2)},
            "suspended": progress.suspended,
            "children": [_activity(child, wanted) for child in progress.children],
            **_details(progress, wanted),
        }
    )


def _details(progress: ActivityProgress, wanted: Wanted) -> dict[str, Any]:
    details: dict[str, Any] = {"staticProperties": _static_properties(progress.item)}
    runtime = progress.runtime
    if runtime is not None and wanted.interactions:
        details["objectives"] = [_objective(each) for each in read_objectives(runtime.elements)]
    if runtime is not None and (wanted.runtime or wanted.interactions):
        details["runtime"] = _runtime(runtime, wanted)
    return details


def _static_properties(item: Item) -> dict[str, Any]:
    passing = item.scaled_passing_score
    limit = item.max_time_allowed_ms
    return without_none(
        {
            "completionThreshold": None if item.completion_threshold is None else str(item.completion_threshold),
            "launchData": item.data_from_lms,
            "maxTimeAllowed": None if limit is None else format_timeinterval(limit),
            "scaledPassingScore": passing,
            "scaledPassingScoreUsed": passing is not None,
            "timeLimitAction": item.time_limit_action.value if item.time_limit_action else None,
        }
    )


def _runtime(runtime: Runtime, wanted: Wanted) -> dict[str, Any]:
    said = _Said(runtime)
    in_2004 = runtime.standard == "scorm2004"
    total = format_timeinterval(runtime.reported_ms) if in_2004 else format_cmitimespan(runtime.reported_ms)
    shape = {
        "completionStatus": said.of("completion_status", "core.lesson_status"),
        "credit": "credit" if runtime.mode == "normal" else "no-credit",
        "entry": runtime.entry,
        "exit": runtime.exit,
        "location": said.of("location", "core.lesson_location"),
        "mode": runtime.mode,
        "progressMeasure": said.of("progress_measure"),
        "scoreScaled": said.of("score.scaled"),
        "scoreRaw": said.of("score.raw", "core.score.raw"),
        "scoreMin": said.of("score.min", "core.score.min"),
        "scoreMax": said.of("score.max", "core.score.max"),
        "totalTime": total,
        "timeTracked": clockface.cloud(runtime.credited_ms),
        "runtimeSuccessStatus": SUCCESS.get(said.of("success_status", "core.lesson_status") or "", "UNKNOWN"),
        "suspendData": said.of("suspend_data"),
        "learnerComments": said.comments("comments_from_learner"),
        "lmsComments": [],
    }
    if wanted.interactions:
        shape["runtimeInteractions"] = [_interaction(each) for each in read_answers(runtime.elements)]
        shape["runtimeObjectives"] = [_runtime_objective(each) for each in read_objectives(runtime.elements)]
    return without_none(shape)


class _Said:
    """The elements of an attempt by the names of either standard, without their `cmi.`."""

    def __init__(self, runtime: Runtime) -> None:
        self._elements: Mapping[str, str] = runtime.elements

    def of(self, *names: str) -> str | None:
        return next((self._elements[f"cmi.{name}"] for name in names if f"cmi.{name}" in self._elements), None)

    def comments(self, name: str) -> list[dict[str, Any]]:
        """2004 has a list of them; 1.1 and 1.2 one text, `cmi.comments`."""
        if (text := self.of("comments")) is not None:
            return [{"value": text}]
        found: list[dict[str, Any]] = []
        while (value := self.of(f"{name}.{len(found)}.comment")) is not None:
            place = f"{name}.{len(found)}"
            found.append(
                without_none(
                    {
                        "value": value,
                        "location": self.of(f"{place}.location"),
                        "dateTime": self.of(f"{place}.timestamp"),
                    }
                )
            )
        return found


def _interaction(answer: Answer) -> dict[str, Any]:
    return {
        "id": answer.identifier,
        "type": INTERACTIONS.get(answer.kind, "Other"),
        "timestamp": answer.time,
        "correctResponses": list(answer.correct),
        "learnerResponse": answer.response,
        "result": answer.result,
        "latency": answer.latency,
        "description": answer.question,
    }


def _runtime_objective(objective: ObjectiveState) -> dict[str, Any]:
    return {
        "id": objective.identifier,
        "scoreRaw": objective.score,
        "runtimeObjectiveSuccessStatus": _objective_success(objective),
        "runtimeObjectiveCompletionStatus": OBJECTIVE_COMPLETION.get(objective.completion, "UNKNOWN"),
        "description": objective.description,
    }


def _objective(objective: ObjectiveState) -> dict[str, Any]:
    completion = OBJECTIVE_COMPLETION.get(objective.completion, "UNKNOWN")
    return {
        "id": objective.identifier,
        "primary": False,
        "objectiveCompletion": completion if completion in Completion.__members__ else "INCOMPLETE",
        "objectiveSuccess": _objective_success(objective),
    }


def _objective_success(objective: ObjectiveState) -> str:
    """1.1 and 1.2 have one status, which may say either."""
    return SUCCESS.get(objective.success) or SUCCESS.get(objective.completion, "UNKNOWN")


def _status(status: Status) -> dict[str, Any]:
    return {
        "activityCompletion": status.completion.value,
        "activitySuccess": status.success.value,
        "score": _score(status),
    }


def _score(status: Status) -> dict[str, float] | None:
    return None if status.score is None else {"scaled": status.score}


def _completion_amount(progress: Progress) -> float:
    """0 to 1: the mean over the activities, an unfinished one by its own progress measure."""
    shares = [_share(each) for each in _leaves(progress.activities)]
    return round(sum(shares) / len(shares), 4) if shares else 0.0


def _leaves(activities: tuple[ActivityProgress, ...]) -> list[ActivityProgress]:
    below = [leaf for each in activities for leaf in _leaves(each.children)]
    return [each for each in activities if each.item.launchable] + below


def _share(progress: ActivityProgress) -> float:
    if progress.status.completion is Completion.COMPLETED:
        return 1.0
    return progress.progress_measure or 0.0
