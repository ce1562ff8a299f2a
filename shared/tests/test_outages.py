"""The log lines about an outage."""

import asyncio
import random

import pytest
from structlog.testing import capture_logs

from homework_shared.errors import LinkLost
from homework_shared.runtime import retry
from homework_shared.runtime.retry import TOLD_AGAIN_SECONDS, Backoff, _News, retrying

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


def test_an_error_is_news_again_a_minute_after_the_log_began_and_then_a_minute_later() -> None:
    now = 1000.0
    news = _News(lambda: now)
    told = []
    for seconds in (0, 30, 29.9, 0.1, 59.9, 0.1):
        now += seconds
        told.append((now - 1000, news.is_new("refused"), news.is_new("refused")))
    assert [at for at, is_new, _ in told if is_new] == [0, TOLD_AGAIN_SECONDS, 2 * TOLD_AGAIN_SECONDS]
    assert not any(again for _, _, again in told)
    assert news.is_new("another")


async def test_an_outage_says_how_long_it_waits_for_the_next_try(monkeypatch: pytest.MonkeyPatch) -> None:
    async def pause(_stop: asyncio.Event, _seconds: float) -> None:
        pass

    monkeypatch.setattr(retry, "pause", pause)
    monkeypatch.setattr(random, "uniform", lambda _low, _high: 7.26)
    left = [LinkLost("refused")]

    async def attempt() -> None:
        if left:
            raise left.pop()

    with capture_logs() as lines:
        await retrying("relay", asyncio.Event(), Backoff(1, 60))(attempt)
    [line] = lines
    assert (line["what"], line["error"], line["attempt"], line["wait_seconds"]) == (
        "relay",
        "refused",
        1,
        7.3,
    )
