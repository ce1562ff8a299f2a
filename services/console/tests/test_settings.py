"""The console's settings, from the environment."""

from pathlib import Path

import pytest

from homework_console.settings import ConsoleSettings


def test_the_password_comes_from_a_file_where_the_environment_must_not_hold_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "password").write_text("secret\n")
    monkeypatch.setenv("CONSOLE_MANAGEMENT_PASSWORD_FILE", str(tmp_path / "password"))
    password = ConsoleSettings().management_password
    assert password is not None
    assert password.get_secret_value() == "secret"
    monkeypatch.setenv("CONSOLE_MANAGEMENT_PASSWORD_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(ValueError, match="CONSOLE_MANAGEMENT_PASSWORD_FILE cannot be read"):
        ConsoleSettings()


def test_the_link_is_the_management_api_unless_a_browser_needs_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert ConsoleSettings().rabbitmq_link is None
    monkeypatch.setenv("CONSOLE_MANAGEMENT_URL", "http://broker:15672")
    assert ConsoleSettings().rabbitmq_link == "http://broker:15672/"
    monkeypatch.setenv("CONSOLE_MANAGEMENT_LINK", "http://127.0.0.1:15672")
    assert ConsoleSettings().rabbitmq_link == "http://127.0.0.1:15672/"


def test_teachers_are_led_to_their_pages_where_the_classroom_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert ConsoleSettings().teachers_link is None
    monkeypatch.setenv("CONSOLE_CLASSROOM_LINK", "http://127.0.0.1:8002")
    assert ConsoleSettings().teachers_link == "http://127.0.0.1:8002/teacher"


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({}, "http://127.0.0.1:8080"),
        ({"CONSOLE_HOST": "::", "CONSOLE_PORT": "9000"}, "http://127.0.0.1:9000"),
        ({"CONSOLE_HOST": "192.168.1.7"}, "http://192.168.1.7:8080"),
        ({"CONSOLE_HOST": "::1"}, "http://[::1]:8080"),
        ({"CONSOLE_PUBLIC_URL": "https://homework.school.example/"}, "https://homework.school.example"),
    ],
)
def test_the_address_for_browsers_is_where_it_listens_unless_another_is_given(
    given: dict[str, str], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert ConsoleSettings().address.url == url


def test_an_address_with_a_path_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSOLE_PUBLIC_URL", "https://school.example/homework")
    with pytest.raises(ValueError, match="a host name of its own"):
        ConsoleSettings()
