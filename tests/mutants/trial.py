"""One mutant on trial: put into a copy of the working tree, and the tests of its module run there."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkerOutcome

from tests.mutants.operators import Mutant
from tests.support.processes import ROOT

PACKAGES = ("shared", "packages/client", "services/api", "services/mock_generator", "services/generator",
            "services/colab", "services/console", "cli")  # fmt: skip
PYTEST = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-k", "not postgresql"]


LONGEST_SECONDS = 120.0
"""Tests that take longer hang, and have noticed."""


@dataclass(frozen=True)
class Verdict:
    """`before` and `after` are the line that was changed; the line does not move with the lines above it."""

    mutant: Mutant
    noticed: bool
    before: str
    after: str


def try_all(
    mutants: Sequence[Mutant], modules: dict[str, list[str]], deadline: float, look_first: bool
) -> list[Verdict]:
    """All of them, one after another, in one copy. `look_first`: run their tests without any fault before."""
    _make_copy()
    try:
        concerned = {each.module for each in mutants}
        _warm_up(sorted({test for path in concerned for test in modules[path]}))
        if look_first:
            for path in sorted(concerned):
                if not _passes(modules[path]):
                    raise SystemExit(f"the tests of {path} fail without any fault: mend them first")
        return list(_verdicts(mutants, modules, deadline))
    finally:
        _remove_copy()


def _verdicts(mutants: Sequence[Mutant], modules: dict[str, list[str]], deadline: float) -> Iterator[Verdict]:
    for each in mutants:
        if time.monotonic() > deadline:
            return
        verdict = _try_mutant(each, modules[each.module], LONGEST_SECONDS)
        if verdict is not None:
            mark = "" if verdict.noticed else f"NOT NOTICED {verdict.before}  ->  {verdict.after}"
            print(f"{each.module}:{each.start[0]} {each.operator} {mark}", flush=True)
            yield verdict


def _make_copy() -> None:
    """A copy of what git tracks, for this process alone; packages are imported from there."""
    copy = Path(tempfile.mkdtemp(prefix="homework-mutants-"))
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    os.chdir(copy)
    os.environ["PYTHONPATH"] = os.pathsep.join(str(copy / package) for package in PACKAGES)
    os.environ.pop("PYTEST_ADDOPTS", None)


def _warm_up(tests: list[str]) -> None:
    """Compile what is imported: cosmic-ray forbids to write bytecode while a mutant is on trial."""
    subprocess.run([*PYTEST, "--collect-only", *tests], capture_output=True, check=True)


def _remove_copy() -> None:
    copy = Path.cwd()
    os.chdir(ROOT)
    shutil.rmtree(copy, ignore_errors=True)


def _passes(tests: list[str]) -> bool:
    """Whether the tests pass without any mutant."""
    return subprocess.run([*PYTEST, *tests], capture_output=True, check=False).returncode == 0


def _try_mutant(mutant: Mutant, tests: list[str], seconds: float) -> Verdict | None:
    """None: the tool could not put this one in. Tests that hang have noticed."""
    spec = MutationSpec(Path(mutant.module), mutant.operator, mutant.occurrence, mutant.start, mutant.end)
    result = mutate_and_test([spec], " ".join([*PYTEST[:-1], "'not postgresql'", *tests]), seconds)
    if result.worker_outcome is not WorkerOutcome.NORMAL:
        return None
    before, after = _changed_lines(result.diff or "")
    return Verdict(mutant, result.test_outcome is TestOutcome.KILLED, before, after)


def _changed_lines(diff: str) -> tuple[str, str]:
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    removed = [line[1:].strip() for line in lines if line.startswith("-")]
    added = [line[1:].strip() for line in lines if line.startswith("+")]
    return " ".join(removed), " ".join(added)
