"""What an outage writes into the log."""

import asyncio

import pytest
from structlog.testing import capture_logs

from homework_shared.errors import LinkLost
from homework_shared.runtime import retry
from homework_shared.runtime.retry import Backoff, retrying

AT_ONCE = Backoff(0.0, 0.0)


async def fail(times: int) -> None:
    left = [LinkLost(f"node {number % 2} refused") for number in range(times)]

    async def attempt() -> None:
        if left:
            raise left.pop()

    await retrying("relay", asyncio.Event(), AT_ONCE)(attempt)


async def test_an_outage_writes_each_error_once_a_minute_however_often_it_is_tried() -> None:
    with capture_logs() as lines:
        await fail(200)
    assert sorted(line["error"] for line in lines) == ["node 0 refused", "node 1 refused"]


async def test_an_outage_that_lasts_is_said_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "TOLD_AGAIN_SECONDS", 0.0)
    with capture_logs() as lines:
        await fail(4)
    assert len(lines) == 4
