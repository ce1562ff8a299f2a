"""A requested exercise goes through the pipeline like any homework, and is stored by its deadline."""

from typing import Any

from tests.support.api.pipeline import Pipeline, running
from tests.support.api.pipeline_steps import only_homework
from tests.support.generator.mock import generator_like, mock_generator
from tests.support.waiting import eventually

from homework_api.domain.access import EVERYTHING, Signature
from homework_api.domain.review import Writer
from homework_api.schemas.review import AnewRequest, ReviewedHomework
from homework_shared.exercises.messages import GeneratorKind

THREE: dict[str, Any] = {"quantity": 3, "exercise_types": ["fill_in_blank"], "review": True}


async def read(pipeline: Pipeline) -> ReviewedHomework:
    return await pipeline.services.review.get((await only_homework(pipeline)).id or 0, EVERYTHING)


async def ask_anew(pipeline: Pipeline, index: int, seconds: int) -> None:
    seen = await read(pipeline)
    request = AnewRequest(version=seen.exercises[index - 1].version, deadline_seconds=seconds)
    await pipeline.services.review.ask_anew(seen.id, index, request, Signature(), EVERYTHING)


async def is_there(pipeline: Pipeline) -> bool:
    return not any(each.asked_anew for each in (await read(pipeline)).exercises)


async def test_without_a_gpu_the_mock_writes_another_exercise_at_the_deadline(pipeline: Pipeline) -> None:
    await pipeline.assign(**THREE)
    roles = (pipeline.relay.run, pipeline.net.run, pipeline.results.run)
    async with running(*roles, mock_generator(pipeline.broker("mock_generator"))):
        await eventually(lambda: _is_written(pipeline))
        before = await read(pipeline)
        await ask_anew(pipeline, 2, 5)
        assert not await is_there(pipeline)
        await eventually(lambda: is_there(pipeline))
    after = await read(pipeline)
    assert after.exercises[1].question not in {each.question for each in before.exercises}
    assert [after.exercises[0], after.exercises[2]] == [before.exercises[0], before.exercises[2]]
    assert (after.status, after.error_message) == ("available", None)
    homework = await only_homework(pipeline)
    assert homework.available_at is not None
    assert (homework.available_at - homework.deadline_at).total_seconds() < 10


async def test_a_gpu_writes_it_long_before_the_deadline(pipeline: Pipeline) -> None:
    await pipeline.assign(**THREE, deadline_seconds=600)
    roles = (pipeline.relay.run, pipeline.results.run)
    gpu = generator_like(GeneratorKind.VLLM, pipeline.broker("generator"))
    async with running(*roles, gpu):
        await eventually(lambda: _is_written(pipeline))
        before = await read(pipeline)
        await ask_anew(pipeline, 2, 600)
        await eventually(lambda: is_there(pipeline))
    after = await read(pipeline)
    assert after.exercises[1].question not in {each.question for each in before.exercises}
    assert [after.exercises[0], after.exercises[2]] == [before.exercises[0], before.exercises[2]]
    assert {each.written_by for each in after.exercises} == {Writer.VLLM}


async def _is_written(pipeline: Pipeline) -> bool:
    return (await only_homework(pipeline)).available_at is not None
