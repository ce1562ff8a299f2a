"""The generator's life cycle on the in-memory broker: it qualifies, serves, rebuilds once and ends."""

import asyncio
from pathlib import Path

import pytest
from tests.support.broker.clients import send
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.messages import job, sealed
from tests.support.waiting import eventually

from homework_generator import metrics
from homework_generator.engines.engine import Engine, EngineProfile
from homework_generator.errors import CannotStart
from homework_generator.serve import worker_settings
from homework_generator.settings import GeneratorSettings
from homework_generator.writing.requests import Completion, Request
from homework_shared.errors import GeneratorLost
from homework_shared.exercises.messages import GeneratorStatus, decode
from homework_shared.messaging.topology import JOB_DESTINATION, JOBS
from homework_shared.worker.stats import WorkerStats

from .engines import PROFILE, Engines, ScriptedEngine, StartsWith, whole, written
from .serving import QUALIFYING, generator, results


async def test_a_model_that_does_not_qualify_gets_no_job() -> None:
    broker, engine, stop = MemoryBroker(), ScriptedEngine(lambda _: whole("nonsense")), asyncio.Event()
    await send(broker, JOB_DESTINATION, sealed(job()))
    with pytest.raises(CannotStart, match=r"0 % usable, 60 % needed .*invalid 6"):
        await generator(broker, Engines(engine)).run(stop)
    assert broker.queues[JOBS].ready[0].deliveries == 0
    assert engine.is_closed


async def test_a_setting_takes_a_model_that_does_not_qualify() -> None:
    broker, stop = MemoryBroker(), asyncio.Event()
    engine = ScriptedEngine(lambda _: whole("nonsense"))
    taking = generator(broker, Engines(engine), ignore_qualification=True)
    running = asyncio.create_task(taking.run(stop))
    await eventually(lambda: broker.queues[JOBS].consumers == 1)
    stop.set()
    await running


@pytest.mark.parametrize(("self_check", "solved"), [(True, QUALIFYING + 3), (False, 0)])
async def test_the_self_check_is_a_setting(self_check: bool, solved: int) -> None:
    broker, engine, stop = MemoryBroker(), ScriptedEngine(), asyncio.Event()
    running = asyncio.create_task(generator(broker, Engines(engine), self_check=self_check).run(stop))
    await send(broker, JOB_DESTINATION, sealed(job()))
    await eventually(lambda: results(broker) == 1)
    stop.set()
    await running
    assert len(engine.solved) == solved


async def test_it_serves_until_it_is_stopped_and_shuts_the_engine_down() -> None:
    broker, engine, stop = MemoryBroker(), ScriptedEngine(), asyncio.Event()
    running = asyncio.create_task(generator(broker, Engines(engine)).run(stop))
    await send(broker, JOB_DESTINATION, sealed(job()), sealed(job()))
    await eventually(lambda: results(broker) == 2)
    stop.set()
    await running
    assert engine.is_closed


async def test_it_announces_its_engine_and_what_became_of_its_tries() -> None:
    broker, stop = MemoryBroker(), asyncio.Event()
    nonsense = iter([whole("nonsense")])
    engine = ScriptedEngine(lambda request: next(nonsense, None) or written(request))
    running = asyncio.create_task(generator(broker, Engines(engine)).run(stop))
    await eventually(lambda: bool(broker.announced))
    stop.set()
    await running
    announced = broker.announced[0]
    status = decode(GeneratorStatus, announced.type, announced.body)
    assert (status.engine, status.server) == (PROFILE.engine, PROFILE.server)
    assert (status.tries, status.usable) == (QUALIFYING, QUALIFYING - 1)
    assert [(fault.name, fault.count) for fault in status.faults] == [("invalid", 1)]


async def test_a_dead_engine_is_rebuilt_once_and_its_jobs_are_done_by_the_next() -> None:
    broker, stop = MemoryBroker(), asyncio.Event()
    mortal = ScriptedEngine()

    def die_after_qualifying(request: Request) -> Completion | Exception:
        if len(mortal.prompts) > QUALIFYING:
            mortal.dead = True
            return GeneratorLost("the engine core died")
        return written(request)

    mortal.answer = die_after_qualifying
    engines = Engines(mortal, ScriptedEngine())
    await send(broker, JOB_DESTINATION, *(sealed(job()) for _ in range(4)))
    running = asyncio.create_task(generator(broker, engines).run(stop))
    await eventually(lambda: results(broker) == 4)
    stop.set()
    await running
    assert engines.started == 2
    assert mortal.is_closed


async def test_an_idle_engine_that_dies_is_noticed_too_and_a_second_death_is_the_end() -> None:
    broker, first, second = MemoryBroker(), ScriptedEngine(), ScriptedEngine()
    running = asyncio.create_task(generator(broker, Engines(first, second)).run(asyncio.Event()))
    await eventually(lambda: broker.queues[JOBS].consumers == 1)
    first.dead = True
    await eventually(lambda: len(second.prompts) == 3 and broker.queues[JOBS].consumers == 1)
    second.dead = True
    with pytest.raises(GeneratorLost):
        await running
    assert first.is_closed
    assert second.is_closed


