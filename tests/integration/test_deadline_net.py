"""Catch: overdue homework is rescued; and presence, on which the default deadline rests."""

from datetime import timedelta

from sqlalchemy import delete, update
from tests.support.pipeline import Pipeline, now, running
from tests.support.steps import (
    generated,
    only_homework,
    store,
    take,
    until,
)

from homework_api.deadlines import MAX_RESCUES
from homework_api.models import Homework, OutboxEntry
from homework_shared.messages import (
    GenerateHomework,
    GeneratorKind,
    GeneratorStatus,
    decode,
)
from homework_shared.topology import (
    FALLBACK,
    STATUS_ROUTE,
)
from homework_shared.transport import envelop


async def test_overdue_homework_is_sent_to_the_fallback_once_and_again_later(pipeline: Pipeline) -> None:
    await pipeline.assign()
    await clear_outbox_and_age(pipeline)
    assert await pipeline.net.rescue() == 1
    assert await pipeline.net.rescue() == 0
    homework = await only_homework(pipeline)
    assert homework.rescues == 1
    assert timedelta(seconds=3) < homework.rescue_at - now() < timedelta(seconds=5)
    async with running(pipeline.relay.run), pipeline.broker("mock_generator").inbox(FALLBACK, 1) as inbox:
        [delivery] = await take(inbox, 1)
        job = decode(GenerateHomework, delivery.envelope.type, delivery.envelope.body)
        assert job.job_id == homework.job_id


async def test_what_the_outbox_still_owes_is_not_owed_twice(pipeline: Pipeline) -> None:
    await pipeline.assign()
    async with pipeline.database.write() as session:
        await session.execute(update(Homework).values(rescue_at=now() - timedelta(seconds=1)))
    assert await pipeline.net.rescue() == 0


async def test_homework_nobody_answers_is_reported_failed_in_the_end(pipeline: Pipeline) -> None:
    assignment_id, _ = await pipeline.assign()
    await clear_outbox_and_age(pipeline, rescues=MAX_RESCUES)
    await pipeline.net.rescue()
    assignment = await pipeline.service.get_assignment(assignment_id)
    assert assignment.status == "failed"
    job_id = (await only_homework(pipeline)).job_id
    await store(pipeline, generated(job_id, GeneratorKind.MOCK))
    assert (await pipeline.service.get_assignment(assignment_id)).status == "completed"


async def clear_outbox_and_age(pipeline: Pipeline, rescues: int = 0) -> None:
    """As if the job had been published, and lost, and its deadline had passed."""
    async with pipeline.database.write() as session:
        await session.execute(delete(OutboxEntry))
        await session.execute(
            update(Homework).values(
                deadline_at=now() - timedelta(seconds=2),
                rescue_at=now() - timedelta(seconds=1),
                rescues=rescues,
            )
        )


async def test_a_generator_that_announces_itself_is_online_and_changes_the_default_deadline(
    pipeline: Pipeline,
) -> None:
    status = GeneratorStatus(
        worker_id="gpu-1", kind=GeneratorKind.VLLM, model="marco", in_flight=0, done=0,
        tokens_per_second=0, version="1", started_at=now(),
    )  # fmt: skip
    async with running(pipeline.presence.run), pipeline.broker("generator").publisher() as publisher:
        await until(lambda: pipeline.presence.problem is None)
        assert not pipeline.presence.gpu_online()
        await publisher.announce(STATUS_ROUTE, envelop(status, "gpu-1"))
        await until(pipeline.presence.gpu_online)
    assignment_id, _ = await pipeline.assign(deadline_seconds=None)
    assignment = await pipeline.service.get_assignment(assignment_id)
    assert assignment.deadline_at - assignment.created_at == timedelta(seconds=60)
