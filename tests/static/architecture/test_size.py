"""Limits the length of files and functions, so that a reviewer does not have to count."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MAX_FILE_LINES = 310
# A test file lists cases that are read one by one, so it may be longer than a file of the product.
MAX_TEST_FILE_LINES = 400
MAX_FUNCTION_LINES = 50
FOLDERS = ("shared", "packages", "services", "cli", "tests", "bench", "docs")


def sources(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "build" not in path.parts)


def long_files(folder: Path) -> Iterator[str]:
    for path in sources(folder):
        limit = MAX_TEST_FILE_LINES if "tests" in path.relative_to(folder.parent).parts else MAX_FILE_LINES
        if (lines := len(path.read_text().splitlines())) > limit:
            yield f"{path} has {lines} lines"


def long_functions(folder: Path) -> Iterator[str]:
    for path in sources(folder):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MAX_FUNCTION_LINES:
                    yield f"{path}: {node.name} has {lines} lines"


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_file_and_no_function_is_longer_than_the_limit(folder: str) -> None:
    assert sources(ROOT / folder)
    assert [*long_files(ROOT / folder), *long_functions(ROOT / folder)] == []


def test_what_is_too_long_is_named(tmp_path: Path) -> None:
    body = "    pass\n" * MAX_FUNCTION_LINES
    (tmp_path / "module.py").write_text(f"def long() -> None:\n{body}" + "\n" * MAX_FILE_LINES)
    assert [*long_files(tmp_path)] == [f"{tmp_path}/module.py has 361 lines"]
    assert [*long_functions(tmp_path)] == [f"{tmp_path}/module.py: long has 51 lines"]
