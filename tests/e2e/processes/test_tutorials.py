"""The commands of pages for newcomers do what the pages say when they are pasted into a shell in order."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.static.docs.commands import NOT_RUN, block_commands
from tests.support.processes import ROOT, Stack

KEYS = "docs/how-to/keys.md"
A_MAC = "docs/tutorials/mac-with-ollama.md"


class Shell:
    """A shell in a folder with the environment of a clone, beside a running service."""

    def __init__(self, services: Stack) -> None:
        self._folder = services.folder
        (self._folder / ".venv").mkdir()
        (self._folder / ".venv/bin").symlink_to(Path(sys.executable).parent)
        self.environment = os.environ | {
            "HOMEWORK_API_URL": str(services.client.base_url).rstrip("/"),
            "DATABASE_URL": f"sqlite:///{services.folder}/homework.db",
            "COLUMNS": "200",
        }
        self.environment.pop("HOMEWORK_API_KEY", None)

    def paste(self, command: str) -> str:
        """Run the commands, which have to succeed. Returns their output."""
        done = subprocess.run(
            ["bash", "-euc", command], cwd=self._folder, env=self.environment, capture_output=True, text=True,
            timeout=110, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture
def shell(services: Stack) -> Shell:
    services.api()
    services.mock()
    services.wait_until_up()
    return Shell(services)


def test_the_page_on_keys_makes_lists_and_ends_them(services: Stack, shell: Shell) -> None:
    services.client.post("/api/teacher/students", json={"name": "Ada"}).raise_for_status()
    printed: dict[str, str] = {}
    made: list[str] = []
    for command in block_commands(ROOT / KEYS):
        if command.startswith("export HOMEWORK_API_KEY="):
            shell.environment["HOMEWORK_API_KEY"] = made[0]
            continue
        newest = made[-1].split("_")[1] if made else ""
        printed[command] = shell.paste(command.replace(" ID", f" {newest}"))
        made += re.findall(r"\bhk_\w{12}_[\w-]+", printed[command])
    assert len(made) == 3
    listed = printed[".venv/bin/homework keys list"]
    assert [name in listed for name in ("office", "Anna's laptop", "Ada's tablet")] == [True] * 3
    answers = [
        httpx.get(
            f"{services.client.base_url}/api/student/1/homework",
            headers={"Authorization": f"Bearer {key}"},
            timeout=60,
        )
        for key in made
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 401], "Ada is no student of Anna's"
    assert services.client.get("/api/teacher/students").status_code == 401, "every request needs a key now"


def test_the_commands_for_a_mac_give_homework_that_its_model_writes(services: Stack, shell: Shell) -> None:
    services.gpu_like(0.1)
    services.wait(lambda: "gpu-like" in services.client.get("/api/ops/overview").text, 90)
    commands = [command for command in block_commands(ROOT / A_MAC) if command not in NOT_RUN]
    printed = {command.split()[1]: shell.paste(command) for command in commands}
    assert len(commands) == 4
    assert "gpu-like" in printed["status"]
    assert "vllm" in printed["student"]
    [homework] = services.homework(1)
    assert (homework["topic"], homework["generated_by"]) == ("un viaggio in treno", "vllm")
