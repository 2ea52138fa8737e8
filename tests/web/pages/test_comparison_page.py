"""The pages that lay what other LMSs were told beside what was counted."""

from __future__ import annotations

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
