"""The holder of a GPU's stolen ticket takes a job and answers it with a forged homework."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import delete, update

from homework_api.database.models import Homework, OutboxEntry
from homework_api.domain.access import EVERYTHING
from homework_api.domain.errors import NotReplayable
from homework_api.domain.statuses import HomeworkStatus
from homework_api.pipeline.deadline_net import MAX_RESCUES, DeadlineNet
from homework_api.pipeline.result_changes import REPLACED_FOR
from homework_api.schemas.assignments import RetryRequest
from homework_api.services.dead_letters import DeadLetter, DeadLetterAction, DeadLetters
from homework_shared.errors import Verdict
from homework_shared.exercises.messages import GeneratorKind
from homework_shared.messaging.topology import DEAD
from tests.support.api.pipeline import Pipeline, now, running
from tests.support.api.pipeline_steps import dealt_with, has_published_all, is_stored, only_homework, store
from tests.support.api.rows import execute
from tests.support.broker.clients import take
from tests.support.broker.thief import INSULT, Thief, answering, failing
from tests.support.generator.mock import mock_generator
from tests.support.messages import generated
from tests.support.waiting import eventually

FORGED = "Salve."
"""The homework itself is valid. Only its sender and its time are wrong."""


def results(outcome: str) -> float:
    return REGISTRY.get_sample_value("homework_results_total", {"outcome": outcome}) or 0


async def stolen_job(pipeline: Pipeline, thief: Thief) -> dict[str, Any]:
    """Assign a homework, and let the thief take its job before the GPU does. The deadline is far away, so
    that a slow machine does not publish a job whose time is over, which no thief would get.
    """
    await pipeline.assign(deadline_seconds=600)
    async with running(pipeline.relay.run):
        job = await thief.take_job()
        await eventually(lambda: has_published_all(pipeline))
    return job


async def only_letter(dead: DeadLetters) -> DeadLetter:
    """The only dead letter. RabbitMQ parks it a moment after the message was rejected."""
    await eventually(dead.list_letters)
    [letter] = await dead.list_letters()
    return letter


async def parked_user(pipeline: Pipeline) -> str | None:
    """The user who published the only dead letter."""
    async with pipeline.broker("api").consumer(DEAD, 10) as consumer:
        [delivery] = await take(consumer, 1)
        await delivery.settle(Verdict.ACK)
        return delivery.user_id


async def fall_due(pipeline: Pipeline) -> None:
    """Move the homework's deadline into the past, as if the time until then had passed."""
    passed = now() - timedelta(seconds=1)
    await execute(pipeline.database, update(Homework).values(deadline_at=passed, rescue_at=passed))


@asynccontextmanager
async def rescuing(pipeline: Pipeline) -> AsyncIterator[None]:
    """All roles that are needed to get open homework written without a GPU."""
    mock = mock_generator(pipeline.broker("mock_generator"))
    async with running(pipeline.relay.run, pipeline.net.run, pipeline.results.run, mock):
        yield


async def test_a_homework_forged_in_the_name_of_the_mock_generator_is_parked(
    pipeline: Pipeline, thief: Thief
) -> None:
    job, before = await stolen_job(pipeline, thief), results("forged")
    await thief.send_result(answering(job, "mock", INSULT))
    await dealt_with(pipeline)
    assert not await is_stored(pipeline)
    assert results("forged") == before + 1
    assert await parked_user(pipeline) == "generator"
    await fall_due(pipeline)
    async with rescuing(pipeline):
        await eventually(lambda: is_stored(pipeline))
    assert INSULT not in str((await only_homework(pipeline)).exercises)


@pytest.mark.parametrize("kind", GeneratorKind)
async def test_a_homework_without_a_sender_is_parked(
    pipeline: Pipeline, thief: Thief, kind: GeneratorKind
) -> None:
    job, before = await stolen_job(pipeline, thief), results("unsigned")
    await thief.send_result(answering(job, kind, FORGED), signed=False)
    await dealt_with(pipeline)
    assert not await is_stored(pipeline)
    assert results("unsigned") == before + 1
    assert await parked_user(pipeline) is None


async def test_an_operator_cannot_be_made_to_send_a_forged_homework_again(
    pipeline: Pipeline, thief: Thief
) -> None:
    job = await stolen_job(pipeline, thief)
    await thief.send_result(answering(job, "mock", INSULT))
    await dealt_with(pipeline)
    dead = DeadLetters(pipeline.broker("api"), now)
    letter = await only_letter(dead)
    with pytest.raises(NotReplayable, match="the broker's user generator"):
        await dead.send_again(letter.id, DeadLetterAction.REPLAY)
    await dealt_with(pipeline)
    assert not await is_stored(pipeline)


@pytest.mark.parametrize("action", [DeadLetterAction.REPLAY, DeadLetterAction.MOCK])
async def test_an_operator_cannot_be_made_to_send_a_forged_job(
    pipeline: Pipeline, thief: Thief, action: DeadLetterAction
) -> None:
    job = await stolen_job(pipeline, thief)
    await thief.send_result(job | {"topic": "qualcosa"}, type_="GenerateHomework")
    await dealt_with(pipeline)
    dead = DeadLetters(pipeline.broker("api"), now)
    letter = await only_letter(dead)
    with pytest.raises(NotReplayable, match="the broker's user generator"):
        await dead.send_again(letter.id, action)


