"""Where slow tests are, and how test files are handed out to processes that run side by side, so that all of
them end at about the same time.
"""

from collections.abc import Iterable, Set
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

FOLDERS = {
    "e2e": ("tests/e2e", "tests/robustness"),
    "compose": ("tests/e2e", "tests/robustness"),
    "browser": ("tests/e2e/browser",),
    "vllm": ("tests/e2e/vllm",),
}
"""The folders that `make` collects for each marker. To collect all tests takes a process several seconds."""


def never_run(items: Iterable[pytest.Item], root: Path) -> list[str]:
    """The tests that `make test` leaves out for their marker, and all other commands for their folder."""
    return [
        item.nodeid
        for item in items
        for marker, folders in FOLDERS.items()
        if item.get_closest_marker(marker)
        and not any(item.path.is_relative_to(root / folder) for folder in folders)
    ]


class LateScheduling(LoadFileScheduling):
    """Files in the order in which they were collected, each whole to one process.

    The tests of the files in `test_by_test` share nothing that takes long to start, so each of them is handed
    out alone.
    """

    def __init__(self, config: pytest.Config, log: Producer | None, test_by_test: Set[str]) -> None:
        super().__init__(config, log)
        self._test_by_test = test_by_test

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return nodeid if file in self._test_by_test else file

    def _reschedule(self, node: WorkerController) -> None:
        # A process runs a test once it knows the following one, so it gets its next file for its last test.
        # xdist gives it one test earlier. The file then waits for two tests while another process is idle.
        if not self.workqueue or self._pending_of(self.assigned_work[node]) < 2:
            super()._reschedule(node)
