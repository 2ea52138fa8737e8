"""What the pages show and what their forms do."""

from __future__ import annotations

import errno
import io
import json
import re
import zipfile
from dataclasses import replace

import pytest
from sqlalchemy import select

from seattime.services import commits, import_jobs, launching, reports
from seattime.storage.models import Correction, Course, CourseVersion, Learner, Registration, SessionRow, db
from tests import builders
from tests.web.pages.conftest import Browser


def _registration(course_id: str) -> Registration:
    return db.session.scalars(
        select(Registration).join(Course, Course.key == Registration.course_key).where(Course.course_id == course_id)
    ).one()


def _session(registration: Registration) -> SessionRow:
    return db.session.scalars(select(SessionRow).where(SessionRow.registration_key == registration.key)).one()


def _plain(page: str) -> str:
    """What a person reads."""
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"<title>.*?</title>", "", page)).split())


def _package(title: str = "A small course") -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("index.html", f"<title>{title}</title>")
    file.seek(0)
    return file


def test_without_courses_a_newcomer_is_told_what_to_do(admin: Browser) -> None:
    page = _plain(admin.text("/"))

    assert "Drop your package here" in page
    assert "No courses yet" in page
    assert "Play it yourself" in page
    assert "Remove the samples" not in page


@pytest.mark.parametrize(
    ("path", "words"),
    [("/learners", "No learners yet"), ("/reports", "Nothing to report yet"), ("/api-keys", "No keys yet")],
)
def test_empty_lists_say_what_fills_them(admin: Browser, path: str, words: str) -> None:
    assert words in admin.text(path)


def test_home_lists_courses_with_kind_learners_and_counted_time(admin: Browser, samples: None) -> None:
    page = _plain(admin.text("/"))

    assert "scorm12-fire-safety Sample sample-scorm12-fire-safety SCORM 1.2 1 42 min" in page
    assert "1 to check" in page


def test_exact_time_is_in_the_title(admin: Browser, samples: None) -> None:
    assert 'title="0:42:10.000">42 min<' in admin.text("/")


def test_a_registration_shows_the_sum_of_the_design(admin: Browser, samples: None) -> None:
    """The example of design, "How people see it"."""
    page = _plain(admin.text(f"/registrations/{_registration('sample-scorm12-fire-safety').key}"))

    assert "Counted time 42 min" in page
    assert "The course stopped reporting at 40 min; the 2 min 10 s that it stayed open after that were added." in page
    assert re.search(r"Course says 40:00 last report \d\d:\d\d:\d\d", page)
    assert "After its last report + 02:10" in page
    assert "Also open elsewhere \u2212 00:00" in page
    assert "Idle \u2212 00:00 rule: 30 min" in page
    assert "Counted = 42:10 policy \u201cStandard\u201d, version 1" in page
    assert "Player measured 42:10 open 43:05; the computer slept 00:55" in page


def test_the_sum_of_a_registration_adds_up_as_it_is_shown(admin: Browser) -> None:
    """6.6 s said and 1.7 s after it are 8.3 s: 6 and 1 would be read as 7."""
    claims = builders.launch(builders.registration())
    earlier = replace(claims, launched_ms=claims.launched_ms - 60_000)
    time = builders.time_register(words=[[6_600, 6_600, "0000:00:06.60", 0]], measured=8_300, spans=[[0, 8_300, 1, 0]], ended="left")
    commits.record_commit({"v": 1, "token": builders.token(earlier), "records": [builders.record(time=time)]})

    page = _plain(admin.text(f"/registrations/{claims.registration_key}"))

    assert "Course says 00:06" in page
    assert "After its last report + 00:02" in page
    assert "Counted = 00:08" in page


def test_a_registration_shows_answers(admin: Browser, samples: None) -> None:
    page = _plain(admin.text(f"/registrations/{_registration('sample-scorm12-fire-safety').key}"))

    assert "assembly-point c a wrong 0000:00:31.00" in page


