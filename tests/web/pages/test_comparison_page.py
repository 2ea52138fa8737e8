"""The pages that lay what other LMSs were told beside what was counted."""

from __future__ import annotations

from sqlalchemy import func, select

from seattime.storage.models import Registration, db
from tests.services.test_comparison import KEPT, LOST, play
from tests.web.pages.conftest import Browser


def test_nobody_sees_it_without_signing_in(stranger: Browser) -> None:
    for path in ("/comparison", "/comparison.csv", "/comparison/0"):
        assert stranger.get(path).status_code == 302


def test_without_tickets_there_is_nothing_and_no_way_there(admin: Browser) -> None:
    assert "Nothing to compare yet" in admin.text("/comparison")
    assert "/comparison" not in admin.text("/reports")


def test_the_list_leads_to_the_sessions_and_says_why(admin: Browser) -> None:
    key = play("r1", KEPT, LOST)

    assert 'href="/comparison"' in admin.text("/reports")
    listed = admin.text("/comparison")
    assert f'href="/comparison/{key}"' in listed
    assert "1 of 2" in listed
    page = admin.text(f"/comparison/{key}")
    assert "it answered false (error 391) to LMSCommit" in page
    assert "nothing" in page


def test_the_files_have_every_session(admin: Browser) -> None:
    play("r1", KEPT, LOST)

    answer = admin.get("/comparison.csv")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="told-and-counted.csv"'
    assert answer.get_data(as_text=True).count("\r\n") == 3
    assert len(admin.get("/comparison.json").json or []) == 2
    assert admin.get("/comparison.xml").status_code == 404


def test_every_page_of_a_course_that_is_played_elsewhere_can_be_looked_at(admin: Browser) -> None:
    key = play("r1", KEPT, LOST)
    registration = db.session.get(Registration, key)
    assert registration is not None

    course = f"/courses/{registration.course_key}"
    for path in ("/", "/reports", "/learners", course, f"/registrations/{key}", f"/learners/{registration.learner_key}"):
        assert admin.get(path).status_code == 200, path
    shown = admin.text(course)
    assert "played in another LMS" in shown
    assert [offer for offer in ("Play it yourself", "Add a learner", "Nobody is registered yet") if offer in shown] == []
    for path, form in (("play", {}), ("learners", {"learner_id": "ben"})):
        answer = admin.post(f"{course}/{path}", data=form, follow_redirects=True)
        assert "played in another LMS" in answer.get_data(as_text=True), path
    assert db.session.scalar(select(func.count()).select_from(Registration)) == 1, "nobody was registered for a link that cannot be"
