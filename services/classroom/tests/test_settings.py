"""Settings that cannot work are refused, and the message says what to do."""

from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from homework_classroom.settings import ClassroomSettings


def test_by_default_it_serves_this_machine_alone() -> None:
    settings = ClassroomSettings()
    assert (settings.host, settings.address.url) == ("127.0.0.1", "http://127.0.0.1:8002")
    assert settings.address.names == {"127.0.0.1", "localhost", "::1"}


def test_an_address_that_others_reach_has_to_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLASSROOM_HOST", "0.0.0.0")  # noqa: S104 - not bound
    with pytest.raises(ValidationError, match="with CLASSROOM_PUBLIC_URL"):
        ClassroomSettings()
    monkeypatch.setenv("CLASSROOM_PUBLIC_URL", "http://192.168.1.20:8002")
    address = ClassroomSettings().address
    assert address.url == "http://192.168.1.20:8002"
    assert "192.168.1.20" in address.names


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("CLASSROOM_PUBLIC_URL", "https://school.example/classroom", "has no path"),
        ("TIMEZONE", "Roma", "a name like Europe/Rome"),
        ("CLASSROOM_PORT", "70000", "less than or equal"),
    ],
)
def test_invalid_settings_are_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValidationError, match=says):
        ClassroomSettings()


def test_the_zone_is_named_as_for_the_api(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIMEZONE", "Europe/Rome")
    assert ClassroomSettings().timezone == ZoneInfo("Europe/Rome")
    monkeypatch.setenv("TIMEZONE", "")
    assert ClassroomSettings().timezone is None