def test_a_registration_shows_objectives(admin: Browser, samples: None) -> None:
    page = _plain(admin.text(f"/registrations/{_registration('sample-scorm2004-3rd-bread').key}"))

    assert "Kneads until the dough is smooth knead passed 1" in page


def test_the_timeline_draws_time_counted_in_another_course(admin: Browser, samples: None) -> None:
    page = admin.text(f"/registrations/{_registration('sample-scorm2004-3rd-bread').key}")

    assert "Counted in another course: 10 min 30 s" in page
    assert 'fill="url(#p-elsewhere)"' in page
    assert "10 min 30 s were also open elsewhere, and count there." in _plain(page)


def test_the_timeline_draws_idle_time(admin: Browser, samples: None) -> None:
    page = admin.text(f"/registrations/{_registration('sample-html5-colour').key}")

    assert "Idle: 10 min 50 s" in page
    assert 'fill="url(#p-idle)"' in page


def test_the_activities_of_a_course_add_up_to_the_whole(admin: Browser, samples: None) -> None:
    page = _plain(admin.text(f"/registrations/{_registration('sample-scorm2004-4th-bicycle').key}"))

    assert "Part 1 Completed 1 17 min 30 s" in page
    assert "Part 2 Not started 0 0 s" in page
    assert "All activities 17 min 30 s" in page


def test_a_session_whose_end_nobody_told_is_marked(admin: Browser, samples: None) -> None:
    registration = _registration("sample-storyline-email")
    _session(registration).ended = None
    key = registration.key
    db.session.commit()

    assert "no end seen yet" in admin.text(f"/registrations/{key}")


def test_an_overclaiming_session_asks_to_be_looked_at(admin: Browser, samples: None) -> None:
    page = _plain(admin.text(f"/registrations/{_registration('sample-captivate-knots').key}"))

    assert "1 min Check" in page
    assert "The course said 3 min 06 s, but it was open for 1 min 32 s." in page
    assert "It is right: mark as looked at" in page


def test_a_look_resolves_a_finding_under_a_name(admin: Browser, samples: None) -> None:
    registration = _registration("sample-captivate-knots")
    key, session_id = registration.key, _session(registration).session_id

    admin.post(f"/registrations/{key}/sessions/{session_id}/looked-at", {"reason": "Asked Ben"})

    page = _plain(admin.text(f"/registrations/{key}"))
    assert "1 min Adjusted" in page
    assert "Looked at by administrator" in page
    assert "\u201cAsked Ben\u201d" in page


def test_a_correction_is_a_row_of_its_own(admin: Browser, samples: None) -> None:
    registration = _registration("sample-captivate-knots")
    key, session_id = registration.key, _session(registration).session_id

    admin.post(f"/registrations/{key}/sessions/{session_id}/correct", {"delta": "+1:30", "reason": "On paper"})

    row = db.session.scalars(select(Correction)).one()
    assert (row.delta_ms, row.author, row.reason) == (90_000, "administrator", "On paper")
    page = _plain(admin.text(f"/registrations/{key}"))
    assert "Corrected by hand + 01:30 by administrator" in page
    assert "Counted = 03:02" in page


def test_a_correction_without_a_reason_is_refused(admin: Browser, samples: None) -> None:
    registration = _registration("sample-captivate-knots")
    path = f"/registrations/{registration.key}/sessions/{_session(registration).session_id}/correct"

    answer = admin.post(path, {"delta": "+1:30", "reason": " "})

    assert answer.status_code == 400
    assert "A reason is needed" in answer.get_data(as_text=True)


def test_raw_values_are_there(admin: Browser, samples: None) -> None:
    page = admin.text(f"/registrations/{_registration('sample-captivate-knots').key}")

    assert "[[186680, 92000, &#34;0000:03:06.68&#34;, 0]]" in page


def test_a_reset_keeps_what_was_and_counts_nothing(admin: Browser, samples: None) -> None:
    key = _registration("sample-captivate-knots").key

    admin.post(f"/registrations/{key}/reset")

    page = _plain(admin.text(f"/registrations/{key}"))
    assert "Counted time 0 s" in page
    assert "Before the reset: 1 session, kept and not counted" in page


