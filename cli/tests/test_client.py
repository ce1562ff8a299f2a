"""Where commands find the API, what they send, and how they fail."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.support.commands import Homework

from homework_cli.client import connect
from homework_cli.run_folder import load_or_create_owner_key, owner_key_file, save_api_url
from homework_client import dead_letters
from homework_client.client import Client
from homework_client.refusals import ApiError, Misused, Refused, Unreachable
from homework_shared.runtime.files import private_folder

NOBODY = {"letters": [], "total": 0}
NOWHERE = "http://127.0.0.1:1"


class Stub:
    """An API that always gives the same response and records the headers of the requests."""

    def __init__(self, status: int, body: bytes) -> None:
        self.seen: list[dict[str, str]] = []
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                stub.seen.append(dict(self.headers.items()))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@contextmanager
def answering(status: int = 200, body: Any = None) -> Iterator[Stub]:
    stub = Stub(status, body if isinstance(body, bytes) else json.dumps(body).encode())
    thread = threading.Thread(target=stub.server.serve_forever)
    thread.start()
    try:
        yield stub
    finally:
        stub.server.shutdown()
        thread.join()
        stub.server.server_close()


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The config file, and an empty folder to work in."""
    file = tmp_path / "config" / "homework" / "config.toml"
    file.parent.mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return file


def found_url(given: str | None = None) -> str:
    with connect(given) as api:
        return api.url


def sent_key(given: str | None = None) -> str | None:
    with connect(given) as api:
        header: str | None = api._http.headers.get("Authorization")
        return header


