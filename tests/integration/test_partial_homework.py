"""An exercise that a GPU cannot write costs only that exercise. The mock generator writes the
missing ones.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import null, update
from tests.support.api.pipeline import Pipeline, running
from tests.support.api.pipeline_steps import is_stored, only_homework, store
from tests.support.api.rows import execute
from tests.support.broker.clients import take
from tests.support.waiting import eventually

from homework_api.database.models import Homework
from homework_api.domain.access import EVERYTHING
from homework_api.domain.statuses import HomeworkStatus
from homework_api.schemas.assignments import RetryRequest
from homework_api.schemas.homework import HomeworkResponse
from homework_shared.errors import Verdict
from homework_shared.exercises.exercise import Exercise, FillInBlank
from homework_shared.exercises.messages import (
    FallbackReason,
    GenerateHomework,
    GeneratorKind,
    HomeworkFailed,
    HomeworkGenerated,
    decode,
)
from homework_shared.messaging.topology import DEAD, FALLBACK

THREE: dict[str, Any] = {"quantity": 3, "exercise_types": ["fill_in_blank"]}
GOOD = ("andiamo", "mangiamo", "leggiamo")
OF_THE_MOCK = ("scriviamo", "dormiamo", "usciamo")


def gap(answer: str, explanation: str = "The subject is “noi”, so the verb ends in -iamo.") -> FillInBlank:
    verb = {"andiamo": "andare", "mangiamo": "mangiare", "leggiamo": "leggere"}.get(answer, "fare")
    question = f"Oggi noi ___ con {answer[:3].capitalize()}a. ({verb})"
    return FillInBlank(question=question, correct_answer=answer, explanation=explanation)


def by_a_gpu(
    job_id: UUID, answers: tuple[str, ...], missing: tuple[int, ...] = (), **more: Any
) -> HomeworkGenerated:
    return HomeworkGenerated(
        job_id=job_id, exercises=tuple(gap(answer) for answer in answers), missing=missing,
        generated_by=GeneratorKind.VLLM, model="marco", worker_id="colab",
        queue_seconds=0.1, generation_seconds=0.2,
    )  # fmt: skip


def by_the_mock(job_id: UUID, answers: tuple[str, ...] = OF_THE_MOCK) -> HomeworkGenerated:
    return HomeworkGenerated(
        job_id=job_id, exercises=tuple(gap(answer) for answer in answers), generated_by=GeneratorKind.MOCK,
        model="mock", worker_id="laptop", fallback_reason=FallbackReason.OVERDUE,
        queue_seconds=0.1, generation_seconds=0.0,
    )  # fmt: skip


async def seen(pipeline: Pipeline) -> HomeworkResponse:
    homework = await only_homework(pipeline)
    return await pipeline.seen(homework.student_id, homework.id)


def answers_of(homework: HomeworkResponse) -> list[tuple[str | None, GeneratorKind | None]]:
    return [(exercise.correct_answer, exercise.generated_by) for exercise in homework.exercises]


MIXED = [
    ("andiamo", GeneratorKind.VLLM),
    ("dormiamo", GeneratorKind.MOCK),
    ("leggiamo", GeneratorKind.VLLM),
]


async def test_the_mock_writes_what_a_gpu_could_not_and_each_exercise_says_who_wrote_it(
    pipeline: Pipeline,
) -> None:
    assignment_id, _ = await pipeline.assign(deadline_seconds=600, **THREE)
    job_id = (await only_homework(pipeline)).job_id
    async with running(pipeline.relay.run):
        await eventually(lambda: _is_published(pipeline))
        await store(pipeline, by_a_gpu(job_id, ("andiamo", "leggiamo"), missing=(1,)))
        part = await seen(pipeline)
        assert (part.status, part.exercises) == (HomeworkStatus.PENDING, [])
        # Long before its deadline, the deadline net requests the rest from the mock.
        assert await pipeline.net.rescue() == 1
        async with pipeline.broker("mock_generator").consumer(FALLBACK, 1) as consumer:
            [delivery] = await take(consumer, 1)
            job = decode(GenerateHomework, delivery.envelope.type, delivery.envelope.body)
            assert (job.job_id, job.quantity) == (job_id, 3)
            await delivery.settle(Verdict.ACK)
    await store(pipeline, by_the_mock(job_id))
    whole = await seen(pipeline)
    assert answers_of(whole) == MIXED
    assert (whole.status, whole.generated_by, whole.model) == ("available", GeneratorKind.VLLM, "marco")
    stored = await only_homework(pipeline)
    assert (stored.fallback_reason, stored.partial_exercises) == (FallbackReason.INCOMPLETE, None)
    assert (await pipeline.services.assignments.get(assignment_id, EVERYTHING)).status == "completed"


async def _is_published(pipeline: Pipeline) -> bool:
    return (await only_homework(pipeline)).published_at is not None


async def test_an_exercise_that_fails_a_check_on_receipt_costs_itself_alone(pipeline: Pipeline) -> None:
    await pipeline.assign(deadline_seconds=600, **THREE)
    job_id = (await only_homework(pipeline)).job_id
    result = by_a_gpu(job_id, GOOD)
    broken: tuple[Exercise, ...] = (result.exercises[0], gap("mangiamo", "no"), result.exercises[2])
    await store(pipeline, result.model_copy(update={"exercises": broken}))
    assert (await seen(pipeline)).status == HomeworkStatus.PENDING
    await store(pipeline, by_the_mock(job_id))
    assert answers_of(await seen(pipeline)) == MIXED


async def test_a_homework_without_a_usable_exercise_is_parked(pipeline: Pipeline) -> None:
    await pipeline.assign(deadline_seconds=600, **THREE)
    job_id = (await only_homework(pipeline)).job_id
    bad = tuple(gap(answer, "no") for answer in GOOD)
    await store(pipeline, by_a_gpu(job_id, GOOD).model_copy(update={"exercises": bad}))
    async with pipeline.broker("api").consumer(DEAD, 1) as dead:
        assert len(await take(dead, 1)) == 1


async def test_the_rest_of_a_second_gpu_completes_the_part_of_the_first(pipeline: Pipeline) -> None:
    await pipeline.assign(deadline_seconds=600, **THREE)
    job_id = (await only_homework(pipeline)).job_id
    first = by_a_gpu(job_id, ("andiamo", "leggiamo"), missing=(1,))
    second = by_a_gpu(job_id, ("mangiamo",), missing=(0, 2))
    await store(pipeline, first, second)
    assert answers_of(await seen(pipeline)) == [(answer, GeneratorKind.VLLM) for answer in GOOD]


async def test_the_same_part_twice_is_the_same_part(pipeline: Pipeline) -> None:
    await pipeline.assign(deadline_seconds=600, **THREE)
    job_id = (await only_homework(pipeline)).job_id
    part = by_a_gpu(job_id, ("andiamo", "leggiamo"), missing=(1,))
    await store(pipeline, part, part)
    assert (await seen(pipeline)).status == HomeworkStatus.PENDING
    await store(pipeline, by_the_mock(job_id), part, by_the_mock(job_id, ("no", "no", "no")))
    assert answers_of(await seen(pipeline)) == MIXED


async def test_a_late_part_replaces_as_much_of_the_mocks_homework_until_the_student_starts(
    pipeline: Pipeline,
) -> None:
    await pipeline.assign(**THREE)
    job_id = (await only_homework(pipeline)).job_id
    await store(pipeline, by_the_mock(job_id), by_a_gpu(job_id, ("andiamo", "leggiamo"), missing=(1,)))
    assert answers_of(await seen(pipeline)) == MIXED
    homework = await only_homework(pipeline)
    await pipeline.services.homework.start(homework.student_id, homework.id or 0, EVERYTHING)
    await store(pipeline, by_a_gpu(job_id, GOOD))
    assert answers_of(await seen(pipeline)) == MIXED


async def test_a_part_that_nobody_completes_fails_and_a_retry_keeps_it(pipeline: Pipeline) -> None:
    await pipeline.assign(deadline_seconds=600, **THREE)
    job_id = (await only_homework(pipeline)).job_id
    failed = HomeworkFailed(job_id=job_id, code="bug", message="no", worker_id="laptop")
    await store(pipeline, by_a_gpu(job_id, ("andiamo", "leggiamo"), missing=(1,)), failed)
    assert await is_stored(pipeline, "failed")
    homework = await only_homework(pipeline)
    await pipeline.services.assignments.retry(homework.assignment_id, RetryRequest(), EVERYTHING)
    again = (await only_homework(pipeline)).job_id
    assert again != job_id
    await store(pipeline, by_the_mock(again))
    assert answers_of(await seen(pipeline)) == MIXED


async def test_homework_stored_before_there_were_two_writers_names_its_own(
    pipeline: Pipeline,
) -> None:
    await pipeline.assign(**THREE)
    await store(pipeline, by_the_mock((await only_homework(pipeline)).job_id))
    await execute(pipeline.database, update(Homework).values(exercise_writers=null()))
    assert {writer for _, writer in answers_of(await seen(pipeline))} == {GeneratorKind.MOCK}
