"""Time policies: what they say, a change with its effect before and after, and saving it as the next version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from seattime.domain.policy import HOUR_MS, MINUTE_MS, Basis, Policy
from seattime.errors import BadInput, Conflict
from seattime.services import policies, reports
from seattime.web.pages import security
from seattime.web.pages.blueprints import make_blueprint

blueprint = make_blueprint("policies")

BASES: Final = (
    (
        Basis.AUTO.value,
        "What the course says, completed",
        "The course's own word, plus the measured time after its last word. Never more than was measured.",
    ),
    (
        Basis.REPORTED.value,
        "Only what the course says",
        "Courses that never report count nothing. Never more than was measured.",
    ),
    (
        Basis.MEASURED.value,
        "Only what the player measured",
        "What the course says is kept and shown, and does not count.",
    ),
)


@blueprint.get("/policies")
def index() -> ResponseReturnValue:
    """All policies in words."""
    shown = [(policies.versions(name), policies.courses_under(name)) for name in policies.names()]
    return render_template("pages/policies.html", shown=shown, in_words=in_words)


@blueprint.post("/policies")
def create() -> ResponseReturnValue:
    """A policy of one's own begins as a copy of the standard rules."""
    name = request.form.get("name", "").strip()
    if name in policies.names():
        raise BadInput(f"There is a time policy called {name} already.", field="name")
    policies.save(policies.propose(name, {}), author=security.author())
    return redirect(url_for("policies.show", name=name))


@blueprint.get("/policies/<name>")
def show(name: str) -> ResponseReturnValue:
    """One policy: its rules, a form to change them, its versions."""
    return _page(name, policies.current(name))


@blueprint.post("/policies/<name>/preview")
def preview(name: str) -> ResponseReturnValue:
    """What the change would do, before anything is saved."""
    policies.current(name)
    proposed = policies.propose(name, _rules(request.form))
    changes = [
        (reports.registration_line(change.registration_key), change.before_ms, change.after_ms) for change in policies.preview(proposed)
    ]
    changes.sort(key=lambda each: -abs(each[2] - each[1]))
    return _page(name, proposed, previewed=True, changes=changes)


@blueprint.post("/policies/<name>")
def save(name: str) -> ResponseReturnValue:
    """Saves the change as the next version."""
    policies.current(name)
    proposed = policies.propose(name, _rules(request.form))
    if request.form.get("version", "") != str(proposed.version):
        raise Conflict(f"{name} was changed in the meantime. Look at what your change would do now.")
    policies.save(proposed, author=security.author())
    flash(f"Saved as version {proposed.version}. Counted time follows it from now on, also for the past.")
    return redirect(url_for("policies.show", name=name))


def in_words(policy: Policy) -> list[str]:
    """The rules as sentences."""
    basis = {
        Basis.AUTO: "What the course says counts, completed by the measured time after its last word",
        Basis.REPORTED: "Only what the course says counts",
        Basis.MEASURED: "Only what the player measured counts",
    }[policy.basis]
    if policy.idle_limit_ms is None:
        idle = "Time is never idle."
    else:
        limit = _minutes(policy.idle_limit_ms)
        idle = f"Time is idle after {limit} min without a sign of the learner, and does not count."
    return [
        f"{basis}.",
        idle,
        "A hidden page counts like a visible one until it is idle." if policy.hidden_counts else "A hidden page does not count.",
        "Review and browsing count." if policy.review_counts else "Review and browsing are kept apart and do not count.",
        f"A session over {_hours(policy.longest_session_ms)} h is flagged, never cut.",
    ]


def _page(name: str, policy: Policy, **more: Any) -> str:
    return render_template(
        "pages/policy.html",
        name=name,
        policy=policy,
        versions=policies.versions(name),
        courses=policies.courses_under(name),
        bases=BASES,
        in_words=in_words,
        idle_minutes="" if policy.idle_limit_ms is None else _minutes(policy.idle_limit_ms),
        longest_hours=_hours(policy.longest_session_ms),
        **more,
    )


def _rules(form: Mapping[str, str]) -> dict[str, Any]:
    idle = form.get("idle_minutes", "").strip()
    return {
        "basis": form.get("basis", ""),
        "idle_limit_ms": _number(idle, MINUTE_MS, "The idle limit in minutes") if idle else None,
        "hidden_counts": form.get("hidden_counts") == "yes",
        "review_counts": form.get("review_counts") == "yes",
        "longest_session_ms": _number(form.get("longest_hours", ""), HOUR_MS, "The longest plausible session in hours"),
    }


def _number(text: str, unit_ms: int, what: str) -> int:
    try:
        return round(float(text.strip().replace(",", ".")) * unit_ms)
    except (ValueError, OverflowError):
        raise BadInput(f"{what} must be a number, not {text!r}.") from None


def _minutes(ms: int) -> str:
    return f"{ms / MINUTE_MS:g}"


def _hours(ms: int) -> str:
    return f"{ms / HOUR_MS:g}"