def test_a_deleted_registration_is_gone_from_the_report(admin: Browser, samples: None) -> None:
    key = _registration("sample-captivate-knots").key

    admin.post(f"/registrations/{key}/delete")

    assert admin.get(f"/registrations/{key}").status_code == 404
    assert "captivate-knots" not in admin.text("/reports").split("<tbody>")[1]


def test_a_registration_moves_to_the_newest_version_on_purpose(admin: Browser) -> None:
    course = builders.course()
    registration = builders.registration(course)
    first = course.versions[-1]
    fields = ("kind", "structure", "warnings", "file_count", "size_bytes", "content_hash", "created_ms")
    db.session.add(CourseVersion(course_key=course.key, number=2, **{name: getattr(first, name) for name in fields}))
    db.session.commit()

    assert "Move to version 2" in admin.text(f"/registrations/{registration.key}")
    admin.post(f"/registrations/{registration.key}/move")

    assert "version 2 · Not started" in _plain(admin.text(f"/registrations/{registration.key}"))


def test_a_learners_parts_add_up_to_the_whole(admin: Browser, samples: None) -> None:
    """42:10 + 13:30 + 10:30 + 14:12 = 1:20:22."""
    key = db.session.scalars(select(Learner.key).where(Learner.learner_id == "sample-ana-ruiz")).one()

    page = _plain(admin.text(f"/learners/{key}"))

    assert "Counted time over all courses 1 h 20 min" in page
    for part in ("42 min 10 s", "13 min 30 s", "10 min 30 s", "14 min 12 s", "All courses 1 h 20 min 22 s"):
        assert part in page


def test_test_runs_are_marked_and_left_out_of_reports(admin: Browser) -> None:
    course = builders.course()
    registration = launching.test_run_registration(course, "administrator")
    key = registration.key

    assert "Test run" in admin.text(f"/courses/{course.key}")
    assert key not in admin.text("/reports")


def test_playing_it_oneself_leads_to_the_play_origin(admin: Browser) -> None:
    course = builders.course()
    db.session.commit()
    slug = course.slug

    answer = admin.post(f"/courses/{course.key}/play")

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"http://{slug}.play.localhost:8000/player/")
    assert "http://*.play.localhost:8000" in answer.headers["Content-Security-Policy"]


def test_adding_a_learner_shows_the_launch_link(admin: Browser) -> None:
    course = builders.course()
    db.session.commit()
    form = {"learner_id": "kim", "first_name": "Kim", "last_name": "Lee"}

    page = admin.post(f"/courses/{course.key}/learners", form, follow_redirects=True).get_data(as_text=True)

    assert "Launch link for Kim Lee" in page
    assert re.search(r'value="http://[^"]+\.play\.localhost:8000/player/[^"]+"', page)


def test_a_launch_link_is_not_shown_on_another_courses_page(admin: Browser) -> None:
    registration = builders.registration()
    other = builders.course("other")
    db.session.commit()

    assert admin.get(f"/courses/{other.key}?link={registration.key}").status_code == 404


def test_a_course_changes_its_settings(admin: Browser) -> None:
    course = builders.course()
    db.session.commit()
    key = course.key

    admin.post(f"/courses/{key}/settings", {"title": "New", "open_in": "window", "policy_name": "Standard"})

    course = db.session.get_one(Course, key)
    assert (course.title, course.open_in) == ("New", "window")


def test_a_deleted_course_is_gone(admin: Browser) -> None:
    course = builders.course()
    db.session.commit()
    key = course.key

    admin.post(f"/courses/{key}/delete")

    assert admin.get(f"/courses/{key}").status_code == 404


def test_a_package_uploaded_without_scripts_becomes_a_course(admin: Browser) -> None:
    answer = admin.post("/upload", {"package": (_package(), "My first.zip")})
    assert answer.status_code == 302
    import_jobs.runner().wait()

    page = admin.text(answer.headers["Location"])

    assert "It is ready" in page
    assert "A small course" in admin.text("/")
    assert db.session.scalars(select(Course.course_id)).all() == ["My first"]


