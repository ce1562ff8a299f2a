"""The broker of `homework up`, as another command finds it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from homework_cli.broker.definitions import load_or_create_passwords
from homework_cli.broker.ports import load_or_create_ports
from homework_cli.broker.running import ManagedBroker

CONNECTIONS = [
    {"name": "gpu", "ssl": True, "recv_oct": 10, "send_oct": 5},
    {"name": "mock", "ssl": False, "recv_oct": 99, "send_oct": 99},
    {"name": "without statistics yet"},
    {"ssl": True},
]


class Management(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        text = json.dumps(CONNECTIONS).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Write no log, because nobody reads it."""


@pytest.fixture
def management() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Management) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_connections_that_have_only_just_come_are_no_error(management: int, tmp_path: Path) -> None:
    folder = tmp_path / "broker"
    folder.mkdir()
    load_or_create_passwords(folder / "credentials.json")
    (folder / "ports.json").write_text(json.dumps({"management": management}))
    traffic = ManagedBroker(tmp_path).traffic()
    assert traffic is not None
    assert traffic["gpu"] == 15
    assert sum(traffic.values()) == 15


def test_whoever_reads_the_ports_while_they_are_written_sees_all_of_them(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    first = load_or_create_ports(file, ("amqps",))
    with file.open() as reader:
        load_or_create_ports(file, ("amqps", "management"))
        assert json.loads(reader.read()) == first
