"""The effect of a generator's late result on homework that a teacher has reviewed."""

from datetime import timedelta
from typing import Any

import pytest
from tests.support.api.application import FakeClock
from tests.support.api.pipeline import Pipeline, running
from tests.support.api.pipeline_steps import only_homework, with_tokens
from tests.support.broker.clients import send
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.messages import generated
from tests.support.waiting import eventually

from homework_api.domain.access import EVERYTHING, Signature
from homework_api.schemas.assignments import ReleaseRequest
from homework_shared.exercises.messages import GeneratorKind, Message
from homework_shared.messaging.topology import RESULT_DESTINATION, RESULTS

pytestmark = pytest.mark.usefixtures("language")
ONE_GAP: dict[str, Any] = {"quantity": 1, "exercise_types": ["fill_in_blank"]}


async def store(pipeline: Pipeline, memory: MemoryBroker, *answers: Message) -> None:
    """Send results with the tokens of their jobs, and wait until each is processed."""
    await send(memory, RESULT_DESTINATION, *await with_tokens(pipeline.database, answers))
    queue = memory.queues[RESULTS]
    async with running(pipeline.results.run):
        await eventually(lambda: not queue.ready and not queue.unsettled)


async def text_of(pipeline: Pipeline) -> str:
    homework = await only_homework(pipeline)
    return str((homework.exercises or [{}])[0].get("correct_answer"))


@pytest.mark.parametrize("released", ["at once", "by itself"])
async def test_what_is_released_stays_as_its_teacher_has_read_it(
    pipeline: Pipeline, memory: MemoryBroker, clock: FakeClock, released: str
) -> None:
    at = clock() + timedelta(seconds=10) if released == "by itself" else None
    assignment_id, _ = await pipeline.assign(review=True, release_at=at, **ONE_GAP)
    job_id = (await only_homework(pipeline)).job_id
    await store(pipeline, memory, generated(job_id, GeneratorKind.MOCK, "Ciao."))
    clock.advance(10)
    if released == "at once":
        await pipeline.services.assignments.release(assignment_id, ReleaseRequest(), Signature(), EVERYTHING)
    await store(pipeline, memory, generated(job_id, text="Buongiorno."))
    assert await text_of(pipeline) == "Ciao."


async def test_while_it_is_held_back_a_gpus_late_homework_is_still_the_better_one(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    await pipeline.assign(review=True, **ONE_GAP)
    job_id = (await only_homework(pipeline)).job_id
    await store(pipeline, memory, generated(job_id, GeneratorKind.MOCK, "Ciao."))
    await store(pipeline, memory, generated(job_id, text="Buongiorno."))
    assert await text_of(pipeline) == "Buongiorno."


async def test_what_is_released_before_it_is_written_reaches_its_student_when_it_is(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    assignment_id, [student] = await pipeline.assign(review=True, **ONE_GAP)
    await pipeline.services.assignments.release(assignment_id, ReleaseRequest(), Signature(), EVERYTHING)
    homework = await only_homework(pipeline)
    await store(pipeline, memory, generated(homework.job_id, text="Ciao."))
    seen = await pipeline.seen(student, homework.id)
    assert (seen.status, seen.exercises[0].correct_answer) == ("available", "Ciao.")
