"""Signing in: a token works once, a session ends, and a request without one does not pass the gate."""

import contextlib
import stat
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, WebSocket, WebSocketDisconnect

from homework_console.address import Address
from homework_console.app import content_policy
from homework_console.gate import Gate
from homework_console.sessions import LASTING, Session, Sessions
from homework_console.sign_in import add_sign_in
from homework_console.sign_in_file import SignInFile
from homework_shared.runtime.asgi import App
from homework_shared.runtime.security_headers import HEADERS, SecurityHeadersMiddleware

URL = "http://127.0.0.1:8080"
TLS_URL = "https://homework.school.example"


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class House:
    """A console of one page behind its gate, and all tokens that it has published."""

    address: Address = field(default_factory=partial(Address, URL))
    clock: Clock = field(default_factory=Clock)
    tokens: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sessions = Sessions(self.tokens.append, self.clock)
        app = FastAPI()
        add_sign_in(app, self.sessions, self.address)

        @app.get("/class")
        async def names(request: Request) -> str:
            assert isinstance(request.state.session, Session)
            return "Ada"

        @app.get("/health")
        async def health() -> str:
            return "ok"

        @app.websocket("/socket")
        async def socket(socket: WebSocket) -> None:
            await socket.accept()
            with contextlib.suppress(WebSocketDisconnect):
                while True:
                    await socket.send_text(await socket.receive_text())

        self.app: App = SecurityHeadersMiddleware(Gate(app, self.sessions, self.address), content_policy)

    def browser(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=self.address.url)


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
async def browser(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.browser() as browser:
        yield browser


async def sign_in(browser: httpx.AsyncClient, token: str) -> httpx.Response:
    return await browser.get("/sign-in", params={"token": token})


async def test_whoever_is_not_signed_in_is_told_how_and_sees_nothing_else(browser: httpx.AsyncClient) -> None:
    for path in ("/class", "/nowhere", "/session", "/sign-in"):
        answer = await browser.get(path)
        assert (answer.status_code, "homework console" in answer.text) == (401, True), path
    assert (await browser.post("/sign-out")).status_code == 401


async def test_the_printed_address_signs_in_and_leads_to_the_console(
    house: House, browser: httpx.AsyncClient
) -> None:
    answer = await sign_in(browser, house.tokens[-1])
    assert (answer.status_code, 'content="0; url=/"' in answer.text) == (200, True)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("homework-console-8080=")
    assert cookie.endswith("; HttpOnly; Path=/; SameSite=strict")
    assert (await browser.get("/class")).json() == "Ada"
    again = await sign_in(browser, "anything")
    assert (again.status_code, again.headers["location"]) == (303, "/")


async def test_a_token_is_void_after_its_first_use_and_there_is_a_new_one(
    house: House, browser: httpx.AsyncClient
) -> None:
    first = house.tokens[-1]
    await sign_in(browser, first)
    async with house.browser() as other:
        answer = await sign_in(other, first)
        assert (answer.status_code, "used already" in answer.text) == (403, True)
        assert "set-cookie" not in answer.headers
        for guess in ("x", "è", first[:-1]):
            assert (await sign_in(other, guess)).status_code == 403
        assert (await sign_in(other, house.tokens[-1])).status_code == 200
    assert len(set(house.tokens)) == 3


async def test_a_session_ends_after_a_working_day(house: House, browser: httpx.AsyncClient) -> None:
    await sign_in(browser, house.tokens[-1])
    house.clock.now += LASTING - timedelta(seconds=1)
    assert (await browser.get("/session")).status_code == 204
    house.clock.now += timedelta(seconds=1)
    assert (await browser.get("/session")).status_code == 401


async def test_a_session_ends_when_its_user_signs_out_and_other_sessions_go_on(
    house: House, browser: httpx.AsyncClient
) -> None:
    async with house.browser() as other:
        await sign_in(other, house.tokens[-1])
        await sign_in(browser, house.tokens[-1])
        assert (await browser.post("/sign-out")).status_code == 204
        assert (await browser.get("/class")).status_code == 401
        assert (await other.get("/class")).status_code == 200


async def test_over_tls_the_cookie_is_secure_and_belongs_to_this_host_alone() -> None:
    house = House(Address(TLS_URL))
    async with house.browser() as browser:
        cookie = (await sign_in(browser, house.tokens[-1])).headers["set-cookie"]
    assert cookie.startswith("__Host-homework-console=")
    assert "; Secure" in cookie


async def test_a_cookie_of_the_same_name_that_another_program_set_locks_nobody_out(
    house: House, browser: httpx.AsyncClient
) -> None:
    session = house.sessions.sign_in(house.tokens[-1])
    assert session is not None
    both = f"homework-console-8080=forged; homework-console-8080={session.id}; other"
    assert (await browser.get("/class", headers={"Cookie": both})).status_code == 200


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("127.0.0.1:8080", None, 200),
        ("localhost:8080", "http://localhost:8080", 200),
        ("evil.example:8080", None, 403),
        ("127.0.0.1:8080", "https://evil.example", 403),
        ("127.0.0.1:8080", "http://127.0.0.1:9000", 403),
        ("127.0.0.1:8080", "http://[", 403),
        ("127.0.0.1:8080", "null", 403),
    ],
)
async def test_even_with_a_session_no_other_site_and_no_other_name_is_answered(
    house: House, browser: httpx.AsyncClient, host: str, origin: str | None, status: int
) -> None:
    session = house.sessions.sign_in(house.tokens[-1])
    assert session is not None
    headers = {"Host": host, "Cookie": f"homework-console-8080={session.id}"}
    headers |= {"Origin": origin} if origin else {}
    answer = await browser.get("/class", headers=headers)
    assert (answer.status_code, "Ada" in answer.text) == (status, status == 200)
    assert ("CONSOLE_PUBLIC_URL" in answer.text) == (status == 403)


