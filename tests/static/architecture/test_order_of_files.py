"""Files that run side by side are handed out in order and late, and independent tests one by one."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.scheduling import FOLDERS, LateScheduling, never_run

TESTS = [
    *(f"one.py::test_{number}" for number in range(3)), *(f"two.py::test_{number}" for number in range(2)),
    *(f"apart.py::test_{number}" for number in range(2)), "last.py::test_0",
]  # fmt: skip


class Process:
    """A process of xdist, which collects what it is told to run."""

    def __init__(self, name: str) -> None:
        self.gateway = SimpleNamespace(id=name)
        self.shutting_down = False
        self.told: list[str] = []

    def send_runtest_some(self, indices: list[int]) -> None:
        self.told += [TESTS[index] for index in indices]

    def shutdown(self) -> None:
        self.shutting_down = True


def two_processes() -> tuple[Any, Process, Process]:
    config: Any = SimpleNamespace(
        option=SimpleNamespace(loadscopereorder=False, tx=["popen", "popen"], px=[], maxprocesses=None),
        getvalue=lambda name: ["popen", "popen"] if name == "tx" else [],
    )
    scheduling: Any = LateScheduling(config, None, {"apart.py"})
    processes = Process("gw0"), Process("gw1")
    for process in processes:
        scheduling.add_node(process)
        scheduling.add_node_collection(process, TESTS)
    scheduling.schedule()
    return scheduling, *processes


def finish(scheduling: Any, process: Process, *tests: str) -> None:
    for test in tests:
        scheduling.mark_test_complete(process, TESTS.index(test))


def test_a_process_gets_its_next_file_when_one_test_is_left() -> None:
    scheduling, first, second = two_processes()
    assert first.told == TESTS[:3]
    assert second.told == TESTS[3:5]
    finish(scheduling, first, TESTS[0])
    assert first.told == TESTS[:3]
    finish(scheduling, first, TESTS[1])
    assert first.told == [*TESTS[:3], "apart.py::test_0"]


def test_independent_tests_of_a_file_go_to_whoever_is_free() -> None:
    scheduling, first, second = two_processes()
    finish(scheduling, second, "two.py::test_0")
    finish(scheduling, first, *TESTS[:2])
    assert second.told[-1] == "apart.py::test_0"
    assert first.told[-1] == "apart.py::test_1"


def test_every_test_is_handed_out_once_and_processes_end_when_nothing_is_left() -> None:
    scheduling, first, second = two_processes()
    done = {id(first): 0, id(second): 0}
    while not scheduling.tests_finished:
        for process in (first, second):
            # The last test that a process knows of waits for the following one, or for the end.
            if done[id(process)] < len(process.told) - (not process.shutting_down):
                finish(scheduling, process, process.told[done[id(process)]])
                done[id(process)] += 1
    assert sorted(first.told + second.told) == sorted(TESTS)
    assert first.shutting_down
    assert second.shutting_down


@pytest.mark.parametrize("marker", FOLDERS)
def test_make_collects_the_folders_of_each_marker(marker: str) -> None:
    makefile = Path(__file__).parents[3] / "Makefile"
    assert f" {' '.join(FOLDERS[marker])} -m {marker}\n" in makefile.read_text()


def test_a_slow_test_in_a_folder_that_no_command_collects_is_named() -> None:
    def marked(marker: str, path: str) -> Any:
        return SimpleNamespace(nodeid=path, path=Path("/root", path), get_closest_marker=marker.__eq__)

    there = marked("e2e", "tests/robustness/test_one.py")
    lost = marked("e2e", "services/api/tests/test_two.py"), marked("vllm", "tests/e2e/browser/test_three.py")
    assert never_run([there, *lost, marked("", "cli/tests/test_four.py")], Path("/root")) == [
        "services/api/tests/test_two.py",
        "tests/e2e/browser/test_three.py",
    ]
