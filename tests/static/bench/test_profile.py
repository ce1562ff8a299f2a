"""`make profile` turns the stacks that py-spy writes into a table."""

import pytest
from bench.pipeline.profile import OTHER, STEPS, shares, step_of, table

from tests.support.processes import ROOT

_PACKAGES = {"homework_shared": "shared", "homework_api": "services/api", "bench": "."}
_RESULTS = "_judge_all (homework_api/pipeline/results.py:180)"
_CHECKS = "problems (homework_shared/language/examine.py:92)"


def test_a_sample_belongs_to_the_innermost_step_on_its_stack() -> None:
    assert step_of([_RESULTS, _CHECKS, "match (libpython3.11.so)"]) == "checks of the language"
    assert step_of([_RESULTS, "read (libc.so.6)"]) == "results"
    assert step_of(["uv_run (core.c:452)"]) == OTHER


def test_samples_of_threads_that_wait_are_left_out() -> None:
    lines = [
        f"{_RESULTS};{_CHECKS} 3",
        f"{_RESULTS} 1",
        f"{_RESULTS};PyThread_acquire_lock_timed (libpython3.11.so.1.0);0x7f80 (libc.so.6) 90",
    ]
    assert shares(lines) == {"checks of the language": 0.75, "results": 0.25}


def test_the_table_has_each_step_and_adds_them_up() -> None:
    told = table({"burst": {"api": {"HTTP": 0.25}, "worker": {"broker": 0.5}}})
    assert "| api | HTTP | 0.250 |" in told
    assert "| both | all | 0.750 |" in told


@pytest.mark.parametrize("step", STEPS)
def test_a_step_names_files_that_are_there(step: str) -> None:
    for beginning in STEPS[step]:
        package = beginning.split("/")[0]
        if package in _PACKAGES:
            assert (ROOT / _PACKAGES[package] / beginning).exists(), beginning