def test_scripts_are_told_where_the_import_stands(admin: Browser) -> None:
    headers = {"Accept": "application/json"}
    answer = admin.post("/upload", {"package": (_package(), "one.zip")}, headers=headers)
    assert answer.status_code == 202
    import_jobs.runner().wait()

    job = admin.get(answer.get_json()["job_url"], headers=headers).get_json()

    assert job["status"] == "COMPLETE"
    assert job["course_url"].startswith("/courses/")


def test_a_refused_package_is_refused_in_a_sentence(admin: Browser) -> None:
    answer = admin.post("/upload", {"package": (io.BytesIO(b"no zip"), "notes.zip")})
    import_jobs.runner().wait()

    page = admin.text(answer.headers["Location"])

    assert "notes.zip is not a zip file" in page


def test_a_file_that_is_called_like_a_course_is_a_course_of_its_own(admin: Browser) -> None:
    for _ in range(2):
        admin.post("/upload", {"package": (_package(), "package.zip")})
        import_jobs.runner().wait()

    assert sorted(db.session.scalars(select(Course.course_id))) == ["package", "package-2"]


def test_a_package_for_a_named_course_is_its_next_version(admin: Browser) -> None:
    for _ in range(2):
        admin.post("/upload", {"package": (_package(), "package.zip"), "course_id": "mine"})
        import_jobs.runner().wait()

    assert db.session.scalars(select(CourseVersion.number).order_by(CourseVersion.number)).all() == [1, 2]


def test_an_upload_to_a_course_is_its_next_version(admin: Browser) -> None:
    course = builders.course()
    db.session.commit()
    key = course.key

    admin.post(f"/courses/{key}/versions", {"package": (_package(), "package.zip")})
    import_jobs.runner().wait()

    assert db.session.scalars(select(CourseVersion.number).where(CourseVersion.course_key == key)).all() == [1, 2]


def test_a_form_without_a_file_says_so(admin: Browser) -> None:
    answer = admin.post("/upload", {})

    assert answer.status_code == 400
    assert "No file was chosen" in answer.get_data(as_text=True)


def test_an_upload_that_nobody_takes_over_leaves_nothing_behind(admin: Browser) -> None:
    admin.post("/remove-samples", {"package": (_package(), "stray.zip")})

    assert list(import_jobs.incoming_folder().iterdir()) == []


def test_an_api_keys_secret_is_shown_once(admin: Browser) -> None:
    page = admin.post("/api-keys", {"key_id": "payroll", "scopes": ["read"]}).get_data(as_text=True)
    secret = re.search(r'readonly value="([^"]{43})"', page)
    assert secret is not None

    assert secret[1] not in admin.text("/api-keys")
    assert "payroll" in admin.text("/api-keys")


def test_a_revoked_key_is_shown_as_revoked(admin: Browser) -> None:
    admin.post("/api-keys", {"key_id": "payroll", "scopes": ["read"]})
    admin.post("/api-keys/revoke", {"key_id": "payroll"})

    assert "revoked" in admin.text("/api-keys").split("<tbody>")[1]


def test_a_policy_shows_before_and_after_and_saves_nothing_yet(admin: Browser, samples: None) -> None:
    """Mixing colours: 8:10 of activity. Idle from 38:10 on, or with a limit of 5 min from 13:10 on."""
    rules = {"basis": "auto", "idle_minutes": "5", "hidden_counts": "yes", "longest_hours": "12"}

    page = _plain(admin.post("/policies/Standard/preview", rules).get_data(as_text=True))

    assert "What version 2 would do" in page
    assert "Ben Okafor Sample html5-colour 38 min 13 min \u2212 25 min" in page
    assert "version 1" in _plain(admin.text("/policies/Standard")).split("Rules", 2)[2][:40]


def test_a_saved_policy_counts_the_past_anew(admin: Browser, samples: None) -> None:
    rules = {"basis": "auto", "idle_minutes": "5", "hidden_counts": "yes", "longest_hours": "12", "version": "2"}

    admin.post("/policies/Standard", rules)

    page = _plain(admin.text(f"/registrations/{_registration('sample-html5-colour').key}"))
    assert "Counted = 13:10 policy \u201cStandard\u201d, version 2" in page


