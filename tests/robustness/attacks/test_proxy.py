"""Attacks on the shipped HAProxy, which runs in a container of its image in front of an API in
this process.
"""

import asyncio
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from homework_cli.broker.certificates import load_or_create_certificates
from tests.robustness.attacks.knocking import guess, knock
from tests.support.api.application import Api
from tests.support.api.server import served_as_shipped
from tests.support.broker.brokers import docker_answers, free_port, unavailable

pytestmark = [pytest.mark.compose, pytest.mark.timeout(300)]
ROOT = Path(__file__).parents[3]
CLOSED_SECONDS = 40
"""HAProxy closes a socket without a whole request after ten seconds, and any silent one after sixty."""
DOCKER = ROOT / "deploy/docker"


@pytest.fixture(scope="module")
def image() -> str:
    if not docker_answers():
        unavailable("no Docker")
    build = ["docker", "build", "--quiet", "--target", "proxy", "-f", "deploy/docker/Dockerfile", "."]
    return subprocess.check_output(build, cwd=ROOT, text=True).strip()


def configuration(port: int, api: httpx.URL) -> str:
    """The shipped configuration with other addresses."""
    text = (DOCKER / "haproxy.cfg").read_text().replace("bind :8000", f"bind 127.0.0.1:{port}")
    text = text.replace(" resolvers docker init-addr none resolve-opts allow-dup-ip", "").replace(
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
    """A client of the API behind the proxy. `trusted` are the addresses whose forwarded headers the proxy
    accepts.
    """
    port = free_port()
    async with served_as_shipped(api.services, api.stop, trusted_proxies="127.0.0.1") as served:
        with running(image, configuration(port, httpx.URL(served)), trusted):
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                await until_ready(client)
                yield client


async def until_ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(60):
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
        # The guesser's own header value comes first, and the outer proxy appends the address that it has
        # seen.
        assert (await guess(client, [f"203.0.113.{number}, 192.0.2.1" for number in range(40)]))[-1] == 429
        assert await knock(client, "mistyped", **{"X-Forwarded-For": "192.0.2.2"}) == 401
        assert await knock(client, administrator, **{"X-Forwarded-For": "192.0.2.1"}) == 200


@pytest.mark.parametrize("path", ["/metrics", "/%6detrics", "/metrics/", "/%6Detrics?x=1"])
async def test_the_proxy_does_not_serve_metrics(behind: httpx.AsyncClient, path: str) -> None:
    assert (await behind.get(path)).status_code == 404


async def test_the_proxy_closes_a_socket_that_sends_no_whole_request(behind: httpx.AsyncClient) -> None:
    sockets = [
        socket.create_connection((behind.base_url.host, behind.base_url.port or 80)) for _ in range(20)
    ]
    started = time.monotonic()
    for each in sockets[:10]:
        each.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    for each in sockets:
        each.settimeout(CLOSED_SECONDS)
        while await asyncio.to_thread(each.recv, 4096):
            pass
        each.close()
    assert time.monotonic() - started < CLOSED_SECONDS


@dataclass(frozen=True)
class Https:
    """The proxy with `haproxy-tls.cfg`. `folder` contains its configuration, and `trusted` is the CA."""

    https: str
    http: str
    folder: Path
    trusted: ssl.SSLContext


@contextmanager
def running_with_files(image: str, folder: Path) -> Iterator[None]:
    command = ["docker", "run", "--rm", "--network", "host", "--volume", f"{folder}:/cfg:ro", image]
    command += ["haproxy", "-W", "-db", "-f", "/cfg/haproxy.cfg", "-f", "/cfg/tls.cfg"]
    with subprocess.Popen(command) as process:
        try:
            yield
        finally:
            process.terminate()


@pytest.fixture
async def https(image: str, api: Api, administrator: str, tmp_path: Path) -> AsyncIterator[Https]:
    made = load_or_create_certificates(tmp_path)
    folder = tmp_path / "mounted"
    (folder / "tls").mkdir(parents=True)
    shutil.copy(made.certificate, folder / "tls/api.pem")
    shutil.copy(made.key, folder / "tls/api.pem.key")
    secure, plain = free_port(), free_port()
    shipped = (DOCKER / "haproxy-tls.cfg").read_text()
    for old, new in {
        ":8443": f"127.0.0.1:{secure}",
        ":8080": f"127.0.0.1:{plain}",
        "/run/tls/": "/cfg/tls/",
    }.items():
        assert old in shipped
        shipped = shipped.replace(old, new)
    (folder / "tls.cfg").write_text(shipped)
    async with served_as_shipped(api.services, api.stop, trusted_proxies="127.0.0.1") as served:
        (folder / "haproxy.cfg").write_text(configuration(free_port(), httpx.URL(served)))
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755)  # The container runs as another user.
        with running_with_files(image, folder):
            trusted = ssl.create_default_context(cafile=str(made.ca))
            async with httpx.AsyncClient(
                base_url=f"https://localhost:{secure}", verify=trusted, timeout=60
            ) as client:
                await until_ready(client)
            yield Https(f"https://localhost:{secure}", f"http://localhost:{plain}", folder, trusted)


