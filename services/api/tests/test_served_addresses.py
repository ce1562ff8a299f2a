"""Without a key, the API refuses to start on an address that other machines can reach."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.support.broker.brokers import free_port
from tests.support.processes import homework_api
from tests.support.waiting import wait_until
from typer.testing import CliRunner, Result

from homework_api.main import app
from homework_api.settings import ApiSettings

EVERYWHERE = "0.0.0.0"  # noqa: S104 - the test is that it is refused


def settings_of(folder: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": f"sqlite:///{folder}/homework.db",
        "AMQP_URL": "amqp://nobody:nothing@127.0.0.1:9/",
        "PYTHONUNBUFFERED": "1",
    } | more


def keys(folder: Path, *arguments: str) -> Result:
    """Run `homework-api keys` in this process."""
    return CliRunner().invoke(app, ["keys", *arguments], env=settings_of(folder))


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[tuple[str, Path]]:
    """Serve at every address of this machine. Gives one of the addresses, and the log."""
    port, log = free_port(), folder / "log"
    command = [sys.executable, "-m", "homework_api.main", "http", *arguments]
    environment = settings_of(folder, API_HOST=EVERYWHERE, API_PORT=str(port))
    with log.open("w") as output, subprocess.Popen(command, env=environment, stderr=output) as process:
        try:
            while not answers(f"http://127.0.0.1:{port}/health"):
                assert process.poll() is None, log.read_text()
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}", log
        finally:
            process.terminate()


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=60).is_success
    except httpx.HTTPError:
        return False


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("127.0.0.1", True), ("127.0.0.7", True), ("::1", True), ("localhost", True),
        (EVERYWHERE, False), ("::", False), ("192.168.1.7", False), ("example.org", False), ("", False),
    ],
)  # fmt: skip
def test_an_address_that_only_this_machine_reaches_is_recognised(host: str, is_ours: bool) -> None:
    assert ApiSettings(host=host).is_on_this_machine_only == is_ours


def test_without_a_key_the_api_does_not_start_for_other_machines(tmp_path: Path) -> None:
    done = homework_api("http", **settings_of(tmp_path, API_HOST=EVERYWHERE))
    assert done.returncode == 1
    assert "homework-api keys create" in done.stderr


def test_with_a_key_others_are_served(tmp_path: Path) -> None:
    key = keys(tmp_path, "create", "office", "--right", "ops").stdout.strip()
    assert key.startswith("hk_")
    assert "office  (ops)  good" in keys(tmp_path, "list").stdout
    with serving(tmp_path) as (url, log):
        assert httpx.get(f"{url}/api/ops/keys", timeout=60).status_code == 401
        header = {"Authorization": f"Bearer {key}"}
        [listed] = httpx.get(f"{url}/api/ops/keys", headers=header, timeout=60).json()
        assert keys(tmp_path, "revoke", listed["id"]).exit_code == 0
        assert httpx.get(f"{url}/api/ops/keys", headers=header, timeout=60).status_code == 401
        assert key not in log.read_text()


def test_a_key_made_at_the_database_is_the_teachers_whom_it_names(tmp_path: Path) -> None:
    assert keys(tmp_path, "create", "office", "--right", "ops").exit_code == 0
    named = ("--right", "teacher", "--teacher")
    assert keys(tmp_path, "create", "Anna", *named, "1").exit_code == 0
    assert "Anna  (teacher)  of teacher 1  good" in keys(tmp_path, "list").stdout
    unknown = keys(tmp_path, "create", "Bea", *named, "7")
    assert (unknown.exit_code, "Teacher not found" in unknown.stderr) == (1, True)
    assert keys(tmp_path, "create", "Bea", "--right", "ops", "--teacher", "1").exit_code == 2


def test_a_process_that_was_open_asks_for_keys_once_another_one_has_made_the_first(tmp_path: Path) -> None:
    with serving(tmp_path, "--insecure") as (url, _):
        assert httpx.get(f"{url}/api/ops/keys", timeout=60).status_code == 200
        assert keys(tmp_path, "create", "office", "--right", "ops").exit_code == 0
        wait_until(lambda: httpx.get(f"{url}/api/ops/keys", timeout=60).status_code == 401, 60)


def test_with_insecure_the_log_warns_at_each_start(tmp_path: Path) -> None:
    with serving(tmp_path, "--insecure") as (url, log):
        assert httpx.get(f"{url}/api/ops/keys", timeout=60).json() == []
        assert "whoever reaches this address may do everything" in log.read_text()


@pytest.mark.parametrize("key", ["short", " " * 40])
def test_a_key_of_the_settings_that_can_be_guessed_is_refused(key: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(key)
    with pytest.raises(ValueError, match="API_ADMIN_KEY needs 32 characters"):
        ApiSettings(admin_key_file=tmp_path / "key")
    with pytest.raises(ValueError, match="API_CONSOLE_KEY needs 32 characters"):
        ApiSettings(console_key_file=tmp_path / "key")


def test_a_key_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="API_ADMIN_KEY_FILE cannot be read"):
        ApiSettings(admin_key_file=tmp_path / "nowhere")
