"""An engine that is silent over its work is rebuilt, and a generator that idles too long ends."""

import asyncio
from dataclasses import replace

import pytest
from tests.support.broker.clients import send
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.messages import job, sealed
from tests.support.waiting import eventually

from homework_generator import serve
from homework_shared.errors import GeneratorLost
from homework_shared.messaging.topology import JOB_DESTINATION, JOBS, RESULTS
from homework_shared.runtime.retry import pause as really_pause
from homework_shared.worker.stats import WorkerStats

from .engines import Engines, ScriptedEngine, StartsWith
from .serving import Ticks, generator, results


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The number of seconds until each next check of the engine. The checks run soon after each other."""
    looks: list[float] = []

    async def pause(stop: asyncio.Event, seconds: float) -> None:
        looks.append(seconds)
        await really_pause(stop, seconds)

    monkeypatch.setattr(serve, "_HEALTH_SECONDS", 0.01)
    monkeypatch.setattr(serve, "pause", pause)
    return looks


async def test_it_ends_by_itself_after_idle_minutes() -> None:
    broker, engine = MemoryBroker(), ScriptedEngine()
    async with asyncio.timeout(30):
        await generator(broker, Engines(engine), idle_minutes=0.002).run(asyncio.Event())
    assert engine.is_closed


async def test_loading_is_not_idling(looks: list[float]) -> None:
    broker, engine, stop = MemoryBroker(), ScriptedEngine(), asyncio.Event()

    async def slow_start(stats: WorkerStats) -> ScriptedEngine:
        stats.active_at -= 3600  # It took this long.
        return engine

    running = asyncio.create_task(generator(broker, StartsWith(slow_start), idle_minutes=30).run(stop))
    await eventually(lambda: broker.queues[JOBS].consumers == 1)
    await eventually(lambda: len(looks) > 2)
    assert not running.done()
    stop.set()
    await running


async def test_an_engine_that_hangs_with_work_before_it_is_rebuilt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "_HEALTH_SECONDS", 0.01)
    monkeypatch.setattr(serve, "SILENT_SECONDS", 0.2)
    broker, stop = MemoryBroker(), asyncio.Event()
    silent = ScriptedEngine()
    engines = Engines(silent, ScriptedEngine())
    running = asyncio.create_task(generator(broker, engines).run(stop))
    await eventually(lambda: broker.queues[JOBS].consumers == 1)
    silent.seconds = 3600
    await send(broker, JOB_DESTINATION, sealed(job()))
    await eventually(lambda: results(broker) == 1)
    stop.set()
    await running
    assert engines.started == 2


async def test_a_slow_engine_that_gives_a_token_now_and_then_is_not_taken_for_a_hung_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serve, "_HEALTH_SECONDS", 0.01)
    monkeypatch.setattr(serve, "SILENT_SECONDS", 0.2)
    broker, stop, slow = MemoryBroker(), asyncio.Event(), ScriptedEngine()
    engines = Engines(slow)
    running = asyncio.create_task(generator(broker, engines).run(stop))
    await eventually(lambda: broker.queues[JOBS].consumers == 1)
    slow.seconds = 1.0
    await send(broker, JOB_DESTINATION, sealed(job()))
    assert slow.stats is not None
    while not results(broker):
        slow.stats.tokens += 1  # The real engine counts tokens while it streams them.
        await asyncio.sleep(0.05)
    stop.set()
    await running
    assert engines.started == 1


async def test_homework_that_waits_for_a_full_queue_is_not_taken_for_a_hung_engine(
    monkeypatch: pytest.MonkeyPatch, looks: list[float]
) -> None:
    monkeypatch.setattr(serve, "SILENT_SECONDS", 0.1)
    broker, engines, stop = MemoryBroker(), Engines(ScriptedEngine()), asyncio.Event()
    spec = broker.queues[RESULTS].spec
    assert spec is not None
    broker.queues[RESULTS].spec = replace(spec, limits={"max-length": 0})
    running = asyncio.create_task(generator(broker, engines).run(stop))
    await send(broker, JOB_DESTINATION, sealed(job()))
    await eventually(lambda: broker.queues[JOBS].unsettled == 1)
    looks.clear()
    await eventually(lambda: sum(looks) > 5 * serve.SILENT_SECONDS)
    assert (results(broker), broker.queues[JOBS].unsettled) == (0, 1)
    broker.queues[RESULTS].spec = spec
    await eventually(lambda: results(broker) == 1)
    stop.set()
    await running
    assert engines.started == 1


async def test_an_engine_without_work_is_not_taken_for_a_hung_one(
    monkeypatch: pytest.MonkeyPatch, looks: list[float]
) -> None:
    monkeypatch.setattr(serve, "SILENT_SECONDS", 0.05)
    engines, stop = Engines(ScriptedEngine()), asyncio.Event()
    running = asyncio.create_task(generator(MemoryBroker(), engines).run(stop))
    await eventually(lambda: sum(looks) > 5 * serve.SILENT_SECONDS)
    stop.set()
    await running
    assert engines.started == 1


@pytest.mark.parametrize(("generating", "every"), [(1, 170), (0, None)], ids=["slow", "without work"])
async def test_no_engine_is_taken_for_a_hung_one_as_long_as_tokens_come_or_none_are_due(
    monkeypatch: pytest.MonkeyPatch, generating: int, every: int | None
) -> None:
    watching = generator(MemoryBroker(), Engines(ScriptedEngine()))
    watching._stats.generating = generating
    ticks = Ticks(watching._stats, every, last=1000)
    monkeypatch.setattr(serve, "pause", ticks)
    leave = asyncio.Event()
    await watching._watch(ScriptedEngine(), asyncio.Event(), leave)
    assert (ticks.count, leave.is_set()) == (1000, True)


async def test_an_engine_that_is_silent_over_its_work_for_three_minutes_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watching = generator(MemoryBroker(), Engines(ScriptedEngine()))
    watching._stats.generating = 1
    ticks = Ticks(watching._stats, None, last=1000)
    monkeypatch.setattr(serve, "pause", ticks)
    leave = asyncio.Event()
    with pytest.raises(GeneratorLost, match="wrote nothing in 180 s"):
        await watching._watch(ScriptedEngine(), asyncio.Event(), leave)
    assert (ticks.count, leave.is_set()) == (180, False)


async def test_an_engine_is_watched_for_a_job_and_not_between_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    watching = generator(MemoryBroker(), Engines(ScriptedEngine()))
    watching._stats.generating = 1
    ticks = Ticks(watching._stats, 180, last=400)  # Each token arrives in the last second.
    monkeypatch.setattr(serve, "pause", ticks)
    await watching._watch(ScriptedEngine(), asyncio.Event(), asyncio.Event())
    assert ticks.count == 400


@pytest.mark.parametrize(("idle_seconds", "looks_at_it"), [(598, 5), (602, 0)])
async def test_a_generator_ends_after_its_idle_minutes_and_not_before(
    monkeypatch: pytest.MonkeyPatch, idle_seconds: int, looks_at_it: int
) -> None:
    watching = generator(MemoryBroker(), Engines(ScriptedEngine()), idle_minutes=10)
    watching._stats.active_at -= idle_seconds
    ticks = Ticks(watching._stats, None, last=5)
    monkeypatch.setattr(serve, "pause", ticks)
    leave, stop = asyncio.Event(), asyncio.Event()
    await watching._watch(ScriptedEngine(), stop, leave)
    assert (ticks.count, leave.is_set()) == (looks_at_it, True)
