"""`make mutants`: puts faults into the code, one at a time, and lists those that no test notices."""

import argparse
import random
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from math import comb
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.mutants.operators import mutants_of
from tests.mutants.trial import Verdict, try_all
from tests.support.processes import ROOT

HERE = Path(__file__).parent
GOAL = 0.9
LUCK = 0.001


def main() -> None:
    arguments = _arguments()
    modules = _modules(arguments.modules)
    mutants = [each for path in modules for each in mutants_of(path, (ROOT / path).read_text())]
    commit, faults = _commit(), Counter(each.module for each in mutants)
    if arguments.sample:
        mutants = random.Random(arguments.seed or commit).sample(mutants, min(arguments.sample, len(mutants)))
    # Parts of the work go to each process by turns: a copy and its warm-up serve many mutants.
    parts = [mutants[start :: arguments.jobs] for start in range(arguments.jobs)]
    deadline = time.monotonic() + arguments.seconds
    with ProcessPoolExecutor(arguments.jobs, mp_context=get_context("spawn")) as pool:
        trials = [pool.submit(try_all, part, modules, deadline) for part in parts]
        verdicts = [verdict for done in as_completed(trials) for verdict in done.result()]
    survivors = [each for each in verdicts if not each.noticed and not _is_equivalent(each)]
    for each in sorted(survivors, key=lambda each: each.mutant):
        print(f"{each.mutant.module}:{each.mutant.start[0]} ({each.mutant.operator})")
        print(f"  - {each.before}\n  + {each.after}")
    _print_table(verdicts, faults, len(mutants), commit)
    tried = sum(1 for each in verdicts if not _is_equivalent(each))
    if not may_be_luck(tried - len(survivors), tried):
        sys.exit(f"{len(survivors)} of {tried} faults were not noticed: write tests that notice them")


def may_be_luck(noticed: int, tried: int) -> bool:
    """Whether tests that notice 90 % of all faults notice so few of a sample, or fewer, once in a thousand.

    Of twelve they notice six or fewer once in 1,848 samples, which fails, and seven or fewer once in 231.
    """
    return sum(comb(tried, n) * GOAL**n * (1 - GOAL) ** (tried - n) for n in range(noticed + 1)) >= LUCK


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument(
        "modules", nargs="*", help="parts of module paths; default: all modules of modules.toml"
    )
    parser.add_argument("--sample", type=int, default=0, help="try only this many faults, drawn by the seed")
    parser.add_argument("--seed", help="default: the hash of the commit")
    parser.add_argument("--seconds", type=float, default=86_400, help="begin no other fault after this time")
    parser.add_argument("--jobs", type=int, default=2, help="try this many at a time, each in its own copy")
    return parser.parse_args()


def _modules(wanted: Sequence[str]) -> dict[str, list[str]]:
    """The modules and the tests that concern each."""
    listed: dict[str, list[str]] = tomllib.loads((HERE / "modules.toml").read_text())
    return {
        path: tests for path, tests in listed.items() if not wanted or any(part in path for part in wanted)
    }


def _is_equivalent(verdict: Verdict) -> bool:
    known: list[dict[str, Any]] = tomllib.loads((HERE / "equivalent.toml").read_text()).get("mutant", [])
    found = {
        "module": verdict.mutant.module, "operator": verdict.mutant.operator,
        "before": verdict.before, "after": verdict.after,
    }  # fmt: skip
    return any(all(found[name] == each[name] for name in found if name in each) for each in known)


def _commit() -> str:
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _print_table(verdicts: Sequence[Verdict], faults: Mapping[str, int], planned: int, commit: str) -> None:
    tried = Counter(each.mutant.module for each in verdicts)
    noticed = Counter(each.mutant.module for each in verdicts if each.noticed)
    known = Counter(each.mutant.module for each in verdicts if not each.noticed and _is_equivalent(each))
    print(f"\n{len(verdicts)} of {planned} mutants tried on {datetime.now(UTC):%Y-%m-%d} at {commit[:7]}")
    print("| module | faults | tried | noticed | equivalent | score |\n|---|---:|---:|---:|---:|---:|")
    for path in sorted(tried):
        score = noticed[path] / max(1, tried[path] - known[path])
        print(f"| {path} | {faults[path]} | {tried[path]} | {noticed[path]} | {known[path]} | {score:.0%} |")


if __name__ == "__main__":
    main()