async def test_every_response_carries_the_security_headers(house: House, browser: httpx.AsyncClient) -> None:
    await sign_in(browser, house.tokens[-1])
    async with house.browser() as stranger:
        answers = [
            await stranger.get("/"),
            await stranger.get("/sign-in?token=x"),
            await stranger.get("/", headers={"Host": "evil.example"}),
            await stranger.get("/health"),
            await browser.get("/class"),
            await browser.get("/nowhere"),
        ]
    for answer in answers:
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


async def test_whether_it_is_alive_may_be_asked_by_everybody(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/health", headers={"Host": "10.1.2.3:8080"})
    assert (answer.status_code, answer.text) == (200, '"ok"')


async def socket_messages(
    app: App, headers: dict[str, str], after_first: Callable[[], object] = lambda: None
) -> list[dict[str, Any]]:
    """The app's messages to a websocket that sends `hello` twice. `after_first` runs between the two."""
    sent: list[dict[str, Any]] = []
    said = iter(["websocket.connect", "hello", "hello", "websocket.disconnect"])

    async def receive() -> dict[str, Any]:
        word = next(said)
        if word.startswith("websocket"):
            return {"type": word, "code": 1000}
        if any(each["type"] == "websocket.send" for each in sent):
            after_first()
        return {"type": "websocket.receive", "text": word}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    scope = {
        "type": "websocket", "path": "/socket", "raw_path": b"/socket", "query_string": b"", "scheme": "ws",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "subprotocols": [], "server": ("127.0.0.1", 8080), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    await app(scope, receive, send)
    return sent


@pytest.mark.parametrize(
    "wrong", [{"Cookie": ""}, {"Origin": "https://evil.example"}, {"Host": "evil.example"}], ids=str
)
async def test_a_websocket_of_a_stranger_is_closed_before_it_is_accepted(
    house: House, wrong: dict[str, str]
) -> None:
    session = house.sessions.sign_in(house.tokens[-1])
    assert session is not None
    good = {"Host": "127.0.0.1:8080", "Origin": URL, "Cookie": f"homework-console-8080={session.id}"}
    [closed] = await socket_messages(house.app, good | wrong)
    assert closed["type"] == "websocket.close"
    kinds = [each["type"] for each in await socket_messages(house.app, good)]
    assert kinds == ["websocket.accept", "websocket.send", "websocket.send"]


async def test_a_websocket_that_is_open_says_and_hears_nothing_after_the_sign_out(house: House) -> None:
    session = house.sessions.sign_in(house.tokens[-1])
    assert session is not None
    headers = {"Host": "127.0.0.1:8080", "Cookie": f"homework-console-8080={session.id}"}
    sent = await socket_messages(house.app, headers, lambda: house.sessions.sign_out(session))
    assert [each["type"] for each in sent] == ["websocket.accept", "websocket.send"]


def test_the_address_is_in_a_file_that_its_owner_alone_reads(tmp_path: Path) -> None:
    file = SignInFile(tmp_path / "run" / "sign-in", Address(URL))
    file.publish("first")
    file.publish("second")
    assert (tmp_path / "run/sign-in").read_text() == f"{URL}/sign-in?token=second\n"
    assert stat.S_IMODE((tmp_path / "run/sign-in").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700
    file.remove()
    assert list((tmp_path / "run").iterdir()) == []


def test_a_file_that_cannot_be_written_ends_no_session(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file where a folder should be")
    SignInFile(tmp_path / "run" / "sign-in", Address(URL)).publish("token")
    assert (tmp_path / "run").is_file()
