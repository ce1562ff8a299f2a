"""Attacks on the console of a service with API keys, by other users of its machine and by other sites."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import SecretStr
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from homework_shared.exercises.messages import GeneratorKind
from tests.support.api.live import live_service
from tests.support.broker.brokers import free_port
from tests.support.processes import ServiceProcess
from tests.support.waiting import wait_until

KEY = "k" * 32
EVIL = "https://evil.example"
ANSWER = "sono andata al mare con Bruno"
EVENT_OF_NO_PAGE = '42["log",{"client_id":"none","level":"info","message":""}]'
PAGES = ("/", "/jobs", "/dead")


@dataclass
class Console:
    """A console with the administrator's key, and a class of one: Ada, her homework and her answer."""

    url: str
    api: httpx.Client
    folder: Path
    log: Path
    assignment: int = 0

    def stranger(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60)

    def sign_in_address(self) -> str:
        return (self.folder / ".run" / "sign-in").read_text().strip()

    @contextmanager
    def signed_in(self) -> Iterator[httpx.Client]:
        with self.stranger() as browser:
            browser.get(self.sign_in_address()).raise_for_status()
            yield browser

    def assign(self) -> None:
        """Assign a homework to Ada, and let her answer it."""
        person = {"name": "Ada Lovelace", "email": "ada@example.org"}
        student = self._post("/api/teacher/students", person)["id"]
        wanted = {"cefr_level": "A2", "quantity": 1, "student_ids": [student], "deadline_seconds": 60}
        self.assignment = self._post("/api/teacher/assignments", wanted)["id"]
        path = f"/api/teacher/assignments/{self.assignment}"
        wait_until(lambda: self.api.get(path).json()["status"] == "completed", 60)
        [homework] = self.api.get(f"/api/student/{student}/homework").json()["homework"]
        theirs = f"/api/student/{student}/homework/{homework['id']}"
        self._post(f"{theirs}/start", None)
        self._post(f"{theirs}/submission", {"answers": [ANSWER]})

    def _post(self, path: str, body: Any) -> Any:
        return self.api.post(path, json=body).raise_for_status().json()


@pytest.fixture(scope="module")
def console(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    folder = tmp_path_factory.mktemp("console")
    database = shutil.copyfile(sqlite_template, folder / "homework.db")
    header = {"Authorization": f"Bearer {KEY}"}
    with live_service(f"sqlite:///{database}", GeneratorKind.VLLM, admin_key=SecretStr(KEY)) as live:
        port = free_port()
        settings = {"CONSOLE_PORT": str(port), "CONSOLE_API_URL": live.url, "CONSOLE_API_KEY": KEY}
        process = ServiceProcess("console", folder, ["homework_console"], settings)
        process.start()
        try:
            with httpx.Client(base_url=live.url, headers=header, timeout=60) as api:
                console = Console(f"http://127.0.0.1:{port}", api, folder, process.log)
                wait_until(lambda: answers(console), 60, process.log.read_text)
                console.assign()
                yield console
        finally:
            process.stop()


def answers(console: Console) -> bool:
    with suppress(httpx.HTTPError), console.stranger() as somebody:
        return somebody.get("/").status_code > 0
    return False


@dataclass
class OpenPage:
    """A page as NiceGUI serves it, with the id of its client."""

    client: str

    @classmethod
    def of(cls, answer: httpx.Response) -> "OpenPage | None":
        client = re.search(r"'client_id': '([0-9a-f-]+)'", answer.text)
        return cls(client[1]) if client else None


@contextmanager
def open_socket(
    console: Console, page: OpenPage | None, host: str | None = None, **headers: str
) -> Iterator[ClientConnection]:
    """Open the page's websocket. Raises InvalidStatus."""
    client = page.client if page else "0" * 32
    query = "&".join((
        "EIO=4", "transport=websocket", f"client_id={client}", "next_message_id=0", "implicit_handshake=true",
        "document_id=d", "tab_id=t", "old_tab_id=",
    ))  # fmt: skip
    there = urlsplit(console.url)
    url = f"ws://{host or there.netloc}/_nicegui_ws/socket.io/?{query}"
    plain = create_connection((there.hostname, there.port))
    with plain, connect(url, sock=plain, additional_headers=headers, proxy=None, open_timeout=60) as socket:
        socket.recv(60)
        socket.send("40")
        socket.recv(60)
        yield socket


def read_to_the_end(socket: ClientConnection) -> None:
    """Read until the server closes the connection, which raises ConnectionClosed. Raises TimeoutError if it
    does not.
    """
    while True:
        socket.recv(60)


def cookie(browser: httpx.Client) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}


