"""Fixtures of the command line's tests. Commands that use the API are tested with a service that listens on a
socket.
"""

import gc
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.api.live import Live, live_service
from tests.support.commands import Homework
from tests.support.tunnel.ngrok import KNOWN_TOKEN, Ngrok
from tests.support.tunnel.supervised import House

from homework_shared.exercises.messages import GeneratorKind


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty: Path = tmp_path_factory.mktemp("config")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(empty))
    for name in ("HOMEWORK_API_URL", "HOMEWORK_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def live(sqlite_url: str) -> Iterator[Live]:
    """A service with a generator that writes at once, as one on a GPU would."""
    with live_service(sqlite_url, GeneratorKind.VLLM) as live:
        yield live


@pytest.fixture
def live_on_the_mock(sqlite_url: str) -> Iterator[Live]:
    with live_service(sqlite_url, GeneratorKind.MOCK) as live:
        yield live


@pytest.fixture
def live_alone(sqlite_url: str) -> Iterator[Live]:
    """A service without any generator."""
    with live_service(sqlite_url) as live:
        yield live


@pytest.fixture
def homework(live: Live) -> Homework:
    return Homework(live.url)


@pytest.fixture
def pupils(homework: Homework) -> list[int]:
    return [int(homework.done("teacher", "students", "add", name, f"{name}@example.org")) for name in "ab"]


@pytest.fixture
def assigned(homework: Homework, pupils: list[int]) -> int:
    """An assignment that is written."""
    made = homework.json("teacher", "assign", "--cefr-level", "A2", "--quantity", 3, "--student-ids", "all")
    assert (made["status"], made["progress"]["available"]) == ("completed", 2)
    return int(made["id"])


@pytest.fixture
def ngrok(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ngrok]:
    ngrok = Ngrok(tmp_path / "bin")
    monkeypatch.setenv("PYNGROK_NGROK_PATH", str(ngrok.path))
    # Many people have their token in this variable, and pyngrok would put it on the agent's command line.
    monkeypatch.setenv("NGROK_AUTHTOKEN", KNOWN_TOKEN)
    yield ngrok
    ngrok.close()
    # The warning about an open pipe is raised here, where it is expected.
    gc.collect()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.broker_port.close()


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that sends back what it receives."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                with client:
                    client.sendall(client.recv(1024))

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
