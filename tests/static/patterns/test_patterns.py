"""No regular expression that reads a text from outside costs more than a multiple of its length."""

import ast
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.static.patterns.growth import word_that_costs
from tests.static.patterns.recorded import FUNCTIONS, PACKAGES, Recorded

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def recorded() -> list[Recorded]:
    command = [sys.executable, "-m", "tests.static.patterns.recorded"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [Recorded(**{**each, "methods": set(each["methods"])}) for each in json.loads(done.stdout)]


def calls_of_re(file: Path) -> set[str]:
    return {
        f"{file}:{node.lineno}"
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) == "re"
        and node.func.attr in ("compile", *FUNCTIONS)
    }


@pytest.mark.timeout(300)
def test_every_pattern_is_linear(recorded: list[Recorded]) -> None:
    costly = {
        each.pattern: word
        for each in recorded
        if (word := word_that_costs(each.pattern, each.flags, searched=each.searched))
    }
    assert not costly, "each of these is quadratic or worse on a text that repeats the word beside it"


def test_every_call_that_makes_a_pattern_was_looked_at(recorded: list[Recorded]) -> None:
    looked_at = {place for each in recorded for place in each.places}
    folders = [Path(str(spec.origin)).parent for name in PACKAGES if (spec := find_spec(name))]
    there = {call for folder in folders for file in folder.rglob("*.py") for call in calls_of_re(file)}
    assert there
    assert not there - looked_at, "make tests/static/patterns/work.py go there"


@pytest.mark.parametrize(
    "pattern",
    [
        r"\[[^\]]*\]",
        r"<[^>]+>",
        r"a+b",
        r"^(a+)+$",
        r"^(?:a|ab|b)*c",
        r"^a*a*b",
        r"\s*,\s*x",
        r"(?<!\w)'(.+?)'(?!\w)",
        r"^[\W_]*\w.*[.!?]$",
        r"(?:[^\W_]++(?:'[^\W_]++)*+(?:[\W_]++|$)){3}",
        r"(\w+)-\1",
        r"(?i)A+b",
        r"\b(?=\w+x)y",
    ],
)
def test_a_pattern_that_grows_faster_than_the_text_is_found(pattern: str) -> None:
    assert word_that_costs(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"\[[^\[\]]*\]",
        r"\w+",
        r"\b\w+ed\b",
        r"(?<!\w)\w+ed",
        r"^[\W_]*[^\W_].*[.!?]$",
        r"\d+(?:[.,]\d+)*",
        r"\((?:[^()]++|\([^()]*+\))*+\)",
        r"\b(\w+) \1\b",
        r"\w{1,30}ed",
        r"",
    ],
)
def test_a_linear_pattern_is_accepted(pattern: str) -> None:
    assert word_that_costs(pattern) is None


def test_a_pattern_that_is_only_matched_may_begin_with_a_repetition() -> None:
    assert word_that_costs(r"\w+ista")
    assert word_that_costs(r"\w+ista", searched=False) is None
