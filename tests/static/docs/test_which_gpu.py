"""The pages about GPUs use addresses that the command line accepts."""

import re

from homework_cli.stack.engine import checked_engine
from tests.support.processes import ROOT

README = ROOT / "README.md"
PAGES = [README, *(ROOT / f"docs/{name}.md" for name in ("which-gpu", "cli", "compose", "kubernetes"))]


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
