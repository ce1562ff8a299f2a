"""The results consumer applies each result exactly once and parks unusable ones."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text, update
from sqlmodel import col
from tests.support.api.pipeline import Pipeline, running
from tests.support.api.pipeline_steps import deliver, is_stored, only_homework, store
from tests.support.api.rows import execute, scalars
from tests.support.broker.clients import send, take
from tests.support.messages import exercises, failed, generated
from tests.support.waiting import eventually

from homework_api.database.models import Homework
from homework_api.domain.access import EVERYTHING
from homework_api.domain.statuses import HomeworkStatus
from homework_api.schemas.paging import Page
from homework_shared.errors import Verdict
from homework_shared.exercises.messages import GeneratorKind, HomeworkGenerated, decode
from homework_shared.messaging.topology import (
    DEAD,
    FALLBACK,
    FALLBACK_DESTINATION,
    JOB_DESTINATION,
    RESULT_DESTINATION,
    RESULTS,
)
from homework_shared.messaging.transport import Envelope, envelop


async def test_a_result_is_stored_and_completes_its_assignment(pipeline: Pipeline) -> None:
    assignment_id, [student_id] = await pipeline.assign()
    job_id = (await only_homework(pipeline)).job_id
    await store(pipeline, generated(job_id))
    assignment = await pipeline.services.assignments.get(assignment_id, EVERYTHING)
    assert assignment.status == "completed"
    assert assignment.completed_at is not None
    [seen], total = await pipeline.services.homework.page(student_id, None, Page(), EVERYTHING)
    homework = seen.answer(with_solutions=True)
    assert (total, homework["status"], homework["generated_by"], homework["model"]) == (
        1, "available", "vllm", "m",
    )  # fmt: skip


async def test_a_result_delivered_twice_has_one_effect(pipeline: Pipeline) -> None:
    await pipeline.assign()
    job_id = (await only_homework(pipeline)).job_id
    await store(pipeline, generated(job_id, text="Ciao."), generated(job_id, text="Salve."))
    first = await only_homework(pipeline)
    await store(pipeline, generated(job_id, text="Buongiorno."))
    assert (await only_homework(pipeline)) == first
    assert first.exercises is not None
    assert first.exercises[0]["correct_answer"] == "Ciao."


async def test_a_late_gpu_result_replaces_untouched_mock_homework(pipeline: Pipeline) -> None:
    await pipeline.assign()
    job_id = (await only_homework(pipeline)).job_id
    await store(pipeline, generated(job_id, GeneratorKind.MOCK))
    await store(pipeline, generated(job_id, GeneratorKind.VLLM, "Salve."))
    homework = await only_homework(pipeline)
    assert (homework.generated_by, homework.status) == (GeneratorKind.VLLM, HomeworkStatus.AVAILABLE)


async def test_a_stored_result_says_when_its_job_was_taken_and_generated_and_by_whom(
    pipeline: Pipeline,
) -> None:
    await pipeline.assign()
    asked = await only_homework(pipeline)
    result = generated(asked.job_id).model_copy(update={"queue_seconds": 0.01, "generation_seconds": 0.02})
    await store(pipeline, result)
    homework = await only_homework(pipeline)
    assert homework.taken_at == asked.requested_at + timedelta(seconds=0.01)
    assert homework.generated_at == asked.requested_at + timedelta(seconds=0.03)
    assert homework.available_at == homework.first_available_at
    assert homework.worker_id == "w"


async def test_a_worker_whose_clock_is_wrong_generated_nothing_after_it_was_stored(
    pipeline: Pipeline,
) -> None:
    await pipeline.assign()
    job_id = (await only_homework(pipeline)).job_id
    absurd = {"queue_seconds": 1e300, "generation_seconds": 1e308}
    await store(pipeline, generated(job_id).model_copy(update=absurd))
    homework = await only_homework(pipeline)
    assert homework.taken_at == homework.generated_at == homework.available_at


async def test_a_replaced_homework_remembers_when_it_was_first_available(pipeline: Pipeline) -> None:
    await pipeline.assign()
    job_id = (await only_homework(pipeline)).job_id
    await store(pipeline, generated(job_id, GeneratorKind.MOCK))
    first = await only_homework(pipeline)
    await store(pipeline, generated(job_id, GeneratorKind.VLLM, "Salve."))
    after = await only_homework(pipeline)
    assert first.available_at == after.first_available_at
    assert after.available_at != after.first_available_at


async def test_homework_replaced_in_the_batch_that_stored_it_keeps_its_first_moment(
    pipeline: Pipeline,
) -> None:
    await pipeline.assign()
    job_id = (await only_homework(pipeline)).job_id
    await store(pipeline, generated(job_id, GeneratorKind.MOCK), generated(job_id, GeneratorKind.VLLM))
    homework = await only_homework(pipeline)
    assert homework.generated_by == GeneratorKind.VLLM
    assert homework.first_available_at is not None


async def test_a_late_gpu_result_never_replaces_homework_that_a_student_has_started(
    pipeline: Pipeline,
) -> None:
    _, [student_id] = await pipeline.assign()
    homework = await only_homework(pipeline)
    await store(pipeline, generated(homework.job_id, GeneratorKind.MOCK))
    assert homework.id is not None
    await pipeline.services.homework.start(student_id, homework.id, EVERYTHING)
    await store(pipeline, generated(homework.job_id, GeneratorKind.VLLM, "Salve."))
    after = await only_homework(pipeline)
    assert (after.generated_by, after.status) == (GeneratorKind.MOCK, HomeworkStatus.IN_PROGRESS)


async def test_a_failure_fails_the_assignment_and_says_what_to_do(pipeline: Pipeline) -> None:
    assignment_id, _ = await pipeline.assign()
    await store(pipeline, failed((await only_homework(pipeline)).job_id))
    assignment = await pipeline.services.assignments.get(assignment_id, EVERYTHING)
    assert assignment.status == "failed"
    assert assignment.error_message is not None
    assert "retry" in assignment.error_message


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["failure first", "homework first"])
async def test_written_homework_beats_a_failure_in_either_order(
    pipeline: Pipeline, order: tuple[int, int]
) -> None:
    assignment_id, _ = await pipeline.assign()
    job_id = (await only_homework(pipeline)).job_id
    results = [failed(job_id), generated(job_id)]
    await store(pipeline, *(results[index] for index in order))
    assert await is_stored(pipeline)
    assignment = await pipeline.services.assignments.get(assignment_id, EVERYTHING)
    assert (assignment.status, assignment.error_message) == ("completed", None)


async def test_two_consumers_that_store_a_class_at_once_complete_its_assignment(pipeline: Pipeline) -> None:
    other = Pipeline(pipeline.database, pipeline.broker)
    assignment_id, _ = await pipeline.assign(40)
    jobs = await scalars(pipeline.database, select(col(Homework.job_id)))
    async with (
        running(pipeline.results.run, other.results.run),
        pipeline.broker("api").monitor() as monitor,
    ):

        async def both_consume() -> bool:
            return (await monitor.depths())[RESULTS].consumers == 2

        await eventually(both_consume)
        await deliver(pipeline, *(generated(job) for job in jobs))

        async def completed() -> bool:
            return (await pipeline.services.assignments.get(assignment_id, EVERYTHING)).status == "completed"

        await eventually(completed)


async def test_unusable_results_are_parked_and_the_consumer_goes_on(pipeline: Pipeline) -> None:
    await pipeline.assign()
    homework = await only_homework(pipeline)
    job_id = homework.job_id
    one = generated(job_id, GeneratorKind.MOCK, token=homework.delivery_token)
    two = one.model_copy(update={"exercises": exercises() * 2})
    await store(
        pipeline,
        Envelope("HomeworkGenerated", "not json", b"{"),
        Envelope("Gossip", "unknown type", b"{}"),
        envelop(two, "two exercises for one"),
        generated(uuid4()),
        generated(job_id),
    )
    assert await is_stored(pipeline)
    async with pipeline.broker("api").consumer(DEAD, 10) as dead:
        parked = [delivery.envelope.message_id for delivery in await take(dead, 3)]
    assert sorted(parked) == ["not json", "two exercises for one", "unknown type"]


async def test_a_result_that_the_database_refuses_is_parked_alone(pipeline: Pipeline) -> None:
    assignment_id, _ = await pipeline.assign(3)
    await execute(pipeline.database, text("CREATE UNIQUE INDEX a_rule ON homework (worker_id)"))
    jobs = await scalars(pipeline.database, select(col(Homework.job_id)).order_by(col(Homework.id)))
    results = [
        generated(job).model_copy(update={"worker_id": worker})
        for job, worker in zip(jobs, "aab", strict=True)
    ]
    await store(pipeline, *results)
    stored = await scalars(pipeline.database, select(col(Homework.status)).order_by(col(Homework.id)))
    assert list(stored) == [HomeworkStatus.AVAILABLE, HomeworkStatus.PENDING, HomeworkStatus.AVAILABLE]
    backlog = await pipeline.services.operations.read_backlog()
    assert backlog.homework == {("available", "vllm"): 2, ("pending", None): 1}
    async with pipeline.broker("api").consumer(DEAD, 10) as dead:
        [parked] = await take(dead, 1)
    refused = decode(HomeworkGenerated, parked.envelope.type, parked.envelope.body)
    assert refused.job_id == results[1].job_id
    assert (await pipeline.services.assignments.get(assignment_id, EVERYTHING)).status == "pending"


async def test_a_malformed_message_in_any_queue_is_parked(pipeline: Pipeline) -> None:
    bad = Envelope("GenerateHomework", "bad", b"\x00", expires_in_ms=200)
    await send(pipeline.broker("api"), JOB_DESTINATION, bad)
    await send(pipeline.broker("api"), FALLBACK_DESTINATION, Envelope("GenerateHomework", "bad", b"\x00"))
    await send(
        pipeline.broker("generator"), RESULT_DESTINATION, Envelope("HomeworkGenerated", "bad", b"\x00")
    )
    async with (
        running(pipeline.results.run),
        pipeline.broker("mock_generator").consumer(FALLBACK, 10) as fallback,
        pipeline.broker("api").consumer(DEAD, 10) as dead,
    ):
        for delivery in await take(fallback, 2):
            await delivery.settle(Verdict.REJECT)
        assert [d.envelope.message_id for d in await take(dead, 3)] == ["bad"] * 3


def without_a_hint(job_id: UUID, by: GeneratorKind) -> HomeworkGenerated:
    [exercise] = exercises()
    flawed = exercise.model_copy(update={"question": "Anna dice ___ a Marco."})
    return generated(job_id, by).model_copy(update={"exercises": (flawed,)})


async def test_gpu_homework_that_fails_a_check_is_parked_and_the_mocks_turn_comes_at_once(
    pipeline: Pipeline,
) -> None:
    await pipeline.assign(deadline_seconds=600)
    job_id = (await only_homework(pipeline)).job_id
    await store(pipeline, without_a_hint(job_id, GeneratorKind.VLLM))
    homework = await only_homework(pipeline)
    assert homework.status is HomeworkStatus.PENDING
    assert homework.rescue_at < homework.deadline_at
    async with pipeline.broker("api").consumer(DEAD, 1) as dead:
        [parked] = await take(dead, 1)
    assert parked.envelope.type == "HomeworkGenerated"


@pytest.mark.parametrize("by", GeneratorKind)
async def test_a_job_from_before_there_were_tokens_is_answered_without_one(
    pipeline: Pipeline, by: GeneratorKind
) -> None:
    await pipeline.assign()
    await execute(pipeline.database, update(Homework).values(delivery_token=None))
    await store(pipeline, generated((await only_homework(pipeline)).job_id, by))
    assert await is_stored(pipeline)


async def test_mock_homework_that_fails_a_check_is_stored_because_it_is_better_than_none(
    pipeline: Pipeline,
) -> None:
    await pipeline.assign()
    job_id = (await only_homework(pipeline)).job_id
    await store(pipeline, without_a_hint(job_id, GeneratorKind.MOCK))
    assert (await only_homework(pipeline)).status is HomeworkStatus.AVAILABLE
