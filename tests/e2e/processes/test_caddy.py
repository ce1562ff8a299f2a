"""The classroom behind Caddy, as the Compose profile `https` runs it: HTTPS under its own name."""

import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.broker.brokers import free_port, unavailable
from tests.support.processes import ROOT, Stack
from tests.support.waiting import wait_until

WRAPPER = """
{{
	admin off
	skip_install_trust
	http_port {http_port}
	https_port {https_port}
}}
import {caddyfile}
"""


@pytest.fixture
def services(services: Stack) -> Stack:
    services.api()
    services.wait_until_up()
    return services


@pytest.fixture
def outside(services: Stack, tmp_path: Path) -> Iterator[httpx.Client]:
    """A browser that trusts Caddy's own CA, which replaces a public one here."""
    if shutil.which("caddy") is None:
        unavailable("no caddy on this machine")
    https_port = free_port()
    url = f"https://localhost:{https_port}"
    classroom = services.classroom(CLASSROOM_PUBLIC_URL=url)
    configuration = tmp_path / "Caddyfile"
    caddyfile = ROOT / "deploy/caddy/Caddyfile"
    configuration.write_text(
        WRAPPER.format(http_port=free_port(), https_port=https_port, caddyfile=caddyfile)
    )
    environment = os.environ | {
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "CLASSROOM_PUBLIC_URL": url,
        "CLASSROOM_UPSTREAM": f"127.0.0.1:{services.classroom_port}",
    }
    with (tmp_path / "caddy.log").open("wb") as log:
        process = subprocess.Popen(
            ["caddy", "run", "--config", str(configuration), "--adapter", "caddyfile"],
            env=environment, stdout=log, stderr=log,
        )  # fmt: skip
    root = tmp_path / "data/caddy/pki/authorities/local/root.crt"
    try:
        wait_until(root.exists, 60, (tmp_path / "caddy.log").read_text)
        with httpx.Client(
            base_url=url, verify=ssl.create_default_context(cafile=root), timeout=60
        ) as browser:
            wait_until(lambda: answers(browser), 60, classroom.log.read_text)
            yield browser
    finally:
        process.terminate()
        process.wait(60)


def answers(browser: httpx.Client) -> bool:
    try:
        return browser.get("/health").is_success
    except httpx.HTTPError:
        return False


def test_students_reach_the_classroom_by_https_and_nothing_else(
    outside: httpx.Client, services: Stack
) -> None:
    page = outside.get("/")
    assert page.status_code == 401
    assert "link" in page.text
    for path in ("/api/teacher/students", "/api/ops/keys", "/ready", "/metrics", "/docs", "/openapi.json"):
        assert outside.get(path).status_code == 404, path
    student = services.client.post("/api/teacher/students", json={"name": "Ada", "email": "a@example.org"})
    link = services.client.post(f"/api/teacher/students/{student.json()['id']}/link").json()["token"]
    opened = outside.get(f"/in/{link}").text
    nonce = opened.partition('name="nonce" value="')[2].partition('"')[0]
    came_in = outside.post(
        f"/in/{link}", data={"nonce": nonce}, headers={"Origin": str(outside.base_url).rstrip("/")}
    )
    assert came_in.status_code == 303
    assert "secure" in came_in.headers["Set-Cookie"].lower()
    assert "Ada" in outside.get("/").text