@pytest.mark.parametrize("path", PAGES)
def test_another_user_of_the_machine_sees_no_page(console: Console, path: str) -> None:
    with console.stranger() as stranger:
        answer = stranger.get(path)
    assert answer.status_code == 401
    assert OpenPage.of(answer) is None
    assert "Ada" not in answer.text
    assert "homework console" in answer.text


def test_another_user_of_the_machine_reaches_no_part_of_what_draws_the_pages(console: Console) -> None:
    polling = "/_nicegui_ws/socket.io/?EIO=4&transport=polling"
    with console.stranger() as stranger:
        for path in (polling, "/favicon.ico", "/_nicegui/anything"):
            assert stranger.get(path).status_code == 401, path


def test_a_page_of_another_site_opens_no_websocket(console: Console) -> None:
    with pytest.raises(InvalidStatus) as refused, open_socket(console, None, Origin=EVIL):
        pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("headers", [{"Origin": EVIL}, {"Origin": "null"}, {"host": "evil.example"}], ids=str)
def test_a_page_of_another_site_opens_no_websocket_even_with_the_teachers_session(
    console: Console, headers: dict[str, str]
) -> None:
    with console.signed_in() as teacher:
        page = OpenPage.of(teacher.get("/jobs"))
        assert page is not None
        socket = open_socket(console, page, **headers, **cookie(teacher))
        with pytest.raises(InvalidStatus) as refused:
            socket.__enter__()
    assert refused.value.response.status_code == 403


def test_a_foreign_name_that_leads_to_this_machine_shows_nothing(console: Console) -> None:
    with console.signed_in() as teacher:
        for path in PAGES:
            answer = teacher.get(path, headers={"Host": "evil.example", **cookie(teacher)})
            assert (answer.status_code, "Ada" in answer.text) == (403, False), path


def test_a_sign_in_address_works_once(console: Console) -> None:
    printed = console.sign_in_address()
    with console.stranger() as teacher, console.stranger() as other:
        assert teacher.get(printed).status_code == 200
        assert teacher.get("/jobs").status_code == 200
        assert other.get(printed).status_code == 403
        assert (dict(other.cookies), other.get("/jobs").status_code) == ({}, 401)


def test_the_file_with_the_address_is_its_owners_alone(console: Console) -> None:
    file = console.folder / ".run" / "sign-in"
    assert (file.stat().st_mode & 0o077, file.parent.stat().st_mode & 0o077) == (0, 0)
    assert console.sign_in_address().partition("=")[2] not in console.log.read_text()


def test_an_operator_reads_no_class_even_where_the_console_was_given_an_administrators_key(
    console: Console,
) -> None:
    with console.signed_in() as operator:
        shown = [operator.get(path).text for path in PAGES]
        assert any("Homework 1" in text for text in shown)
        assert not any({"Ada Lovelace", ANSWER} & set(re.split(r"[<>\"]", text)) for text in shown)
        for path in ("/teach", f"/export/{console.assignment}", f"/results/{console.assignment}"):
            assert operator.get(path).status_code == 404, "they were the teachers', who have the classroom"


def test_signing_out_ends_the_session_in_open_pages_too(console: Console) -> None:
    with console.signed_in() as teacher:
        page = OpenPage.of(teacher.get("/jobs"))
        with open_socket(console, page, **cookie(teacher)) as socket:
            left = cookie(teacher)
            assert teacher.post("/sign-out").status_code == 204
            assert teacher.get("/jobs", headers=left).status_code == 401
            socket.send(EVENT_OF_NO_PAGE)
            with pytest.raises(ConnectionClosed):
                read_to_the_end(socket)


def test_every_answer_of_the_console_carries_the_security_headers(console: Console) -> None:
    with console.stranger() as stranger, console.signed_in() as teacher:
        for answer in (stranger.get("/"), teacher.get("/"), teacher.get("/jobs"), teacher.get("/nowhere")):
            assert answer.headers["X-Frame-Options"] == "DENY"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
