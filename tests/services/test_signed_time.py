"""Times that a person writes into the correction form."""

import pytest

from seattime.errors import BadInput
from seattime.services.corrections import read_signed_time


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("-2:30", -150_000),
        ("\u22122:30", -150_000),
        ("+5 min", 300_000),
        ("5min", 300_000),
        ("1 h 04 min", 3_840_000),
        ("90 s", 90_000),
        ("-0:00:30", -30_000),
        ("1:00:00", 3_600_000),
        (" + 10 m ", 600_000),
    ],
)
def test_a_time_that_a_person_writes_is_read(text: str, ms: int) -> None:
    assert read_signed_time(text) == ms


@pytest.mark.parametrize("text", ["", "soon", "5", "1:75", "--", "5 days", "1h2h3"])
def test_what_is_not_a_time_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read_signed_time(text)