@pytest.mark.parametrize("signed", [True, False])
async def test_a_failure_reported_by_a_stolen_ticket_fails_no_homework(
    pipeline: Pipeline, thief: Thief, signed: bool
) -> None:
    job = await stolen_job(pipeline, thief)
    await thief.send_failure(failing(job), signed=signed)
    await dealt_with(pipeline)
    assert (await only_homework(pipeline)).status is HomeworkStatus.PENDING
    await fall_due(pipeline)
    async with rescuing(pipeline):
        await eventually(lambda: is_stored(pipeline))
    assert (await only_homework(pipeline)).generated_by is GeneratorKind.MOCK


async def test_a_gpu_that_gives_up_hands_its_job_to_the_mock_long_before_the_deadline(
    pipeline: Pipeline, thief: Thief
) -> None:
    job, before = await stolen_job(pipeline, thief), results("given_up")
    await thief.send_failure(failing(job))
    async with rescuing(pipeline):
        await eventually(lambda: is_stored(pipeline))
    assert results("given_up") == before + 1


async def test_repeated_failures_use_up_no_tries_of_the_deadline_net(
    pipeline: Pipeline, thief: Thief
) -> None:
    """The net gives up after ten tries. A thief who could trigger each of them would make the homework fail
    within seconds.
    """
    job = await stolen_job(pipeline, thief)
    await execute(pipeline.database, update(Homework).values(deadline_at=now() - timedelta(seconds=1)))
    done = results("given_up")

    def counted(failures: float) -> bool:
        return results("given_up") == failures

    # For the net no time passes, so that a second try is due only if a failure has made it so.
    later = now() + timedelta(seconds=60)
    net = DeadlineNet(pipeline.database, lambda: later, pipeline.handoff.wake, pipeline.events.notify)
    async with running(pipeline.results.run):
        for answers in range(1, MAX_RESCUES + 3):
            await thief.send_failure(failing(job))
            await eventually(partial(counted, done + answers))
            await net.rescue()
            # The job was published, and no generator answered.
            await execute(pipeline.database, delete(OutboxEntry))
    homework = await only_homework(pipeline)
    assert (homework.status, homework.rescues) == (HomeworkStatus.PENDING, 1)


@pytest.mark.parametrize("token", [None, "0" * 32], ids=["no token", "another token"])
async def test_a_result_without_the_jobs_token_is_refused(
    pipeline: Pipeline, thief: Thief, token: str | None
) -> None:
    """A job's id is not secret, because it is in logs and on operators' pages."""
    job, before = await stolen_job(pipeline, thief), results("wrong_token")
    await thief.send_result(answering(job, "vllm", FORGED, delivery_token=token))
    await thief.send_failure(failing(job) | {"delivery_token": token})
    await dealt_with(pipeline)
    homework = await only_homework(pipeline)
    assert (homework.status, homework.rescue_at > now()) == (HomeworkStatus.PENDING, True)
    assert results("wrong_token") == before + 2


@pytest.mark.parametrize("keeps_token", [True, False], ids=["with its token", "without a token"])
async def test_a_result_long_after_the_deadline_replaces_nothing(
    pipeline: Pipeline, thief: Thief, keeps_token: bool
) -> None:
    job = await stolen_job(pipeline, thief)
    await store(pipeline, generated((await only_homework(pipeline)).job_id, GeneratorKind.MOCK))
    written = (await only_homework(pipeline)).exercises
    long_ago = now() - REPLACED_FOR - timedelta(seconds=1)
    await execute(pipeline.database, update(Homework).values(deadline_at=long_ago))
    before = results("late") + results("wrong_token")
    more = {} if keeps_token else {"delivery_token": None}
    await thief.send_result(answering(job, "vllm", FORGED, **more))
    await dealt_with(pipeline)
    assert (await only_homework(pipeline)).exercises == written
    assert results("late") + results("wrong_token") == before + 1


async def test_a_late_result_replaces_no_homework_by_a_gpu(pipeline: Pipeline, thief: Thief) -> None:
    job = await stolen_job(pipeline, thief)
    await store(pipeline, generated((await only_homework(pipeline)).job_id))
    written = (await only_homework(pipeline)).exercises
    await thief.send_result(answering(job, "vllm", FORGED))
    await dealt_with(pipeline)
    assert (await only_homework(pipeline)).exercises == written


@pytest.mark.parametrize("knows_the_new_id", [True, False])
async def test_a_token_is_void_once_the_job_is_published_anew(
    pipeline: Pipeline, thief: Thief, knows_the_new_id: bool
) -> None:
    job = await stolen_job(pipeline, thief)
    first = await only_homework(pipeline)
    await store(pipeline, generated(first.job_id, GeneratorKind.MOCK))
    await pipeline.services.assignments.retry(
        first.assignment_id, RetryRequest(replace_mock=True), EVERYTHING
    )
    again = await only_homework(pipeline)
    more = {"job_id": str(again.job_id)} if knows_the_new_id else {}
    await thief.send_result(answering(job, "vllm", FORGED, **more))
    await dealt_with(pipeline)
    assert (await only_homework(pipeline)).generated_by is GeneratorKind.MOCK
    assert again.delivery_token != first.delivery_token
