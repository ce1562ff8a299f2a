"""A server that went away is tried again, each time after a longer wait, until it has worked for a while."""

import asyncio

import pytest
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.waiting import eventually

from homework_generator import serve
from homework_generator.errors import CannotStart
from homework_shared.messaging.topology import JOBS
from homework_shared.runtime.retry import pause as really_pause

from .engines import Engines, ScriptedEngine
from .serving import generator


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds before each next try of the server. The tries follow each other at once."""
    waits: list[float] = []

    async def pause(stop: asyncio.Event, seconds: float) -> None:
        if seconds == serve._HEALTH_SECONDS:
            await really_pause(stop, seconds)
        else:
            waits.append(seconds)

    monkeypatch.setattr(serve, "_HEALTH_SECONDS", 0.01)
    monkeypatch.setattr(serve, "pause", pause)
    return waits


async def test_each_wait_is_twice_as_long_up_to_half_a_minute_until_the_server_has_worked_for_a_while(
    waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    broker, stop = MemoryBroker(), asyncio.Event()
    first, second, third, fourth = (ScriptedEngine() for _ in range(4))
    refusals = [CannotStart("nobody listens")] * 6
    engines = Engines(first, *refusals, second, third, fourth, returns_by_itself=True)
    running = asyncio.create_task(generator(broker, engines).run(stop))

    async def until_working(starts: int) -> None:
        await eventually(lambda: engines.started == starts and broker.queues[JOBS].consumers == 1)

    await until_working(1)
    first.dead = True
    await until_working(8)
    assert waits == [1, 2, 4, 8, 16, 30, 30]
    second.dead = True  # after less than ten seconds of work
    await until_working(9)
    monkeypatch.setattr(serve, "SETTLED_SECONDS", 0)
    third.dead = True
    await until_working(10)
    assert waits[7:] == [30, 1]
    stop.set()
    await running
    assert fourth.is_closed
