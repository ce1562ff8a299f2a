"""The pages that lead to a GPU give addresses that the command line takes, and no page has a dead link."""

import re
from pathlib import Path

import pytest

from homework_cli.stack.engine import checked_engine
from tests.support.processes import ROOT

README = ROOT / "README.md"
PAGES = [README, *(ROOT / f"docs/{name}.md" for name in ("which-gpu", "cli", "compose", "kubernetes"))]
LINKED = [README, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]


def anchors(page: Path) -> set[str]:
    """The headings of a page as GitHub's links name them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.stem)
def test_every_link_leads_to_a_page_and_a_heading_that_is_there(page: Path) -> None:
    # Two folders up from a file at GitHub are the repository's own pages there, such as its form for reports.
    for target in re.findall(r"\]\((?!https?:|\.\./\.\./security/)([^)]+)\)", page.read_text()):
        name, _, anchor = target.partition("#")
        there = page.parent / name if name else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


def test_every_engine_that_the_pages_name_is_taken() -> None:
    named = {url for page in PAGES for url in re.findall(r"--engine (http[^\s\"`]+)", page.read_text())}
    assert len(named) >= 4
    for url in named:
        assert checked_engine(url, "gemma3:4b").url == url


def test_the_readme_brings_a_mac_to_its_homework_with_three_commands() -> None:
    section = README.read_text().split("three commands:")[1]
    commands = section.split("```bash\n")[1].split("```")[0].splitlines()
    assert [command.split()[0] for command in commands] == ["ollama", "make", ".venv/bin/homework"]
    pulled, run = commands[0].split()[2], commands[1]
    assert f'ARGS="--engine http://127.0.0.1:11434/v1 --model {pulled}"' in run
    assert "homework up $(ARGS)" in (ROOT / "Makefile").read_text()
