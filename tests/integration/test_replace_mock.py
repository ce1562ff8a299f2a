"""A GPU's homework replaces the mock's, unless the student has started it."""

import asyncio

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.support.api.pipeline import Pipeline, running
from tests.support.api.pipeline_steps import dealt_with, deliver, only_homework, store
from tests.support.api.rows import scalars
from tests.support.broker.clients import take
from tests.support.generator.mock import mock_generator
from tests.support.messages import generated
from tests.support.waiting import eventually

from homework_api.database.models import Homework
from homework_api.domain.access import EVERYTHING
from homework_api.domain.errors import NothingToReplace
from homework_api.pipeline import metrics
from homework_api.schemas.assignments import RetryRequest
from homework_shared.errors import Verdict
from homework_shared.exercises.messages import GenerateHomework, GeneratorKind, decode
from homework_shared.messaging.topology import JOBS, RESULTS

CLASS = 10  # Each student takes a connection, and a pool has fifteen.


async def written_by_the_mock(pipeline: Pipeline) -> tuple[int, int, Homework]:
    """An assignment whose homework the mock has written, with its student. The GPU's queue is empty."""
    assignment_id, [student_id] = await pipeline.assign()
    async with running(pipeline.relay.run):
        await next_gpu_job(pipeline)
        await eventually(lambda: published(pipeline))
    await store(pipeline, generated((await only_homework(pipeline)).job_id, GeneratorKind.MOCK, "Ciao."))
    return assignment_id, student_id, await only_homework(pipeline)


async def published(pipeline: Pipeline) -> bool:
    return (await only_homework(pipeline)).published_at is not None


async def next_gpu_job(pipeline: Pipeline) -> GenerateHomework:
    async with pipeline.broker("generator").consumer(JOBS, 1) as consumer:
        [delivery] = await take(consumer, 1)
        await delivery.settle(Verdict.ACK)
    return decode(GenerateHomework, delivery.envelope.type, delivery.envelope.body)


async def ask_a_gpu(pipeline: Pipeline, assignment_id: int, seconds: int | None = None) -> None:
    request = RetryRequest(replace_mock=True, deadline_seconds=seconds)
    await pipeline.services.assignments.retry(assignment_id, request, EVERYTHING)


async def test_a_gpu_gets_the_mocks_homework_as_a_new_job_and_its_result_takes_the_place(
    pipeline: Pipeline,
) -> None:
    assignment_id, student_id, before = await written_by_the_mock(pipeline)
    await ask_a_gpu(pipeline, assignment_id)
    async with running(pipeline.relay.run):
        job = await next_gpu_job(pipeline)
    assert before.job_id != job.job_id == (await only_homework(pipeline)).job_id
    assert (job.deadline_at - job.created_at).total_seconds() == 60
    await store(
        pipeline, generated(before.job_id, text="Too late."), generated(job.job_id, text="Buongiorno.")
    )
    assert before.id is not None
    after = await pipeline.seen(student_id, before.id)
    assert (after.generated_by, after.status, after.exercises[0].correct_answer) == (
        GeneratorKind.VLLM,
        "available",
        "Buongiorno.",
    )
    assert (await pipeline.services.assignments.get(assignment_id, EVERYTHING)).status == "completed"


async def test_homework_that_was_started_meanwhile_is_not_replaced(pipeline: Pipeline) -> None:
    assignment_id, student_id, before = await written_by_the_mock(pipeline)
    await ask_a_gpu(pipeline, assignment_id)
    assert before.id is not None
    await pipeline.services.homework.start(student_id, before.id, EVERYTHING)
    await store(pipeline, generated((await only_homework(pipeline)).job_id, text="Buongiorno."))
    after = await only_homework(pipeline)
    assert (after.generated_by, after.exercises) == (before.generated_by, before.exercises)
    with pytest.raises(NothingToReplace):
        await ask_a_gpu(pipeline, assignment_id)


async def test_when_no_gpu_answers_the_mocks_homework_stays_as_it_is(pipeline: Pipeline) -> None:
    assignment_id, _, before = await written_by_the_mock(pipeline)
    await ask_a_gpu(pipeline, assignment_id, seconds=5)
    async with running(
        pipeline.relay.run,
        pipeline.net.run,
        pipeline.results.run,
        mock_generator(pipeline.broker("mock_generator")),
    ):
        # The job expires at its deadline and the mock answers it, which changes nothing.
        repeated = metrics.results.labels("repeated")._value
        earlier = repeated.get()
        await eventually(lambda: repeated.get() == earlier + 1)
    after = await only_homework(pipeline)
    assert (after.status, after.rescues) == ("available", 0)
    assert (after.generated_by, after.exercises) == (before.generated_by, before.exercises)
    assert (await pipeline.services.assignments.get(assignment_id, EVERYTHING)).status == "completed"


async def test_what_students_start_is_what_they_are_graded_by_while_replacements_arrive(
    pipeline: Pipeline,
) -> None:
    """Every student starts and sends the homework at the moment at which a GPU's homework arrives."""
    assignment_id, _ = await pipeline.assign(CLASS)
    await store(pipeline, *(generated(each.job_id, GeneratorKind.MOCK) for each in await the_class(pipeline)))
    await ask_a_gpu(pipeline, assignment_id)
    homework = await the_class(pipeline)

    async def work(one: Homework, after_seconds: float) -> tuple[str, str, int]:
        assert one.id is not None
        await asyncio.sleep(after_seconds)
        started = await pipeline.services.homework.start(one.student_id, one.id, EVERYTHING)
        [exercise] = started.answer(with_solutions=True)["exercises"]
        seen: str = exercise["correct_answer"]
        sent = await pipeline.services.homework.submit(one.student_id, one.id, [seen], EVERYTHING)
        return seen, sent.exercises[0].expected, sent.score

    async with running(pipeline.results.run):
        await eventually(lambda: _is_consuming(pipeline))
        replacements = [generated(one.job_id, text="Buongiorno.") for one in homework]
        working = [work(one, 0.03 * place) for place, one in enumerate(homework)]
        publishing = asyncio.ensure_future(deliver(pipeline, *replacements))
        graded = await asyncio.gather(*working)
        await publishing
    await dealt_with(pipeline)
    assert all(seen == expected and score == 100 for seen, expected, score in graded)
    stored = [one.exercises[0]["correct_answer"] for one in await the_class(pipeline) if one.exercises]
    assert stored == [seen for seen, _, _ in graded]


async def _is_consuming(pipeline: Pipeline) -> bool:
    async with pipeline.broker("api").monitor() as monitor:
        return (await monitor.depths())[RESULTS].consumers == 1


async def the_class(pipeline: Pipeline) -> list[Homework]:
    return await scalars(pipeline.database, select(Homework).order_by(col(Homework.id)))
