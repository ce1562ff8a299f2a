"""The results consumer loads the tables of the language when it starts."""

import asyncio
import threading

import pytest
from tests.support.api.pipeline import Pipeline
from tests.support.api.pipeline_steps import only_homework
from tests.support.api.results_steps import is_settled
from tests.support.broker.clients import send
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.messages import generated
from tests.support.waiting import eventually

from homework_api.pipeline import results
from homework_shared.exercises.messages import GeneratorKind
from homework_shared.messaging.topology import RESULT_DESTINATION, RESULTS


async def test_beside_another_a_consumer_takes_no_result_before_it_has_loaded_the_language(
    pipeline: Pipeline, memory: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A result that it took while loading would have to wait, although the other consumer could store it at
    once.
    """
    may_end, stop = threading.Event(), asyncio.Event()
    monkeypatch.setattr(results, "load_tables", lambda: may_end.wait(60))
    async with memory.consumer(RESULTS, 1):
        running = asyncio.create_task(pipeline.results.run(stop))
        await asyncio.wait({running}, timeout=0.3)
        consumers = memory.queues[RESULTS].consumers
        may_end.set()
        await eventually(lambda: memory.queues[RESULTS].consumers == 2)
        stop.set()
        await running
    assert consumers == 1


async def test_alone_a_consumer_stores_the_mocks_homework_while_it_loads_the_language(
    pipeline: Pipeline, memory: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mock's homework is not checked against the tables, and nobody else would store it by
    its deadline.
    """
    await pipeline.assign()
    homework = await only_homework(pipeline)
    may_end, stop = threading.Event(), asyncio.Event()
    monkeypatch.setattr(results, "load_tables", lambda: may_end.wait(60))
    running = asyncio.create_task(pipeline.results.run(stop))
    await send(memory, RESULT_DESTINATION, generated(homework.job_id, by=GeneratorKind.MOCK))
    await eventually(lambda: is_settled(memory))
    still_loading = not may_end.is_set()
    may_end.set()
    stop.set()
    await running
    assert still_loading


async def test_a_consumer_that_is_stopped_while_it_loads_the_language_leaves_no_thread_behind(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end, ended, stop = threading.Event(), threading.Event(), asyncio.Event()

    def load() -> None:
        may_end.wait(60)
        ended.set()

    monkeypatch.setattr(results, "load_tables", load)
    stop.set()
    running = asyncio.create_task(pipeline.results.run(stop))
    stopped, _ = await asyncio.wait({running}, timeout=0.3)
    may_end.set()
    assert not stopped
    await running
    assert ended.is_set()
