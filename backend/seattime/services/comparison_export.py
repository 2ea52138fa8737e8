"""The comparison with other LMSs as CSV and JSON: one row for each session. Must not import web.

Guarantees: the same rows and figures as on the page; seconds with three decimals, moments ISO 8601 in UTC, no cell that a
spreadsheet would run as a formula (`export.write_rows`).
"""

from __future__ import annotations

from seattime.domain.host_account import Answer
from seattime.services import comparison, export
from seattime.services.comparison import ComparedRegistration, ComparedSession


def sessions(form: str) -> str:
    """Raises NotFound for a form that there is not."""
    rows = [_row(registration, each) for registration in comparison.compare_all() for each in registration.sessions]
    return export.write_rows(rows, form)


def _row(registration: ComparedRegistration, session: ComparedSession) -> export.Row:
    account, credit = session.account, session.credit
    asked, yes = account.commits
    return {
        "registration_id": registration.registration_id,
        "learner_id": registration.learner_id,
        "learner_name": registration.learner_name,
        "course_id": registration.course_id,
        "course_title": registration.course_title,
        "session": session.id,
        "began": export.moment(session.began_ms),
        "ended": session.ended,
        "api": account.api,
        "initialize_answer": _answer(account.initialize),
        "initialize_error": _error(account.initialize),
        "told": account.told[0] if account.told else None,
        "told_s": export.seconds(account.told[1]) if account.told else None,
        "told_answer": _answer(account.told_answer),
        "told_error": _error(account.told_answer),
        "commits": asked,
        "commits_true": yes,
        "commit_answer": account.commit.answer if asked > yes else None,
        "commit_error": account.commit.error or None,
        "finish_answer": _answer(account.finish),
        "finish_error": _error(account.finish),
        "lms_s": export.seconds(account.kept_ms),
        "lms_total_before": account.total,
        "credited_s": export.seconds(credit.credited_ms),
        "reported_s": export.seconds(credit.reported_ms),
        "measured_s": export.seconds(credit.measured_ms),
        "differs_s": export.seconds(session.differs_ms),
        "policy": credit.policy,
        "policy_version": credit.policy_version,
        "reason": credit.reason,
        "why": " ".join(session.words),
    }


def _answer(said: Answer | None) -> str | None:
    return None if said is None else said.answer


def _error(said: Answer | None) -> str | None:
    return None if said is None else said.error or None
