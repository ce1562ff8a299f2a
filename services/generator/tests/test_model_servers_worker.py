"""The jobs of a worker whose server becomes unreachable."""

import asyncio

import pytest
from starlette.responses import JSONResponse, Response
from structlog.testing import capture_logs
from tests.support.broker.clients import send
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.generator import model_server as kinds
from tests.support.generator.model_server import Kind, serving
from tests.support.messages import job as job_message
from tests.support.messages import sealed
from tests.support.waiting import eventually

from homework_generator.engines.server import engine as engine_module
from homework_generator.errors import CannotStart
from homework_generator.serve import Generator
from homework_generator.settings import GeneratorSettings
from homework_shared.messaging.topology import JOB_DESTINATION, JOBS, RESULTS

from .servers import starter

pytestmark = pytest.mark.usefixtures("quick")


async def test_jobs_go_back_when_the_server_dies_and_are_done_when_it_is_there_again() -> None:
    """The server is killed in the middle of a request. The worker waits for it without a connection to the
    broker.
    """
    broker, stop = MemoryBroker(), asyncio.Event()
    async with serving(kinds.OLLAMA) as server:
        settings = GeneratorSettings.model_validate(
            {
                "model": server.model,
                "worker_id": "mac-1",
                "drain_seconds": 0.5,
                "qualifying_exercises": 3,
                "engine": {"max_num_seqs": 2},
                "server": {"url": server.url},
            }
        )
        working = asyncio.create_task(Generator(settings, broker, starter(server)).run(stop))
        await eventually(lambda: broker.queues[JOBS].consumers == 1)
        server._seconds = 0.05
        await send(broker, JOB_DESTINATION, sealed(job_message()))
        await eventually(lambda: server.running > 0)
        await server.stop()
        await eventually(lambda: broker.queues[JOBS].consumers == 0)
        assert len(broker.queues[JOBS].ready) == 1
        assert not working.done()
        server._seconds = 0.0
        await server.start()
        await eventually(lambda: len(broker.queues[RESULTS].ready) == 1)
        stop.set()
        await working


async def test_a_worker_that_waits_for_its_server_can_be_stopped() -> None:
    broker, stop = MemoryBroker(), asyncio.Event()
    async with serving(kinds.OLLAMA) as server:
        settings = GeneratorSettings.model_validate({"worker_id": "mac-1", "qualifying_exercises": 3})
        with capture_logs() as logs:
            working = asyncio.create_task(Generator(settings, broker, starter(server)).run(stop))
            await eventually(lambda: broker.queues[JOBS].consumers == 1)
            await server.stop()
            await send(broker, JOB_DESTINATION, sealed(job_message()))
            await eventually(lambda: sum(log["event"] == "engine_away" for log in logs) > 2)
            stop.set()
            await working
    assert any("the mock generator writes" in str(log.get("hint")) for log in logs)


async def test_a_server_that_comes_back_with_less_context_is_waited_for() -> None:
    """The server has qualified before, so its refusals are no reason to give it up permanently."""
    broker, stop = MemoryBroker(), asyncio.Event()
    async with serving(kinds.OLLAMA) as server:
        settings = GeneratorSettings.model_validate({"worker_id": "mac-1", "qualifying_exercises": 3})
        working = asyncio.create_task(Generator(settings, broker, starter(server)).run(stop))
        await eventually(lambda: broker.queues[JOBS].consumers == 1)
        server.answer = lambda body: server.error(400, "context") if "Level:" in str(body) else None
        await server.stop()
        await send(broker, JOB_DESTINATION, sealed(job_message()))
        await eventually(lambda: broker.queues[JOBS].consumers == 0)
        server.asked.clear()
        await server.start()
        await eventually(lambda: sum("Level:" in str(body) for body in server.asked) > 3)
        assert not working.done()
        server.answer = lambda _: None
        await eventually(lambda: len(broker.queues[RESULTS].ready) == 1)
        stop.set()
        await working


async def test_failures_before_a_server_was_lost_do_not_count_against_its_model() -> None:
    async with serving(kinds.OLLAMA) as server:
        failures = iter(range(engine_module.FAILURES_IN_A_ROW))

        def break_at_first(body: object) -> Response | None:
            broken = "Level:" in str(body) and next(failures, None) is not None
            return server.error(500, "warming up") if broken else None

        server.answer = break_at_first
        # With these failures at most nine of sixteen would be usable.
        settings = GeneratorSettings.model_validate(
            {"worker_id": "mac-1", "qualifying_exercises": 9, "min_usable_share": 0.6}
        )
        broker, stop = MemoryBroker(), asyncio.Event()
        working = asyncio.create_task(Generator(settings, broker, starter(server)).run(stop))
        await eventually(lambda: working.done() or broker.queues[JOBS].consumers == 1)
        stop.set()
        await working


async def test_a_servers_model_has_to_qualify_too() -> None:
    async with serving(Kind("library", ("json_schema",))) as server:
        given = starter(server)
        server.answer = lambda body: (
            JSONResponse({"choices": [{"message": {"content": "{}"}, "finish_reason": "stop"}]})
            if "Level:" in str(body)
            else None
        )
        settings = GeneratorSettings.model_validate({"worker_id": "mac-1", "qualifying_exercises": 3})
        with pytest.raises(CannotStart, match="does not write well enough: 0 % usable"):
            await Generator(settings, MemoryBroker(), given).run(asyncio.Event())
