"""`homework up` goes on whatever prevents a service from being started again."""

import shutil
from pathlib import Path

import pytest
from tests.support.waiting import eventually

from homework_cli.stack import processes
from homework_cli.stack.processes import Child
from homework_cli.stack.stack import Stack


class RunningBroker:
    """A broker that needs nothing."""

    def revive(self) -> None: ...

    def stop(self) -> None: ...


async def test_a_service_that_cannot_be_started_is_reported_once_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    stack = Stack(tmp_path, tmp_path / "homework.db", said.append)
    monkeypatch.setattr(stack, "broker", RunningBroker())
    monkeypatch.setattr(processes, "_MAX_WAIT_SECONDS", 0.0)
    logs = tmp_path / "logs"
    logs.mkdir()
    child = Child("api", ["this"], {}, logs)
    child._wait = 0.0
    stack._children = [child]
    try:
        child.start()
        await eventually(lambda: not child.running)
        shutil.rmtree(logs)
        stack.supervise()
        stack.supervise()
        assert len(said) == 1
        assert "is tried again" in said[0]
        logs.mkdir()
        stack.supervise()
        assert said[1].startswith("api ended with exit code 0 and was started again")
    finally:
        stack.stop()
