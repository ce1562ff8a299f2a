"""Attacks on the shipped HAProxy, which runs in a container of its image before an API of this process."""

import asyncio
import os
import re
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.robustness.attacks.knocking import guess, knock
from tests.support.api.application import Api
from tests.support.api.server import served_as_shipped
from tests.support.broker.brokers import docker_answers, free_port, unavailable

pytestmark = [pytest.mark.compose, pytest.mark.timeout(300)]
ROOT = Path(__file__).parents[3]
DOCKER = ROOT / "deploy/docker"


@pytest.fixture(scope="module")
def image() -> str:
    if not docker_answers():
        unavailable("no Docker")
    build = ["docker", "build", "--quiet", "--target", "proxy", "-f", "deploy/docker/Dockerfile", "."]
    return subprocess.check_output(build, cwd=ROOT, text=True).strip()


def configuration(port: int, api: httpx.URL) -> str:
    """What is shipped, but for the addresses."""
    text = (DOCKER / "haproxy.cfg").read_text().replace("bind :8000", f"bind 127.0.0.1:{port}")
    text = text.replace(" resolvers docker init-addr none", "").replace(
        "api-1:8000", f"{api.host}:{api.port}"
    )
    return re.sub(r" *server api-2.*\n", "", text)


@contextmanager
def running(image: str, configuration: str, trusted: str) -> Iterator[None]:
    run = ["docker", "run", "--rm", "--interactive", "--network", "host", "--env", "PROXY_TRUSTED", image]
    with subprocess.Popen(
        [*run, "haproxy", "-W", "-db", "-f", "/dev/stdin"], text=True, stdin=subprocess.PIPE,
        env=os.environ | {"PROXY_TRUSTED": trusted},
    ) as process:  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(configuration)
        process.stdin.close()
        try:
            yield
        finally:
            process.terminate()


@asynccontextmanager
async def proxied(image: str, api: Api, trusted: str = "") -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API behind the proxy. `trusted` are the addresses whose word the proxy takes."""
    port = free_port()
    async with served_as_shipped(api.services, api.stop, trusted_proxies="127.0.0.1") as served:
        with running(image, configuration(port, httpx.URL(served)), trusted):
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
                await until_ready(client)
                yield client


async def until_ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                (await client.get("/ready")).raise_for_status()
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
            else:
                return


@pytest.fixture
async def behind(image: str, api: Api, administrator: str) -> AsyncIterator[httpx.AsyncClient]:
    async with proxied(image, api) as client:
        yield client


async def test_a_pupil_does_not_lock_out_the_administrator_behind_the_proxy(
    behind: httpx.AsyncClient, administrator: str
) -> None:
    assert (await guess(behind, [f"192.0.2.{number}" for number in range(40)]))[-1] == 429
    assert await knock(behind, administrator) == 200


async def test_behind_an_outer_proxy_that_is_named_each_client_has_tries_of_its_own(
    image: str, api: Api, administrator: str
) -> None:
    async with proxied(image, api, trusted="127.0.0.1 ::1") as client:
        # What the guesser writes into the header comes first; the outer proxy adds what it has seen.
        assert (await guess(client, [f"203.0.113.{number}, 192.0.2.1" for number in range(40)]))[-1] == 429
        assert await knock(client, "mistyped", **{"X-Forwarded-For": "192.0.2.2"}) == 401
        assert await knock(client, administrator, **{"X-Forwarded-For": "192.0.2.1"}) == 200


@pytest.mark.parametrize("path", ["/metrics", "/%6detrics", "/metrics/", "/%6Detrics?x=1"])
async def test_the_proxy_hands_no_metrics_to_strangers(behind: httpx.AsyncClient, path: str) -> None:
    assert (await behind.get(path)).status_code == 404


async def test_the_proxy_closes_a_socket_that_sends_no_whole_request(behind: httpx.AsyncClient) -> None:
    sockets = [
        socket.create_connection((behind.base_url.host, behind.base_url.port or 80)) for _ in range(20)
    ]
    started = time.monotonic()
    for each in sockets[:10]:
        each.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    for each in sockets:
        each.settimeout(20)
        while await asyncio.to_thread(each.recv, 4096):
            pass
        each.close()
    assert time.monotonic() - started < 15
