"""The tables of the mutants are correct, and the sample's limit is not exceeded by chance."""

import ast
import tomllib
from pathlib import Path

import pytest

from tests.mutants.__main__ import HERE, may_be_luck
from tests.mutants.operators import mutants_of
from tests.support.processes import ROOT

MODULES = tomllib.loads((HERE / "modules.toml").read_text())
EQUIVALENT = tomllib.loads((HERE / "equivalent.toml").read_text())["mutant"]


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_faults_and_tests_that_are_there(module: str) -> None:
    assert mutants_of(module, (ROOT / module).read_text())
    assert all((ROOT / test).is_file() for test in MODULES[module])


@pytest.mark.parametrize("test", sorted({test for tests in MODULES.values() for test in tests}))
def test_what_needs_postgresql_says_so_in_its_name_by_which_the_mutants_leave_it_out(test: str) -> None:
    functions = [
        node
        for node in ast.walk(ast.parse((ROOT / test).read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]
    on_a_server = [each.name for each in functions if "postgres_url" in {one.arg for one in each.args.args}]
    assert [name for name in on_a_server if "postgresql" not in name] == []


@pytest.mark.parametrize(
    "entry", EQUIVALENT, ids=lambda entry: f"{Path(entry['module']).stem}: {entry['before']}"
)
def test_every_mutant_listed_as_equivalent_names_an_existing_line(entry: dict[str, str]) -> None:
    assert set(entry) <= {"module", "operator", "before", "after", "reason"}
    lines = " ".join((ROOT / entry["module"]).read_text().split())
    assert " ".join(entry["before"].split()) in lines
    assert len(entry["reason"]) > 20


@pytest.mark.parametrize(
    ("noticed", "tried", "is_luck"),
    [
        (12, 12, True),
        (7, 12, True),
        (6, 12, False),
        (0, 0, True),
        (0, 2, True),
        (0, 3, False),
        (90, 100, True),
    ],
)
def test_a_sample_fails_only_below_what_tests_that_notice_nine_of_ten_would_notice(
    noticed: int, tried: int, is_luck: bool
) -> None:
    assert may_be_luck(noticed, tried) is is_luck
    assert not may_be_luck(79, 100)


def test_log_lines_named_numbers_and_assurances_of_the_type_checker_are_left_out() -> None:
    source = (
        "BATCH = 300\n"
        "PAUSE = Backoff(0.2, 5.0)\n"
        "LEASE = timedelta(seconds=3)\n"
        "def f(a, *, b):\n"
        "    log.info('x', n=1)\n"
        "    return dict(zip(a[:30], b, strict=True))\n"
    )
    assert mutants_of("m.py", source) == []
    assert len(mutants_of("m.py", "LIMITS = (3, 4)\n")) == 4
