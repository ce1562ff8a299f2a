"""A wrong setting ends the process at its start, with a sentence that shows the right format."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from homework_api.http.policy import policy_of
from homework_api.settings import ApiSettings, settings_from_environment

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("empty", ["", "  ", None])
def test_without_the_setting_files_have_the_machines_time(
    monkeypatch: pytest.MonkeyPatch, empty: str | None
) -> None:
    if empty is not None:
        monkeypatch.setenv("TIMEZONE", empty)
    assert policy_of(ApiSettings()).zone is None
    assert NOON.astimezone(None) == NOON.astimezone()


def test_a_zone_is_given_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIMEZONE", "Europe/Rome")
    assert policy_of(settings_from_environment()).zone == ZoneInfo("Europe/Rome")


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("europe/rome", "Europe/Rome"),
        ("Rome", "Europe/Rome"),
        ("Europe/Milano", "Europe/"),
        ("Europe", "Europe/Rome"),
        ("+01:00", "Europe/Rome"),
        ("../../etc/passwd", "Europe/Rome"),
    ],
)
def test_a_wrong_zone_ends_the_process_and_says_how_one_is_written(
    monkeypatch: pytest.MonkeyPatch, wrong: str, right: str
) -> None:
    monkeypatch.setenv("TIMEZONE", wrong)
    with pytest.raises(SystemExit) as ended:
        settings_from_environment()
    said = str(ended.value.code)
    assert said.startswith(f"homework-api: TIMEZONE is a name like {right}")
    assert said.endswith(f", not {wrong}")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("API_RATE_LIMIT", "many", "homework-api: API_RATE_LIMIT is written like 6000/minute, not many"),
        ("API_PORT", "many", "homework-api: the setting port is wrong: Input should be a valid integer"),
    ],
)
def test_a_wrong_setting_is_reported_as_a_sentence_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match=sentence):
        settings_from_environment()
