"""Secrets stay in their files: they occur in no command line, log, metric or response."""

import json
import re
import stat
from pathlib import Path

import httpx
import pytest

from tests.support.command_line import Up, homework
from tests.support.processes import ServiceProcess
from tests.support.waiting import wait_until

PASSWORD = "correct-horse-battery"
GIVEN = {
    "AMQP_URL": f"amqp://api:{PASSWORD}@127.0.0.1:1/",
    "DATABASE_URL": f"postgresql+asyncpg://homework:{PASSWORD}@127.0.0.1:1/homework",
    "API_ADMIN_KEY": PASSWORD * 2,
    "API_RATE_LIMIT_STORAGE": f"redis://:{PASSWORD}@127.0.0.1:1/",
    "TRACES_ENDPOINT": f"http://homework:{PASSWORD}@127.0.0.1:1",
    "LOG_LEVEL": "DEBUG",
}
pytestmark = pytest.mark.usefixtures("needs_rabbitmq_server")


def passwords(folder: Path) -> set[str]:
    """The passwords of the broker's users, and the cookie with which its nodes authenticate to each other."""
    broker = folder / ".run/broker"
    return {
        *json.loads((broker / "credentials.json").read_text()).values(),
        (broker / ".erlang.cookie").read_text(),
    }


def sign_in_token(folder: Path) -> str:
    return (folder / ".run/sign-in").read_text().strip().partition("=")[2]


def command_lines() -> str:
    lines = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            lines.append((process / "cmdline").read_text(errors="replace"))
        except OSError:
            continue
    return "\n".join(lines)


def logs(folder: Path) -> str:
    found = [
        *folder.glob(".run/logs/*.log"),
        *folder.glob(".run/broker/*.log"),
        *folder.glob(".run/broker/log/*"),
    ]
    assert len(found) >= 4, found
    return "\n".join(file.read_text(errors="replace") for file in found)


def answers(up: Up, key: str) -> str:
    """The responses of every reading route with a valid key, an invalid one and none, and of the metrics
    ports.
    """
    told = []
    with httpx.Client(base_url=up.url, timeout=60) as client:
        document = client.get("/openapi.json")
        told.append(document.text)
        for path in (path for path, ways in document.json()["paths"].items() if "get" in ways):
            if "stream" in path or "events" in path:
                continue
            for header in ({}, {"Authorization": f"Bearer {key}"}, {"Authorization": "Bearer hk_bad"}):
                answer = client.get(re.sub(r"\{\w+\}", "1", path), headers=header)
                told += [answer.text, str(answer.headers)]
        told.append(client.post("/api/teacher/students", json={"name": 1, "key": "x"}).text)
    for port in json.loads((up.folder / ".run/metrics-ports.json").read_text()).values():
        told.append(httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=60).text)
    return "\n".join(told)


def printed(up: Up, *arguments: str, **variables: str) -> str:
    """The output of a command on both streams."""
    done = homework(up.folder, *arguments, **variables)
    return done.stdout + done.stderr


def test_nothing_that_runs_shows_a_secret_and_nobody_else_may_read_its_files(up: Up) -> None:
    made = json.loads(printed(up, "keys", "create", "office", "--right", "ops", "--json"))
    key = str(made["key"])
    seen = {
        "homework up": up.output(),
        "a command line": command_lines(),
        "a log": logs(up.folder),
        "an answer": answers(up, key),
        "homework status": printed(up, "status", HOMEWORK_API_KEY=key),
        "homework keys list": printed(up, "keys", "list", HOMEWORK_API_KEY=key),
    }
    secrets = {key, key.split("_", 2)[2], sign_in_token(up.folder), *passwords(up.folder)}
    assert min(map(len, secrets)) >= 20
    assert [(where, secret) for where, text in seen.items() for secret in secrets if secret in text] == []
    assert stat.S_IMODE((up.folder / ".run/sign-in").stat().st_mode) == 0o600
    for folder in (up.folder / ".run", up.folder / "data"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in ("data/italian_teacher.db", ".run/broker/credentials.json", ".run/generator-amqp-url"):
        assert stat.S_IMODE((up.folder / file).stat().st_mode) == 0o600


@pytest.mark.parametrize("module", [["homework_api.main", "serve"], ["homework_mock_generator"]])
def test_an_unreachable_server_is_named_without_its_password(tmp_path: Path, module: list[str]) -> None:
    process = ServiceProcess("alone", tmp_path, module, GIVEN)
    process.start()
    try:
        wait_until(lambda: "127.0.0.1" in process.log.read_text(), 60, process.log.read_text)
    finally:
        process.kill()
    assert PASSWORD not in process.log.read_text()
