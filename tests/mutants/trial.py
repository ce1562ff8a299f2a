"""Tries one mutant: puts it into a copy of the working tree, and runs the tests of its module there."""

import difflib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

from tests.mutants.forks import OUTPUT, Forks
from tests.mutants.operators import Mutant
from tests.support.processes import ROOT

PACKAGES = ("shared", "packages/client", "services/api", "services/mock_generator", "services/generator",
            "services/colab", "services/console", "services/classroom", "cli")  # fmt: skip
LONGEST_SECONDS = 300.0


def _patience(seconds: float) -> float:
    """The time after which the tests hang, which counts as noticed. `seconds` is their time
    without a fault.
    """
    return 5 + 2 * seconds


@dataclass(frozen=True)
class Verdict:
    """The outcome for a mutant. `before` and `after` are the text of the changed line, which identifies it
    even after lines above it have moved.
    """

    mutant: Mutant
    noticed: bool
    before: str
    after: str


def try_all(mutants: Sequence[Mutant], modules: dict[str, list[str]], deadline: float) -> list[Verdict]:
    """Try all mutants in one copy, one after another. First the tests have to pass without a fault."""
    _make_copy()
    try:
        concerned = sorted({each.module for each in mutants})
        python_path = os.pathsep.join(str(Path.cwd() / package) for package in PACKAGES)
        tests = sorted({test for path in concerned for test in modules[path]})
        with Forks(python_path, tests) as forks:
            limits = {
                path: _patience(_seconds_without_fault(path, modules[path], forks)) for path in concerned
            }
            return list(_verdicts(mutants, modules, limits, forks, deadline))
    finally:
        _remove_copy()


def _seconds_without_fault(path: str, tests: Sequence[str], forks: Forks) -> float:
    begun = time.monotonic()
    if not forks.passes(tests, LONGEST_SECONDS):
        raise RuntimeError(f"the tests of {path} fail without any fault:\n{OUTPUT.read_text()}")
    return time.monotonic() - begun


def _verdicts(
    mutants: Sequence[Mutant],
    modules: dict[str, list[str]],
    limits: Mapping[str, float],
    forks: Forks,
    deadline: float,
) -> Iterator[Verdict]:
    for each in mutants:
        if time.monotonic() > deadline:
            return
        verdict = _try_mutant(each, modules[each.module], limits[each.module], forks)
        if verdict is not None:
            mark = "" if verdict.noticed else f"NOT NOTICED {verdict.before}  ->  {verdict.after}"
            print(f"{each.module}:{each.start[0]} {each.operator} {mark}", flush=True)
            yield verdict


def _make_copy() -> None:
    """Copy what git tracks, for this process alone. Packages are imported from the copy."""
    copy = Path(tempfile.mkdtemp(prefix="homework-mutants-"))
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    os.chdir(copy)


def _remove_copy() -> None:
    copy = Path.cwd()
    os.chdir(ROOT)
    shutil.rmtree(copy, ignore_errors=True)


def _try_mutant(mutant: Mutant, tests: Sequence[str], seconds: float, forks: Forks) -> Verdict | None:
    """Try one mutant. Returns None if the tool could not apply it. Tests that hang have noticed it."""
    file = Path(mutant.module)
    code = file.read_text(encoding="utf-8")
    if (changed := _with_fault(code, mutant)) is None:
        return None
    file.write_text(changed, encoding="utf-8")
    try:
        before, after = _changed_lines(code, changed)
        return Verdict(mutant, not forks.passes(tests, seconds, impatient=True), before, after)
    finally:
        file.write_text(code, encoding="utf-8")


def _with_fault(code: str, mutant: Mutant) -> str | None:
    try:
        changed: str | None = mutate_code(code, get_operator(mutant.operator)(), mutant.occurrence)
    except AttributeError:  # This is an exception with a dotted name, which cosmic-ray cannot replace.
        return None
    return changed


def _changed_lines(code: str, changed: str) -> tuple[str, str]:
    lines = list(difflib.unified_diff(code.splitlines(), changed.splitlines(), n=0, lineterm=""))[3:]
    removed = [line[1:].strip() for line in lines if line.startswith("-")]
    added = [line[1:].strip() for line in lines if line.startswith("+")]
    return " ".join(removed), " ".join(added)
