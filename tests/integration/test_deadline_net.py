"""The deadline net rescues overdue homework, and a generator's presence sets the default deadline."""

from datetime import datetime, timedelta

from sqlalchemy import delete, update
from tests.support.api.pipeline import Pipeline, now, running
from tests.support.api.pipeline_steps import has_published_all, is_stored, only_homework, store
from tests.support.api.rows import execute
from tests.support.broker.brokers import BrokerProcess, ticket_for
from tests.support.broker.clients import take
from tests.support.generator.mock import mock_generator
from tests.support.messages import generated
from tests.support.waiting import eventually

from homework_api.database.models import Homework, OutboxEntry
from homework_api.domain.access import EVERYTHING
from homework_api.pipeline.deadline_net import FIRST_REPEAT_SECONDS, MAX_RESCUES
from homework_shared.exercises.messages import (
    GenerateHomework,
    GeneratorKind,
    GeneratorStatus,
    decode,
)
from homework_shared.messaging.address import BrokerAddress
from homework_shared.messaging.broker import connect
from homework_shared.messaging.topology import (
    FALLBACK,
    JOBS,
    STATUS_DESTINATION,
)
from homework_shared.messaging.transport import envelop


async def test_overdue_homework_is_sent_to_the_fallback_once_and_again_later(pipeline: Pipeline) -> None:
    await pipeline.assign()
    await clear_outbox_and_age(pipeline)
    before = now()
    assert await pipeline.net.rescue() == 1
    after = now()
    assert await pipeline.net.rescue() == 0
    homework = await only_homework(pipeline)
    assert homework.rescues == 1
    assert before <= homework.rescue_at - timedelta(seconds=FIRST_REPEAT_SECONDS) <= after
    async with (
        running(pipeline.relay.run),
        pipeline.broker("mock_generator").consumer(FALLBACK, 1) as consumer,
    ):
        [delivery] = await take(consumer, 1)
        job = decode(GenerateHomework, delivery.envelope.type, delivery.envelope.body)
        assert job.job_id == homework.job_id


async def test_a_job_still_in_the_outbox_is_not_added_a_second_time(pipeline: Pipeline) -> None:
    await pipeline.assign()
    await execute(pipeline.database, update(Homework).values(rescue_at=now() - timedelta(seconds=1)))
    assert await pipeline.net.rescue() == 0


async def test_homework_that_nobody_writes_is_reported_failed_in_the_end(pipeline: Pipeline) -> None:
    assignment_id, _ = await pipeline.assign()
    await clear_outbox_and_age(pipeline, rescues=MAX_RESCUES)
    await pipeline.net.rescue()
    assignment = await pipeline.services.assignments.get(assignment_id, EVERYTHING)
    assert assignment.status == "failed"
    job_id = (await only_homework(pipeline)).job_id
    await store(pipeline, generated(job_id, GeneratorKind.MOCK))
    assert (await pipeline.services.assignments.get(assignment_id, EVERYTHING)).status == "completed"


async def test_homework_that_a_gpu_wrote_in_part_never_fails_before_its_deadline(pipeline: Pipeline) -> None:
    assignment_id, _ = await pipeline.assign(deadline_seconds=86_400)
    for _ in range(2 * MAX_RESCUES):
        await clear_outbox_and_age(pipeline, deadline_at=now() + timedelta(hours=12))
        assert await pipeline.net.rescue() == 1
    assert (await only_homework(pipeline)).rescues == MAX_RESCUES - 1
    for _ in range(2):  # The mock gets one more request after the deadline.
        assert (await pipeline.services.assignments.get(assignment_id, EVERYTHING)).status != "failed"
        await clear_outbox_and_age(pipeline)
        await pipeline.net.rescue()
    assert (await pipeline.services.assignments.get(assignment_id, EVERYTHING)).status == "failed"


async def clear_outbox_and_age(
    pipeline: Pipeline, rescues: int | None = None, deadline_at: datetime | None = None
) -> None:
    """Change the rows as if the job had been published and lost, and its deadline had passed."""
    await execute(pipeline.database, delete(OutboxEntry))
    await execute(
        pipeline.database,
        update(Homework).values(
            deadline_at=deadline_at or now() - timedelta(seconds=2),
            rescue_at=now() - timedelta(seconds=1),
            rescues=Homework.rescues if rescues is None else rescues,
        ),
    )


async def test_a_generator_that_announces_itself_is_online_and_changes_the_default_deadline(
    pipeline: Pipeline,
) -> None:
    status = GeneratorStatus(
        worker_id="gpu-1", kind=GeneratorKind.VLLM, model="marco", in_flight=0, done=0,
        tokens_per_second=0, version="1", started_at=now(),
    )  # fmt: skip
    generator = pipeline.broker("generator")
    async with running(pipeline.presence.run), generator.publisher() as publisher:
        await eventually(lambda: pipeline.presence.problem is None)
        await publisher.announce(STATUS_DESTINATION, envelop(status, "gpu-1"))
        await eventually(pipeline.presence.generators)
        assert not pipeline.presence.gpu_online()
        async with generator.consumer(JOBS, 1):
            await eventually(pipeline.presence.gpu_online)
        # It still counts as online, because it may only be reconnecting.
        assert pipeline.presence.gpu_online()
    assignment_id, _ = await pipeline.assign(deadline_seconds=None)
    assignment = await pipeline.services.assignments.get(assignment_id, EVERYTHING)
    assert assignment.deadline_at - assignment.created_at == timedelta(seconds=60)


async def test_a_generator_that_purges_its_own_queue_costs_no_homework(
    pipeline: Pipeline, broker: BrokerProcess
) -> None:
    """The broker lets a reader purge its queue and dead-letters nothing then, so only the deadline net can
    help.
    """
    await pipeline.assign(deadline_seconds=10)
    async with running(pipeline.relay.run), pipeline.broker("api").monitor() as monitor:

        async def waiting() -> int:
            return (await monitor.depths())[JOBS].ready

        await eventually(waiting)
        await eventually(lambda: has_published_all(pipeline))
        assert await purged_by_the_generator(broker) == 1
        assert await waiting() == 0
    async with running(
        pipeline.net.run,
        pipeline.relay.run,
        mock_generator(pipeline.broker("mock_generator")),
        pipeline.results.run,
    ):
        await eventually(lambda: is_stored(pipeline))
    homework = await only_homework(pipeline)
    assert homework.generated_by is GeneratorKind.MOCK
    assert homework.fallback_reason == "overdue"
    assert homework.exercises
    assert homework.available_at is not None
    assert homework.available_at - homework.deadline_at < timedelta(seconds=10)


async def purged_by_the_generator(broker: BrokerProcess) -> int | None:
    """Purge the queue over TLS, as a borrowed GPU could. Gives the number of purged jobs."""
    address = BrokerAddress.of(ticket_for(broker, "generator"))
    async with await connect(address, "purger") as connection:
        queue = await (await connection.channel()).get_queue(JOBS, ensure=False)
        return (await queue.purge()).message_count
