"""Limits the length of files and functions, so that a reviewer does not have to count."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MAX_FILE_LINES = 310
# A test file lists cases that are read one by one, so it may be longer than a file of the product.
MAX_TEST_FILE_LINES = 400
MAX_FUNCTION_LINES = 50
SOURCES = sorted(
    path
    for folder in ("shared", "packages", "services", "cli", "tests", "bench", "docs")
    for path in (ROOT / folder).rglob("*.py")
    if "build" not in path.parts
)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_longer_than_the_limit(path: Path) -> None:
    limit = MAX_TEST_FILE_LINES if "tests" in path.parts else MAX_FILE_LINES
    assert len(path.read_text().splitlines()) <= limit, "split it into files with one subject each"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_function_is_longer_than_the_limit(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= MAX_FUNCTION_LINES, f"{node.name} has {lines} lines"
