"""The cost of a job in counts that do not depend on the machine: statements, commits, writes to the broker's
socket.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aiormq.abc import ChannelFrame
from pamqp import frame
from sqlalchemy import event, select
from sqlalchemy.sql import func
from tests.support.api.application import statements_of
from tests.support.api.pipeline import QUICK, Pipeline, running
from tests.support.api.pipeline_steps import with_tokens
from tests.support.api.rows import scalar, scalars
from tests.support.broker.clients import send, take
from tests.support.messages import exercises, generated
from tests.support.waiting import eventually

from homework_api.database.engine import Database
from homework_api.database.models import HOMEWORK, OutboxEntry
from homework_api.domain.access import EVERYTHING
from homework_api.pipeline.relay import BATCH
from homework_api.schemas.assignments import AssignmentCreate
from homework_shared.exercises.messages import GenerateHomework, GeneratorKind
from homework_shared.messaging import pipelining
from homework_shared.messaging.topology import JOBS, RESULT_DESTINATION, RESULTS
from homework_shared.worker.heartbeat import WorkerSettings
from homework_shared.worker.session import Draft, run_worker
from homework_shared.worker.stats import WorkerStats

CLASS = 30


@contextmanager
def commits_of(database: Database) -> Iterator[list[None]]:
    seen: list[None] = []

    def note(_connection: Any) -> None:
        seen.append(None)

    for engine in database.engines:
        event.listen(engine, "commit", note)
    try:
        yield seen
    finally:
        for engine in database.engines:
            event.remove(engine, "commit", note)


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of frames in each write to a broker."""
    seen: list[int] = []

    def noting(payload: bytes, **fields: Any) -> ChannelFrame:
        seen.append(frames_in(payload))
        return ChannelFrame(payload, **fields)

    monkeypatch.setattr(pipelining, "ChannelFrame", noting)
    return seen


def frames_in(payload: bytes) -> int:
    found = at = 0
    while at < len(payload):
        length, _, _ = frame.unmarshal(payload[at:])
        found, at = found + 1, at + length
    return found


async def assign(pipeline: Pipeline, classes: int) -> None:
    students = [await pipeline.student() for _ in range(CLASS)]
    request = AssignmentCreate(
        student_ids=students, cefr_level="A2", quantity=1, exercise_types=["fill_in_blank"],
        deadline_seconds=600,
    )  # fmt: skip
    for _ in range(classes):
        await pipeline.services.assignments.create(request, EVERYTHING)


async def owed(pipeline: Pipeline) -> int:
    return int(await scalar(pipeline.database, select(func.count()).select_from(OutboxEntry)) or 0)


async def test_accepting_a_class_costs_four_statements_and_one_commit(pipeline: Pipeline) -> None:
    await assign(pipeline, 1)
    students = [await pipeline.student() for _ in range(CLASS)]
    request = AssignmentCreate(student_ids=students, cefr_level="A2", quantity=1, deadline_seconds=600)
    with statements_of(pipeline.database) as statements, commits_of(pipeline.database) as commits:
        await pipeline.services.assignments.create(request, EVERYTHING)
    assert (len(statements), len(commits)) == (4, 1), statements


async def test_a_process_that_hands_its_rows_to_its_own_relay_notifies_nobody(pipeline: Pipeline) -> None:
    await assign(pipeline, 1)
    pipeline.handoff.open()
    pipeline.handoff.for_other_relays.clear()
    await pipeline.assign(CLASS, deadline_seconds=600)
    assert not pipeline.handoff.for_other_relays.is_set()


async def test_relaying_a_batch_costs_one_write_two_commits_and_a_statement_for_many_jobs(
    pipeline: Pipeline, writes: list[int]
) -> None:
    await assign(pipeline, BATCH // CLASS)
    async with pipeline.broker("api").publisher() as publisher:
        writes.clear()
        with statements_of(pipeline.database) as statements, commits_of(pipeline.database) as commits:
            assert await pipeline.relay._relay_batch(publisher) == (BATCH, 0)
        # Each job has a method, a header and a body, and nothing else was written.
        assert writes == [BATCH * 3]
    assert len(commits) == 2
    locks = 2 if pipeline.database.dialect == "postgresql" else 0
    assert len(statements) == 4 + locks, statements
    assert await owed(pipeline) == 0


async def test_storing_a_batch_of_results_costs_six_statements_two_commits_and_one_ack(
    pipeline: Pipeline, writes: list[int]
) -> None:
    await assign(pipeline, 2)
    jobs = await scalars(pipeline.database, select(HOMEWORK.c.job_id))
    results = await with_tokens(pipeline.database, [generated(job) for job in jobs])
    await send(pipeline.broker("generator"), RESULT_DESTINATION, *results)
    async with pipeline.broker("api").consumer(RESULTS, BATCH) as consumer:
        deliveries = await take(consumer, len(jobs))
        writes.clear()
        with statements_of(pipeline.database) as statements, commits_of(pipeline.database) as commits:
            stored = await pipeline.results._store(list(zip(deliveries, results, strict=True)))
            await stored.settle(consumer)
        assert writes == [1]
    # The first transaction reads what was requested. The checks run between the two.
    assert (len(statements), len(commits)) == (6, 2), statements


async def test_a_worker_answers_what_came_together_in_few_writes(
    pipeline: Pipeline, writes: list[int]
) -> None:
    await assign(pipeline, BATCH // CLASS)
    stats = WorkerStats()
    settings = WorkerSettings(
        queue=JOBS,
        kind=GeneratorKind.VLLM,
        worker_id="w",
        model="m",
        version="0",
        prefetch=BATCH,
        backoff=QUICK,
    )

    all_are_here = asyncio.Event()

    async def generate(_job: GenerateHomework) -> Draft:
        await all_are_here.wait()  # The intervals between the broker's deliveries depend on the machine.
        return Draft(exercises())

    async def work(stop: Any) -> None:
        await run_worker(pipeline.broker("generator"), settings, generate, stop, stats)

    async with running(pipeline.relay.run):
        await eventually(lambda: _is_all_published(pipeline))
    async with running(work):
        await eventually(lambda: stats.in_flight == BATCH)
        writes.clear()
        all_are_here.set()
        await eventually(lambda: stats.done == BATCH)
        await eventually(lambda: stats.in_flight == 0)
    # One write carries all results, and one all acknowledgements. A publish is three frames.
    assert {3 * BATCH, BATCH} <= set(writes)


async def _is_all_published(pipeline: Pipeline) -> bool:
    return await owed(pipeline) == 0