def test_a_change_that_was_previewed_against_an_older_version_is_not_saved(admin: Browser) -> None:
    rules = {"basis": "auto", "idle_minutes": "5", "hidden_counts": "yes", "longest_hours": "12", "version": "2"}
    admin.post("/policies/Standard", rules)

    assert admin.post("/policies/Standard", rules | {"idle_minutes": "9"}).status_code == 409


def test_a_rule_that_is_no_number_is_refused(admin: Browser) -> None:
    answer = admin.post("/policies/Standard/preview", {"basis": "auto", "idle_minutes": "soon", "longest_hours": "12"})

    assert answer.status_code == 400
    assert "The idle limit in minutes must be a number" in answer.get_data(as_text=True)


def test_the_report_is_filtered_by_course_learner_and_badge(admin: Browser, samples: None) -> None:
    ben = db.session.scalars(select(Learner.key).where(Learner.learner_id == "sample-ben-okafor")).one()

    def learners(query: str) -> set[str]:
        return {row["learner_name"] for row in json.loads(admin.text(f"/reports.json?{query}"))}

    assert learners("") == {"Ana Ruiz", "Ben Okafor"}
    assert learners(f"learner={ben}") == {"Ben Okafor"}
    assert learners("badge=check") == {"Ben Okafor"}
    assert learners(f"course={_registration('sample-storyline-email').course_key}") == {"Ana Ruiz"}


def test_a_filter_that_matches_nothing_says_so(admin: Browser, samples: None) -> None:
    assert "Nothing matches" in admin.text("/reports?since=2030-01-01")


def test_a_period_that_is_no_day_is_refused(admin: Browser) -> None:
    assert admin.get("/reports?since=tomorrow").status_code == 400


def test_exports_are_downloads(admin: Browser, samples: None) -> None:
    answer = admin.get("/reports.csv")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="counted-time.csv"'
    assert answer.content_type == "text/csv; charset=utf-8"


def test_an_unknown_form_of_export_is_not_found(admin: Browser) -> None:
    assert admin.get("/reports.pdf").status_code == 404


def test_an_unknown_address_is_answered_with_a_page(admin: Browser) -> None:
    answer = admin.get("/no/such/page")

    assert answer.status_code == 404
    assert "To the courses" in answer.get_data(as_text=True)


def test_a_page_that_fails_tells_nothing_of_the_servers_inside(admin: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(reports, "course_lines", fail)
    answer = admin.get("/")

    assert answer.status_code == 500
    page = answer.get_data(as_text=True)
    assert "This page failed" in page
    assert "secret detail" not in page


def test_a_full_disk_is_told_in_a_sentence(admin: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/srv/secret")

    monkeypatch.setattr(import_jobs, "incoming_folder", full)
    answer = admin.post("/upload", {"package": (_package(), "one.zip")})

    assert answer.status_code == 507
    page = answer.get_data(as_text=True)
    assert "no room left" in page
    assert "/srv/secret" not in page


def test_the_samples_go_with_one_click(admin: Browser, samples: None) -> None:
    assert "Remove the samples" in admin.text("/")

    page = admin.post("/remove-samples", follow_redirects=True).get_data(as_text=True)

    assert "No courses yet" in page
    assert "No learners yet" in admin.text("/learners")


def test_what_content_packs_into_half_pairs_is_shown_and_breaks_no_page(admin: Browser) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    elements = {"cmi.suspend_data": "\ud800packed", "cmi.interactions.0.id": "q\udfff", "cmi.interactions.0.type": "<b>"}
    record = builders.record(time=builders.time_register(), state=builders.state_register(elements=elements, whole=True))
    commits.record_commit(builders.message(claims, record))

    page = admin.text(f"/registrations/{registration.key}")

    assert "\\ud800packed" in page
    assert "q\ufffd" in page
    assert "<b>" not in page
