"""Shell completion with the Tab key."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HOMEWORK = Path(sys.executable).with_name("homework")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("homework dea", {"dead"}),
        ("homework dead re", {"replay"}),
        ("homework teacher assign --level B", {"B1", "B2"}),
    ],
)
def test_a_shell_completes_commands_and_values(typed: str, offered: set[str]) -> None:
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    environment = os.environ | words | {"_HOMEWORK_COMPLETE": "complete_bash"}
    completed = subprocess.run([HOMEWORK], env=environment, capture_output=True, text=True, check=False)
    assert set(completed.stdout.split()) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(shell: str) -> None:
    environment = os.environ | {"_HOMEWORK_COMPLETE": f"source_{shell}"}
    script = subprocess.run([HOMEWORK], env=environment, capture_output=True, text=True, check=True).stdout
    assert "_HOMEWORK_COMPLETE=complete_" in script
