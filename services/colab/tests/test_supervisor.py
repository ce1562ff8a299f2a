"""The supervisor restarts a generator if a new process helps."""

import sys
from pathlib import Path

import pytest

from homework_colab.supervisor import Supervisor


def count_and_exit(folder: Path, code: int) -> list[str]:
    script = f"import sys; open({str(folder / 'count')!r}, 'a').write('x'); sys.exit({code})"
    return [sys.executable, "-c", script]


@pytest.mark.parametrize(("code", "runs"), [(0, 1), (2, 1), (3, 1), (1, 1), (4, 4)])
def test_the_supervisor_restarts_only_after_a_dead_engine_and_not_for_ever(
    tmp_path: Path, code: int, runs: int
) -> None:
    assert Supervisor(count_and_exit(tmp_path, code), waits=(0.0, 0.0, 0.01)).run() == code
    assert (tmp_path / "count").read_text() == "x" * runs


def test_a_supervisor_that_is_stopped_between_two_starts_ends(tmp_path: Path) -> None:
    supervisor = Supervisor(count_and_exit(tmp_path, 4), waits=(60.0,))
    supervisor.stop()
    assert supervisor.run() in (4, -15)
