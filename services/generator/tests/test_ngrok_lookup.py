"""The tunnel's address from ngrok's API: the right endpoint is found on any page, and otherwise the ticket's
is used.
"""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from homework_generator.broker_address.address import resolver_for
from homework_generator.settings import GeneratorSettings
from homework_shared.messaging.ticket import BadTicket, BrokerTicket, write_ticket
from homework_shared.settings import BrokerSettings

KEY = "key-of-the-teacher"
CA = "-----BEGIN CERTIFICATE-----\nMIIBezCCASGgAwIBAgIUdGVzdA==\n-----END CERTIFICATE-----\n"
TICKET = BrokerTicket(
    host="old.tcp.ngrok.io", port=1111, user="generator", password=SecretStr("p"), ca=CA, tls_name="n",
    tunnel="homework-mine",
)  # fmt: skip


class NgrokApi:
    """A stand-in for https://api.ngrok.com, with bearer key, version header and pages of two entries."""

    def __init__(self) -> None:
        self.endpoints: list[dict[str, Any]] = []
        self.next_page: Callable[[int], str] = lambda start: f"{self.url}/endpoints?start={start}"
        self.asked = 0
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = api.answer(self.path, dict(self.headers))
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *_: object) -> None:
                """Keep the requests out of the test's output."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, path: str, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.asked += 1
        if headers.get("Authorization") != f"Bearer {KEY}" or headers.get("Ngrok-Version") != "2":
            return 401, {"error_code": "ERR_NGROK_206", "msg": "no valid key"}
        start = int(parse_qs(urlsplit(path).query).get("start", ["0"])[0])
        more = start + 2 < len(self.endpoints)
        page = self.next_page(start + 2) if more else None
        return 200, {"endpoints": self.endpoints[start : start + 2], "next_page_uri": page}


@pytest.fixture
def api() -> Iterator[NgrokApi]:
    api = NgrokApi()
    thread = threading.Thread(target=api.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield api
    api.server.shutdown()
    api.server.server_close()


def endpoint(mark: str, url: str) -> dict[str, Any]:
    return {"id": f"ep_{mark}", "metadata": mark, "public_url": url, "proto": "tcp"}


async def located(url: str, ticket: BrokerTicket = TICKET, key: str = KEY) -> tuple[str | None, int | None]:
    broker = BrokerSettings(ticket=SecretStr(ticket.encode()))
    settings = GeneratorSettings(ngrok_api_key=SecretStr(key), ngrok_api_url=url, broker=broker)
    resolve_address = resolver_for(settings)
    assert resolve_address is not None
    [address] = await resolve_address()
    assert (address.ca, address.tls_name) == (CA, "n")
    return address.url.host, address.url.port


async def test_the_endpoint_with_the_tickets_mark_is_found_on_a_later_page(api: NgrokApi) -> None:
    api.endpoints = [endpoint(f"other-{n}", f"tcp://{n}.tcp.ngrok.io:{n + 1}") for n in range(4)]
    api.endpoints.append(endpoint("homework-mine", "tcp://7.tcp.eu.ngrok.io:17444"))
    assert await located(api.url) == ("7.tcp.eu.ngrok.io", 17444)
    assert api.asked == 3


async def test_without_such_an_endpoint_the_tickets_address_is_used(api: NgrokApi) -> None:
    api.endpoints = [endpoint("other", "tcp://0.tcp.ngrok.io:1")]
    assert await located(api.url) == ("old.tcp.ngrok.io", 1111)


async def test_an_endpoint_that_is_no_address_is_passed_over(api: NgrokApi) -> None:
    api.endpoints = [endpoint("homework-mine", "tcp://without-a-port")]
    assert await located(api.url) == ("old.tcp.ngrok.io", 1111)


async def test_a_refused_key_is_logged_and_the_tickets_address_is_used(
    api: NgrokApi, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await located(api.url, key="wrong") == ("old.tcp.ngrok.io", 1111)
    said = capsys.readouterr()
    assert "ngrok refused NGROK_API_KEY (401)" in said.out + said.err


async def test_an_api_that_is_not_there_leaves_the_tickets_address() -> None:
    assert await located("http://127.0.0.1:9") == ("old.tcp.ngrok.io", 1111)


async def test_the_key_is_not_sent_to_another_host(api: NgrokApi) -> None:
    api.endpoints = [endpoint(f"other-{n}", "tcp://a:1") for n in range(3)]
    api.next_page = lambda start: "http://127.0.0.1:9/endpoints"
    assert await located(api.url) == ("old.tcp.ngrok.io", 1111)
    assert api.asked == 1


async def test_a_ticket_without_a_mark_is_not_looked_up(api: NgrokApi) -> None:
    assert await located(api.url, TICKET.model_copy(update={"tunnel": None})) == ("old.tcp.ngrok.io", 1111)
    assert api.asked == 0


async def test_a_ticket_file_is_read_again_for_a_new_password(api: NgrokApi, tmp_path: Path) -> None:
    api.endpoints = [endpoint("homework-mine", "tcp://new.tcp.ngrok.io:2")]
    file = tmp_path / "ticket"
    broker = BrokerSettings(ticket_file=file)
    resolve_address = resolver_for(
        GeneratorSettings(ngrok_api_key=SecretStr(KEY), ngrok_api_url=api.url, broker=broker)
    )
    assert resolve_address is not None
    for password in ("first", "second"):
        write_ticket(file, TICKET.model_copy(update={"password": SecretStr(password)}))
        [address] = await resolve_address()
        assert (address.url.host, address.url.password) == ("new.tcp.ngrok.io", password)


def test_a_key_without_a_ticket_says_what_is_missing() -> None:
    with pytest.raises(BadTicket, match="set BROKER_TICKET or BROKER_TICKET_FILE too"):
        resolver_for(GeneratorSettings(ngrok_api_key=SecretStr(KEY), broker=BrokerSettings()))


def test_without_a_key_the_broker_settings_decide() -> None:
    assert resolver_for(GeneratorSettings(broker=BrokerSettings())) is None