def test_the_owners_key_goes_to_the_running_stack_alone_and_after_every_other(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_api_url(private_folder(tmp_path / ".run"), "http://127.0.0.1:9001")
    assert sent_key() is None
    key = load_or_create_owner_key(tmp_path / ".run")
    assert sent_key() == f"Bearer {key}"
    assert sent_key("http://127.0.0.1:9001") is None
    config.write_text('api_key = "hk_of_the_config"')
    assert sent_key() == "Bearer hk_of_the_config"
    monkeypatch.setenv("HOMEWORK_API_KEY", "hk_of_the_environment")
    assert sent_key() == "Bearer hk_of_the_environment"
    config.write_text('api_url = "https://school.example/"')
    monkeypatch.delenv("HOMEWORK_API_KEY")
    assert sent_key() is None


def test_the_owners_key_stays_and_nobody_else_can_read_it(tmp_path: Path) -> None:
    key = load_or_create_owner_key(tmp_path)
    assert len(key) >= 32
    assert load_or_create_owner_key(tmp_path) == key
    assert owner_key_file(tmp_path).stat().st_mode & 0o777 == 0o600


def test_the_address_given_goes_before_the_config_and_that_before_the_running_stack(
    config: Path, tmp_path: Path
) -> None:
    assert found_url() == "http://127.0.0.1:8000"
    (tmp_path / ".run").mkdir()
    (tmp_path / ".run" / "api-url").write_text("http://127.0.0.1:9001\n")
    assert found_url() == "http://127.0.0.1:9001"
    config.write_text('api_url = "https://school.example/"')
    assert found_url() == "https://school.example"
    assert found_url("http://other:1/") == "http://other:1"


def ask(stub: Stub) -> None:
    with connect(stub.url) as api:
        api.send(dead_letters.list_dead_letters())


def test_the_key_is_sent_as_a_bearer_and_the_environment_goes_before_the_config(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(200, NOBODY) as stub:
        ask(stub)
        config.write_text('api_key = "from-config"')
        ask(stub)
        monkeypatch.setenv("HOMEWORK_API_KEY", "from-environment")
        ask(stub)
    assert [sent.get("Authorization") for sent in stub.seen] == [
        None,
        "Bearer from-config",
        "Bearer from-environment",
    ]


def test_a_config_that_is_no_toml_is_a_usage_error(config: Path) -> None:
    config.write_text("api_url = ")
    with pytest.raises(Misused, match=r"config\.toml cannot be read"):
        connect()


@pytest.mark.parametrize(
    ("status", "detail", "error", "says"),
    [
        (404, "Student not found", Refused, "Student not found"),
        (409, "Not now", Refused, "Not now"),
        (401, "No key", Refused, "set HOMEWORK_API_KEY, or api_key in"),
        (403, "Not yours", Refused, "set HOMEWORK_API_KEY"),
        (422, [{"loc": ["body", "quantity"], "msg": "too large"}], Misused, "quantity: too large"),
        (503, "The broker is down", Unreachable, "The broker is down"),
        (500, "Internal error", Refused, "Internal error"),
    ],
)
def test_an_error_of_the_api_becomes_a_sentence(
    status: int, detail: object, error: type[ApiError], says: str
) -> None:
    with answering(status, {"detail": detail}) as stub, connect(stub.url) as api:
        fails(api, error, says)


def test_a_stranger_on_the_port_is_told_apart(config: Path) -> None:
    with answering(404, b"<html>") as stub, connect(stub.url) as api:
        fails(api, Unreachable, "is not the homework API")


def fails(api: Client, error: type[ApiError], says: str) -> None:
    with pytest.raises(error, match=says):
        api.send(dead_letters.list_dead_letters())


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("teacher", "assignments"), 3, "start it with `homework up`, or say where it is with --api-url"),
        (("status",), 3, "does not answer at http://127.0.0.1:1"),
        (("status", "--json"), 3, "does not answer"),
        (("dead", "list"), 3, "does not answer"),
        (("student", "list", "1"), 3, "does not answer"),
        (("student", "list"), 2, "STUDENT"),
        (("teacher", "assign", "--cefr-level", "Z9", "--student-ids", "1"), 2, "Z9"),
        (
            ("teacher", "assign", "--cefr-level", "A1", "--student-ids", "one"),
            2,
            "give ids like 1,2,3, or all",
        ),
        (("status", "--api-url", "no address"), 3, "no address"),
    ],
)
def test_a_failed_command_says_why_on_stderr_and_prints_no_data(
    arguments: tuple[str, ...], code: int, says: str
) -> None:
    result = Homework(NOWHERE)(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert says in result.stderr


def test_a_lost_response_to_an_assignment_names_the_key_that_makes_it_safe_to_repeat() -> None:
    request = ("--level", "A1", "--student-ids", "1", "--idempotency-key", "k7")
    result = Homework(NOWHERE)("teacher", "assign", *request)
    assert result.exit_code == 3
    assert "--idempotency-key k7 makes sure that it is assigned once" in result.stderr


def test_control_characters_in_texts_are_not_printed_to_the_terminal() -> None:
    with answering(404, {"detail": "gone\x1b[2J[bold]"}) as stub:
        result = Homework(stub.url)("dead", "list")
    assert result.stderr.strip() == "gone\ufffd[2J[bold]"


READY = {"status": "degraded", "down": ["broker"], "checks": {"database": "ok", "broker": "refused"}}
OVERVIEW = {
    "mode": "mock",
    "broker": {"connected": False, "queues": None},
    "generators": [],
    "outbox": {"waiting": 3, "oldest_seconds": 12.0},
    "homework": {"by_status": {"failed": 2}, "by_generator": {"vllm": 0, "mock": 0}},
}


def test_a_service_without_its_broker_is_degraded_and_the_status_exits_with_1() -> None:
    # Both routes get the same body, and each model reads its own fields.
    with answering(200, READY | OVERVIEW) as stub:
        result = Homework(stub.url)("status")
    assert result.exit_code == 1
    assert "Status: degraded" in result.stdout
    assert "homework is accepted and kept (3 wait): start RabbitMQ" in result.stdout
    assert "failed homework: 2; `homework teacher assignments`" in result.stdout


def test_the_status_passes_on_what_is_wrong_with_a_broker_that_answers() -> None:
    problem = "the broker lacks queue generation.jobs: run `homework broker apply` with its AMQP_URL"
    broker = {"broker": {"connected": False, "queues": None, "problem": problem}}
    with answering(200, READY | OVERVIEW | broker) as stub:
        result = Homework(stub.url)("status")
    assert result.exit_code == 1
    assert "lacks queue generation.jobs: run `homework broker apply`" in " ".join(result.stdout.split())


def test_a_service_without_its_database_exits_with_3_and_still_says_what_is_down() -> None:
    down = {"status": "unavailable", "down": ["database"], "checks": {"database": "locked", "broker": "ok"}}
    with answering(503, down) as stub:
        result = Homework(stub.url)("status")
        data = Homework(stub.url)("status", "--json")
    assert (result.exit_code, data.exit_code) == (3, 3)
    assert "nothing is accepted without the database" in result.stdout
    assert json.loads(data.stdout) == {"ready": down, "overview": None}
