"""A table of problems quotes the messages that our programs print, so that a user finds them on the page."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.processes import ROOT

PAGES = ["docs/troubleshooting.md", "docs/tunnel.md"]
FEWEST_WORDS = 3
"""Shorter code in a table is the name of a field, a status or an error code."""
BETWEEN = "…"
"""Part of a formatted text that is filled in when the program runs; on a page it stands for any words."""
_CODE = re.compile(r"(?<!`)(`{1,2})(?!`)(.+?)\1(?!`)")


def quoted(page: str) -> list[str]:
    """The messages in the first column of the tables of a page. What follows a `…` is a part of its own."""
    first_cells = (line.split("|")[1] for line in page.splitlines() if line.startswith("|"))
    texts = (text for cell in first_cells for _, text in _CODE.findall(cell))
    parts = (part.strip(" :") for text in texts for part in text.split(BETWEEN))
    return [part for part in parts if len(part.split()) >= FEWEST_WORDS]


@cache
def said() -> str:
    """Every text of our programs, one to a line."""
    files = (file for top in ("cli", "packages", "services", "shared") for file in (ROOT / top).rglob("*.py"))
    return "\n".join(text for file in files if "tests" not in file.parts for text in texts_of(file))


def texts_of(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.JoinedStr):
            yield BETWEEN.join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize("name", PAGES)
def test_every_message_that_a_table_of_problems_quotes_is_one_of_our_programs(name: str) -> None:
    messages = quoted((ROOT / name).read_text("utf-8"))
    assert len(messages) > 4
    assert [message for message in messages if message not in said()] == []


def test_a_message_that_nothing_prints_would_be_found() -> None:
    row = (
        "| `the ngrok agent said nothing`, `ERR_NGROK_108` or `` run `homework up` … once more `` | do this |"
    )
    assert quoted(row) == ["the ngrok agent said nothing", "run `homework up`"]
    assert "the ngrok agent said nothing" not in said()
