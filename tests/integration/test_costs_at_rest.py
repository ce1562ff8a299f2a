"""The cost of one job by itself on SQLite, counted in moves of work from the event loop to a thread. A move
takes little CPU, but the job waits for a free processor twice.
"""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.support.api.pipeline import Pipeline, running
from tests.support.api.pipeline_steps import only_homework, with_tokens
from tests.support.broker.clients import send
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.messages import generated
from tests.support.waiting import eventually

from homework_api.database.engine import Database
from homework_api.pipeline import results
from homework_shared.exercises.messages import GeneratorKind
from homework_shared.language.examine import load as load_tables
from homework_shared.messaging.topology import RESULT_DESTINATION, RESULTS

WRITER, READER, ANY = "sqlite-writer", "sqlite-reader", "any"


@pytest.fixture(scope="module", autouse=True)
def language() -> None:
    load_tables()


@pytest.fixture
def memory() -> MemoryBroker:
    return MemoryBroker()


@pytest.fixture
async def pipeline(
    sqlite_url: str, memory: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Pipeline]:
    monkeypatch.setattr("homework_api.pipeline.relay.POLL_SECONDS", 3600.0)
    database = Database(sqlite_url)
    yield Pipeline(database, lambda _user: memory)
    await database.close()


@pytest.fixture
async def moves(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The threads to which the event loop gave work, by their names."""
    seen: list[str] = []
    loop = asyncio.get_running_loop()
    run = loop.run_in_executor

    def noting(executor: Any, work: Any, *arguments: Any) -> Any:
        seen.append(getattr(executor, "_thread_name_prefix", ANY))
        return run(executor, work, *arguments)

    monkeypatch.setattr(loop, "run_in_executor", noting)
    return seen


async def store_its_result(
    pipeline: Pipeline, memory: MemoryBroker, moves: list[str], by: GeneratorKind = GeneratorKind.VLLM
) -> list[str]:
    """Store the result of the only homework. Returns the threads to which that was given."""
    job_id = (await only_homework(pipeline)).job_id
    answers = await with_tokens(pipeline.database, [generated(job_id, by)])
    moves.clear()
    await send(memory, RESULT_DESTINATION, *answers)
    await eventually(lambda: not memory.queues[RESULTS].ready and not memory.queues[RESULTS].unsettled)
    taken = list(moves)
    assert (await only_homework(pipeline)).status == "available"
    return taken


async def test_a_job_by_itself_is_moved_to_a_thread_three_times(
    pipeline: Pipeline, memory: MemoryBroker, moves: list[str]
) -> None:
    async with running(pipeline.relay.run, pipeline.results.run):
        await eventually(lambda: pipeline.handoff.lease(1) and pipeline.results._is_loaded)
        await eventually(lambda: WRITER in moves)  # The first look of the relay, the last move of a start.
        await pipeline.student()
        moves.clear()
        await pipeline.assign(deadline_seconds=600)
        del moves[0]  # the student of `assign`
        await eventually(lambda: len(moves) == 2)
        assert moves == [WRITER, WRITER]  # accepting, and settling the row that was published
        assert await store_its_result(pipeline, memory, moves) == [WRITER]


async def test_results_that_take_longer_to_check_do_not_keep_the_writer(
    pipeline: Pipeline, memory: MemoryBroker, moves: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "SHORT_BYTES", 100)
    await pipeline.assign(deadline_seconds=600)
    async with running(pipeline.results.run):
        await eventually(lambda: pipeline.results._is_loaded)
        assert await store_its_result(pipeline, memory, moves) == [READER, ANY, WRITER]


async def test_a_result_that_may_wait_for_the_tables_of_the_language_does_not_keep_the_writer(
    pipeline: Pipeline, memory: MemoryBroker, moves: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end = threading.Event()
    monkeypatch.setattr(results, "load_tables", lambda: may_end.wait(60))
    await pipeline.assign(deadline_seconds=600)
    async with running(pipeline.results.run):
        await eventually(lambda: memory.queues[RESULTS].consumers)
        taken = await store_its_result(pipeline, memory, moves, GeneratorKind.MOCK)
        may_end.set()
    assert taken == [READER, ANY, WRITER]


async def test_while_a_result_is_checked_another_process_may_write(
    pipeline: Pipeline,
    memory: MemoryBroker,
    moves: list[str],
    monkeypatch: pytest.MonkeyPatch,
    sqlite_url: str,
) -> None:
    file, judge, checked = Path(sqlite_url.rpartition("sqlite+aiosqlite:///")[2]), results._judge_all, []

    def judge_and_write(*arguments: Any) -> Any:
        with closing(sqlite3.connect(file, timeout=0)) as connection:
            connection.execute("BEGIN IMMEDIATE")
        checked.append(threading.current_thread().name)
        return judge(*arguments)

    monkeypatch.setattr(results, "_judge_all", judge_and_write)
    await pipeline.assign(deadline_seconds=600)
    async with running(pipeline.results.run):
        await eventually(lambda: pipeline.results._is_loaded)
        await store_its_result(pipeline, memory, moves)
    assert checked == [f"{WRITER}_0"]
