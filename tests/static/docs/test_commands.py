"""Every command on a page is valid. Each command of a tutorial is run by a test, or has a reason why not."""

import re
from pathlib import Path
from typing import Any

import pytest
from docs.tools.reference.commands import commands
from typer.core import TyperGroup

from tests.static.docs.commands import NOT_RUN, PAGES, block_commands, inline_code, of_ours
from tests.support.processes import ROOT

KNOWN: dict[str, Any] = dict(commands())
GUIDED = [page for page in PAGES if page.name == "README.md" or page.parent.name in {"tutorials", "how-to"}]
UP = "tests/e2e/processes/test_command_line.py"
EVENING = "tests/e2e/browser/test_first_evening.py"
TUNNEL = "tests/e2e/processes/test_tunnel.py"
RUN_BY = {
    "make demo": ".ci/run",
    "make run": UP,
    ".venv/bin/homework status": UP,
    ".venv/bin/homework teacher sign-in": EVENING,
    ".venv/bin/homework share": "tests/e2e/processes/test_share.py",
    ".venv/bin/homework tunnel": TUNNEL,
    ".venv/bin/homework ticket show": TUNNEL,
    ".venv/bin/homework notebook": "cli/tests/test_notebook.py",
}
"""Commands of tutorials that this test runs, or that are part of the gate."""
PASTED = "tests/e2e/processes/test_tutorials.py"
"""The test that pastes whole pages into a shell, except for the commands in NOT_RUN."""


def pasted_pages() -> list[Path]:
    source = (ROOT / PASTED).read_text("utf-8")
    return [ROOT / name for name in re.findall(r'^\w+ = "(docs/\S+\.md)"$', source, re.MULTILINE)]


def chosen(program: str, arguments: list[str]) -> tuple[str, list[str]]:
    """The full name of the command that these arguments choose, and the remaining arguments."""
    name, left = program, list(arguments)
    while left and isinstance(KNOWN[name], TyperGroup) and f"{name} {left[0]}" in KNOWN:
        name = f"{name} {left.pop(0)}"
    return name, left


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_of_ours_in_a_block_is_taken_as_it_is_written(page: Path) -> None:
    for command in block_commands(page):
        if ours := of_ours(command):
            name, left = chosen(*ours)
            assert not isinstance(KNOWN[name], TyperGroup), command
            # It raises an error with a sentence for arguments that it does not accept.
            KNOWN[name].make_context(name, left).close()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_and_option_that_a_sentence_names_exists(page: Path) -> None:
    for code in inline_code(page):
        if ours := of_ours(code):
            name, left = chosen(*ours)
            options = {option for each in KNOWN[name].params for option in each.opts} | {"--help"}
            assert {part for part in left if part.startswith("--")} <= options, code
            assert left[:1] == [] or left[0].startswith("--") or not isinstance(KNOWN[name], TyperGroup), code


def test_every_command_of_a_tutorial_is_run_by_a_test_or_a_reason_says_why_not() -> None:
    written = {command for page in GUIDED for command in block_commands(page)}
    pasted = {command for page in pasted_pages() for command in block_commands(page)}
    assert pasted - set(NOT_RUN) != set()
    assert written - {*RUN_BY, *NOT_RUN, *pasted} == set(), (
        "say in RUN_BY which test runs it, or why none does"
    )
    assert {*RUN_BY, *NOT_RUN} - written == set(), "no tutorial has these any more"


@pytest.mark.parametrize("command", RUN_BY)
def test_the_test_named_for_a_command_runs_it(command: str) -> None:
    source = (ROOT / RUN_BY[command]).read_text("utf-8")
    words = command.removeprefix(".venv/bin/homework ").split()
    asked = {"make run": "Up(", "make demo": "make demo"}.get(command)
    assert (asked and asked in source) or re.search(r'"[,\s]+"'.join(map(re.escape, words)), source), command


def test_a_command_that_does_not_exist_would_be_found() -> None:
    with pytest.raises(Exception, match="No such option"):
        KNOWN["homework status"].make_context("status", ["--nothing"])
    assert chosen("homework", ["nothing"]) == ("homework", ["nothing"])
    assert of_ours("kubectl -n homework get pods") is None
    assert of_ours("ENGINE_API_KEY_FILE=key homework up --engine x  # why") == (
        "homework",
        ["up", "--engine", "x"],
    )
