"""Reports as files."""

import csv
import io
import json

import pytest
from flask import Flask

from seattime.errors import BadInput, NotFound
from seattime.services import export, reports
from seattime.services.reports import Filter
from seattime.storage.models import db
from tests import builders
from tests.sample_world import make_samples


def _csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv_and_json_say_the_same(app: Flask) -> None:
    make_samples()

    rows = _csv(export.export_report("registrations", "csv"))
    objects = json.loads(export.export_report("registrations", "json"))

    assert [row["registration_id"] for row in rows] == [each["registration_id"] for each in objects]
    assert [float(row["credited_s"]) for row in rows] == [each["credited_s"] for each in objects]


def test_counted_time_is_exact_and_stands_beside_its_reasons(app: Flask) -> None:
    make_samples()

    row = next(r for r in _csv(export.export_report("registrations", "csv")) if r["course_id"].endswith("knots"))

    shown = ("credited_s", "reported_s", "measured_s", "policy", "policy_version", "reason", "badge")
    assert [row[name] for name in shown] == ["92.000", "186.680", "92.000", "Standard", "1", "over-reported", "check"]


def test_a_course_that_never_reported_has_no_reported_time(app: Flask) -> None:
    make_samples()

    row = next(
        r for r in json.loads(export.export_report("registrations", "json")) if r["course_id"].endswith("colour")
    )

    assert row["reported_s"] is None


def test_sessions_add_up_to_their_registrations(app: Flask) -> None:
    make_samples()

    sessions = json.loads(export.export_report("sessions", "json"))
    whole = json.loads(export.export_report("registrations", "json"))

    assert sum(each["credited_s"] for each in sessions) == pytest.approx(sum(each["credited_s"] for each in whole))
    assert len(sessions) == 7


@pytest.mark.parametrize("report", export.REPORTS)
def test_every_report_can_be_written_without_any_data(app: Flask, report: str) -> None:
    assert export.export_report(report, "csv") == ""
    assert export.export_report(report, "json") == "[]\n"


@pytest.mark.parametrize("report", export.REPORTS)
def test_every_report_can_be_written(app: Flask, report: str) -> None:
    make_samples()

    assert len(_csv(export.export_report(report, "csv"))) == len(json.loads(export.export_report(report, "json"))) > 0


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\uff1d"])
def test_a_name_that_is_a_formula_stays_a_text(app: Flask, start: str) -> None:
    registration = builders.registration()
    registration.learner.first_name = f"{start}HYPERLINK(1)"
    db.session.commit()

    (row,) = _csv(export.registrations(Filter(), "csv"))

    assert row["learner_name"] == f"'{start}HYPERLINK(1) Ruiz"


def test_unknown_reports_and_forms_are_refused(app: Flask) -> None:
    with pytest.raises(BadInput):
        export.export_report("grades", "csv")
    with pytest.raises(NotFound):
        export.registrations(Filter(), "pdf")


def test_the_sessions_of_one_registration_can_be_had(app: Flask) -> None:
    make_samples()
    line = next(each for each in reports.registration_lines(Filter()) if each.course_id.endswith("bicycle"))

    (row,) = _csv(export.sessions_of(line.key, "csv"))

    assert row["credited_s"] == "1050.000"
    assert row["gap_s"] == "36180.000"  # 10:03:00 of sleep