async def test_it_can_be_stopped_while_the_model_loads() -> None:
    loading, cancelled = asyncio.Event(), asyncio.Event()

    async def start(_stats: object) -> ScriptedEngine:
        loading.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        raise AssertionError

    stop = asyncio.Event()
    running = asyncio.create_task(generator(MemoryBroker(), StartsWith(start)).run(stop))
    await loading.wait()
    stop.set()
    await running
    assert cancelled.is_set()


async def test_it_holds_as_many_jobs_as_the_engine_runs_requests() -> None:
    broker, engine, stop = MemoryBroker(), ScriptedEngine(seconds=0.3), asyncio.Event()
    running = asyncio.create_task(generator(broker, Engines(engine)).run(stop))
    await eventually(lambda: broker.queues[JOBS].consumers == 1)
    await send(broker, JOB_DESTINATION, *(sealed(job(quantity=1)) for _ in range(20)))
    await eventually(lambda: engine.running == PROFILE.requests_at_once)
    # The first job arrived through a subscription of its own.
    assert broker.queues[JOBS].unsettled <= PROFILE.requests_at_once + 1
    stop.set()
    await running


async def test_the_status_file_shows_the_current_state(tmp_path: Path) -> None:
    file, stop = tmp_path / "status.txt", asyncio.Event()
    running = asyncio.create_task(
        generator(MemoryBroker(), Engines(ScriptedEngine()), status_file=file).run(stop)
    )
    await eventually(lambda: file.exists() and "taking jobs" in file.read_text())
    assert "gpu-1" in file.read_text()
    stop.set()
    await running


async def test_a_rebuild_that_cannot_start_is_worth_a_new_process() -> None:
    broker, first = MemoryBroker(), ScriptedEngine()
    starts = 0

    async def start(_stats: object) -> ScriptedEngine:
        nonlocal starts
        starts += 1
        if starts == 2:
            raise CannotStart("free memory is less than desired")
        return first

    running = asyncio.create_task(generator(broker, StartsWith(start)).run(asyncio.Event()))
    await eventually(lambda: broker.queues[JOBS].consumers == 1)
    first.dead = True
    with pytest.raises(GeneratorLost, match="free memory"):
        await running


async def test_a_first_start_that_fails_is_not_tried_again() -> None:
    async def start(_stats: object) -> ScriptedEngine:
        raise CannotStart("the engine did not start")

    with pytest.raises(CannotStart):
        await generator(MemoryBroker(), StartsWith(start)).run(asyncio.Event())


def test_a_worker_says_what_it_runs_on_and_holds_as_many_jobs_as_its_engine_runs_requests() -> None:
    settings = GeneratorSettings.model_validate({"worker_id": "gpu-1", "drain_seconds": 7})
    profile = EngineProfile("vLLM", "tiny", 16, gpu="Tesla T4", gpu_memory_gb=14.6)
    worker = worker_settings(settings, profile)
    assert (worker.gpu, worker.gpu_memory_gb, worker.prefetch) == ("Tesla T4", 14.6, 16)
    assert worker.model == "tiny"
    assert (worker.queue, worker.kind, worker.last_resort) == (JOBS, "vllm", False)
    assert (worker.worker_id, worker.drain_seconds) == ("gpu-1", 7)
    without = worker_settings(settings, PROFILE)
    assert (without.gpu, without.gpu_memory_gb) == (None, None)


async def test_what_a_generator_does_is_on_its_screen_and_a_rebuild_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broker, first, second, stop = MemoryBroker(), ScriptedEngine(), ScriptedEngine(), asyncio.Event()
    phases: list[str] = []
    before = metrics.engine_restarts._value.get()
    serving = generator(broker, Engines(first, second))
    starting = serving._starter.start

    async def start(stats: WorkerStats) -> Engine:
        phases.append(serving._screen.phase)
        return await starting(stats)

    def look(request: Request) -> Completion:
        phases.append(serving._screen.phase)
        return written(request)

    monkeypatch.setattr(serving._starter, "start", start)
    first.answer = second.answer = look
    running = asyncio.create_task(serving.run(stop))
    await eventually(lambda: broker.queues[JOBS].consumers == 1)
    phases.append(serving._screen.phase)
    first.dead = True
    await eventually(lambda: len(second.prompts) == 3 and broker.queues[JOBS].consumers == 1)
    stop.set()
    await running
    assert list(dict.fromkeys(phases)) == ["loading the model", "writing exercises to qualify", ""]
    assert (len(first.prompts), len(second.prompts)) == (QUALIFYING, 3)
    assert serving._screen.phase == "stopping"
    assert metrics.engine_restarts._value.get() == before + 1


async def test_a_stop_while_the_engine_dies_ends_the_generator_normally() -> None:
    broker, engine, stop = MemoryBroker(), ScriptedEngine(), asyncio.Event()
    running = asyncio.create_task(generator(broker, Engines(engine)).run(stop))
    await eventually(lambda: broker.queues[JOBS].consumers == 1)
    stop.set()
    engine.dead = True
    await running
    assert engine.is_closed