async def test_the_api_by_https_is_named_for_a_year_and_plain_requests_are_sent_there(https: Https) -> None:
    async with httpx.AsyncClient(verify=https.trusted, timeout=60) as client:
        answer = await client.get(f"{https.https}/health")
        assert (answer.status_code, answer.headers["Strict-Transport-Security"]) == (200, "max-age=31536000")
        plain = await client.post(f"{https.http}/api/session?a=b", json={})
        assert plain.status_code == 308
        assert plain.headers["Location"] == f"{https.http.replace('http:', 'https:')}/api/session?a=b"


async def test_by_https_too_it_is_the_proxy_that_says_who_asks(https: Https, administrator: str) -> None:
    async with httpx.AsyncClient(base_url=https.https, verify=https.trusted, timeout=60) as client:
        assert (await guess(client, [f"192.0.2.{number}" for number in range(40)]))[-1] == 429
        assert await knock(client, administrator) == 200
        assert (await client.get("/%6detrics")).status_code == 404


async def test_an_old_tls_and_a_socket_that_says_nothing_are_refused(https: Https) -> None:
    address = httpx.URL(https.https)
    old = ssl.create_default_context()
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError), socket.create_connection((address.host, address.port or 443)) as line:
        old.wrap_socket(line, server_hostname="localhost")
    started = time.monotonic()
    with socket.create_connection((address.host, address.port or 443)) as line:
        secure = https.trusted.wrap_socket(line, server_hostname="localhost")
        secure.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        secure.settimeout(CLOSED_SECONDS)
        while await asyncio.to_thread(secure.recv, 4096):
            pass
        secure.close()
    assert time.monotonic() - started < CLOSED_SECONDS


def test_the_composition_with_https_is_one_that_compose_takes() -> None:
    files = ["-f", "docker-compose.yml", "-f", "deploy/docker/tls.yml"]
    command = ["docker", "compose", *files, "config", "--format", "json"]
    environment = os.environ | {"API_TLS_FOLDER": "/etc/school"}
    proxy = json.loads(subprocess.check_output(command, cwd=ROOT, env=environment))["services"]["proxy"]
    assert {(port.get("host_ip"), port["target"]) for port in proxy["ports"]} == {
        ("127.0.0.1", 8000), (None, 8443), (None, 8080)
    }  # fmt: skip
    [mounted] = proxy["volumes"]
    assert (mounted["source"], mounted["target"], mounted["read_only"]) == ("/etc/school", "/run/tls", True)
    shipped = (DOCKER / "haproxy-tls.cfg").read_text()
    assert all(f"bind :{port}" in shipped for port in (8443, 8080))
    assert proxy["command"][-1] == "/etc/haproxy/haproxy-tls.cfg"
