"""Days and hours in the format of forms, including the days on which the clocks change."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from homework_classroom import moments

ROME = ZoneInfo("Europe/Rome")


@pytest.mark.parametrize(
    ("text", "hour"), [("2026-11-27T18:00", 17), ("2026-07-27T18:00", 16), (" 2026-11-27T18:00:00 ", 17)]
)
def test_what_is_typed_is_a_moment_in_the_zone(text: str, hour: int) -> None:
    read = moments.read(text, ROME)
    assert read is not None
    assert (read.hour, read.utcoffset()) == (hour, UTC.utcoffset(None))


def test_an_empty_field_is_no_moment() -> None:
    assert moments.read("  ", ROME) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2026-03-29T02:30", "moment_skipped"),
        ("2026-10-25T02:30", "moment_twice"),
        ("tomorrow", "moment_unread"),
        ("0001-01-01T00:00", "moment_unread"),
        ("2026-02-30T10:00", "moment_unread"),
    ],
)
def test_an_unreadable_time_and_one_skipped_or_repeated_by_the_clock_change_are_refused(
    text: str, sentence: str
) -> None:
    with pytest.raises(moments.Unclear) as refused:
        moments.read(text, ROME)
    assert refused.value.name == sentence


@pytest.mark.parametrize(
    "text", ["2026-03-29T01:59", "2026-03-29T03:00", "2026-10-25T01:59", "2026-10-25T03:00"]
)
def test_the_hours_beside_a_change_of_the_clocks_are_moments(text: str) -> None:
    read = moments.read(text, ROME)
    assert read is not None
    assert moments.typed(read, ROME) == text


def test_without_a_zone_the_machines_own_is_used() -> None:
    read = moments.read("2026-11-27T18:00", None)
    assert read == datetime(2026, 11, 27, 18).astimezone(UTC)
    assert moments.typed(read, None) == "2026-11-27T18:00"


def test_the_zone_has_a_name() -> None:
    now = datetime(2026, 11, 27, tzinfo=UTC)
    assert moments.zone_name(ROME, now) == "Europe/Rome"
    assert moments.zone_name(None, now)
