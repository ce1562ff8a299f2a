"""The six steps of docs/architecture.md, each on a real RabbitMQ and on each real database."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, select, update
from sqlmodel import col
from tests.support.brokers import BrokerProcess
from tests.support.pipeline import Pipeline, now, running

from homework_api.db import Database
from homework_api.deadlines import MAX_RESCUES
from homework_api.models import Assignment, Homework, OutboxEntry, Student
from homework_api.repository import Page
from homework_api.schemas import AssignmentCreate
from homework_api.statuses import HomeworkStatus
from homework_shared.broker import RabbitBroker
from homework_shared.errors import HomeworkError, Verdict
from homework_shared.exercises import Exercise, Translation
from homework_shared.messages import (
    GenerateHomework,
    GeneratorKind,
    GeneratorStatus,
    HomeworkFailed,
    HomeworkGenerated,
    Message,
    decode,
)
from homework_shared.settings import LocalBrokerSettings
from homework_shared.testing import MemoryBroker, MemoryPublisher
from homework_shared.topology import (
    DEAD,
    FALLBACK,
    FALLBACK_ROUTE,
    JOB_ROUTE,
    JOBS,
    RESULT_ROUTE,
    RESULTS,
    STATUS_ROUTE,
)
from homework_shared.transport import Broker, Delivery, Envelope, Inbox, Route, envelop


@pytest.fixture
def as_user(broker: BrokerProcess) -> Callable[[str], Broker]:
    def connect(user: str) -> Broker:
        return RabbitBroker(LocalBrokerSettings(amqp_url=SecretStr(broker.amqp_url(user))), f"test-{user}")

    return connect


@pytest.fixture
def pipeline(database: Database, as_user: Callable[[str], Broker]) -> Pipeline:
    return Pipeline(database, as_user)


def exercises(text: str = "Ciao.") -> tuple[Exercise, ...]:
    return (Translation(question="Translate: Hello.", correct_answer=text, explanation="A greeting."),)


def generated(job_id: UUID, by: GeneratorKind = GeneratorKind.VLLM, text: str = "Ciao.") -> HomeworkGenerated:
    return HomeworkGenerated(
        job_id=job_id, exercises=exercises(text), generated_by=by, model="m", worker_id="w",
        queue_seconds=0, generation_seconds=0,
    )  # fmt: skip


def failed(job_id: UUID) -> HomeworkFailed:
    return HomeworkFailed(job_id=job_id, code="bug", message="no", worker_id="w")


async def only_homework(pipeline: Pipeline) -> Homework:
    async with pipeline.database.read() as session:
        [homework] = (await session.execute(select(Homework))).scalars()
        return homework


async def publish(pipeline: Pipeline, user: str, route: Route, *messages: Message | Envelope) -> None:
    sealed = [m if isinstance(m, Envelope) else envelop(m, "id") for m in messages]
    async with pipeline.broker(user).publisher() as publisher:
        assert await publisher.publish_many([(route, each) for each in sealed]) == [None] * len(sealed)


async def take(inbox: Inbox, count: int, seconds: float = 10) -> list[Delivery]:
    taken: list[Delivery] = []
    async with asyncio.timeout(seconds):
        while len(taken) < count:
            taken += await inbox.take(count - len(taken))
    return taken


async def until(condition: Callable[[], object], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while True:
            value = condition()
            if await value if asyncio.iscoroutine(value) else value:
                return
            await asyncio.sleep(0.02)


async def is_stored(pipeline: Pipeline, status: str = "available") -> bool:
    return (await only_homework(pipeline)).status == status


@asynccontextmanager
async def storing(pipeline: Pipeline) -> AsyncIterator[None]:
    async with running(pipeline.results.run):
        yield


async def store(pipeline: Pipeline, *results: Message | Envelope) -> None:
    """Deliver results in order and wait until each is dealt with."""
    await publish(pipeline, "mock_generator", RESULT_ROUTE, *results)
    async with storing(pipeline), pipeline.broker("api").monitor() as monitor:

        async def drained() -> bool:
            return (await monitor.depths())[RESULTS].ready == 0

        await until(drained)
        await asyncio.sleep(0.3)


# 1. accept


async def test_an_accepted_assignment_is_in_the_outbox_of_the_same_transaction(pipeline: Pipeline) -> None:
    await pipeline.assign(3)
    async with pipeline.database.read() as session:
        debts = list((await session.execute(select(OutboxEntry))).scalars())
        homework = list((await session.execute(select(Homework))).scalars())
    assert {debt.job_id for debt in debts} == {each.job_id for each in homework}
    assert len(debts) == 3


# 2. relay


async def test_the_relay_publishes_each_job_with_the_time_it_has_left(pipeline: Pipeline) -> None:
    assignment_id, _ = await pipeline.assign(3, deadline_seconds=60)
    async with running(pipeline.relay.run), pipeline.broker("generator").inbox(JOBS, 10) as inbox:
        deliveries = await take(inbox, 3)
        jobs = [decode(GenerateHomework, d.envelope.type, d.envelope.body) for d in deliveries]
        assert all(58_000 < job.milliseconds_left(now()) <= 60_000 for job in jobs)
        assert len({job.seed for job in jobs}) == 3
        assert {d.envelope.message_id for d in deliveries} == {str(job.job_id) for job in jobs}
        await until(lambda: _is_generating(pipeline, assignment_id))
    async with pipeline.database.read() as session:
        assert not list((await session.execute(select(OutboxEntry))).scalars())
        assert all(h.published_at for h in (await session.execute(select(Homework))).scalars())


async def _is_generating(pipeline: Pipeline, assignment_id: int) -> bool:
    async with pipeline.database.read() as session:
        assignment = await session.get(Assignment, assignment_id)
    return assignment is not None and assignment.status == "generating"


async def test_two_relays_on_one_database_publish_each_job_once(pipeline: Pipeline) -> None:
    other = Pipeline(pipeline.database, pipeline.broker)
    async with running(pipeline.relay.run, other.relay.run):
        for _ in range(5):
            await pipeline.assign(20, deadline_seconds=60)
        async with pipeline.broker("generator").inbox(JOBS, 500) as inbox:
            ids = [delivery.envelope.message_id for delivery in await take(inbox, 100)]
            await asyncio.sleep(0.5)
            async with pipeline.broker("api").monitor() as monitor:
                assert (await monitor.depths())[JOBS].ready == 0
    assert len(set(ids)) == 100


async def test_a_relay_cut_off_while_publishing_gives_its_rows_back(database: Database) -> None:
    class StuckPublisher(MemoryPublisher):
        async def publish_many(
            self, messages: Sequence[tuple[Route, Envelope]]
        ) -> list[HomeworkError | None]:
            publishing.set()
            await asyncio.sleep(60)
            return [None] * len(messages)

    class StuckBroker(MemoryBroker):
        @asynccontextmanager
        async def publisher(self) -> AsyncIterator[MemoryPublisher]:
            yield StuckPublisher(self)

    publishing, stuck = asyncio.Event(), StuckBroker()
    pipeline = Pipeline(database, lambda _user: stuck)
    await pipeline.assign(3)
    async with running(pipeline.relay.run):
        await publishing.wait()
    async with database.read() as session:
        debts = list((await session.execute(select(OutboxEntry))).scalars())
    assert [debt.claimed_until for debt in debts] == [None] * 3


async def test_a_job_past_its_deadline_is_published_to_the_fallback(pipeline: Pipeline) -> None:
    await pipeline.assign()
    async with pipeline.database.write() as session:
        await session.execute(update(OutboxEntry).values(deadline_at=now() - timedelta(seconds=1)))
    async with running(pipeline.relay.run), pipeline.broker("mock_generator").inbox(FALLBACK, 1) as inbox:
        [delivery] = await take(inbox, 1)
        assert delivery.death_reason is None


# 3 and 4 are the worker's: shared/tests/test_worker.py and tests/contract; here their ends meet


async def test_no_message_names_a_student_an_address_or_a_database_id(pipeline: Pipeline) -> None:
    async with pipeline.database.write() as session:
        student = Student(
            id=987654321, name="Ludovica Zabaglione", email="ludo@example.org", created_at=now()
        )
        session.add(student)
    await pipeline.assign(2, deadline_seconds=60, topic="la scuola")
    request = AssignmentCreate(cefr_level="A1", student_ids=[987654321], deadline_seconds=60)
    await pipeline.service.create_assignment(request)
    async with running(pipeline.relay.run), pipeline.broker("generator").inbox(JOBS, 10) as inbox:
        for delivery in await take(inbox, 3):
            envelope = delivery.envelope
            wire = envelope.body.decode() + envelope.message_id + json.dumps(dict(envelope.headers))
            for secret in ("Ludovica", "Zabaglione", "example.org", "987654321", "student"):
                assert secret not in wire
            assert set(json.loads(envelope.body)) == set(GenerateHomework.model_fields)


# 5. store


async def test_a_result_is_stored_and_completes_its_assignment(pipeline: Pipeline) -> None:
    assignment_id, [student_id] = await pipeline.assign()
    job_id = (await only_homework(pipeline)).job_id
    await store(pipeline, generated(job_id))
    assignment = await pipeline.service.get_assignment(assignment_id)
    assert assignment.status == "completed"
    assert assignment.completed_at is not None
    [homework] = (await pipeline.service.list_homework(student_id, None, Page())).homework
    assert (homework.status, homework.generated_by, homework.model) == ("available", "vllm", "m")


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


async def test_a_late_gpu_result_never_replaces_homework_that_a_student_has_started(
    pipeline: Pipeline,
) -> None:
    _, [student_id] = await pipeline.assign()
    homework = await only_homework(pipeline)
    await store(pipeline, generated(homework.job_id, GeneratorKind.MOCK))
    assert homework.id is not None
    await pipeline.service.start_homework(student_id, homework.id)
    await store(pipeline, generated(homework.job_id, GeneratorKind.VLLM, "Salve."))
    after = await only_homework(pipeline)
    assert (after.generated_by, after.status) == (GeneratorKind.MOCK, HomeworkStatus.IN_PROGRESS)


async def test_a_failure_fails_the_assignment_and_says_what_to_do(pipeline: Pipeline) -> None:
    assignment_id, _ = await pipeline.assign()
    await store(pipeline, failed((await only_homework(pipeline)).job_id))
    assignment = await pipeline.service.get_assignment(assignment_id)
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
    assignment = await pipeline.service.get_assignment(assignment_id)
    assert (assignment.status, assignment.error_message) == ("completed", None)


async def test_two_consumers_that_store_a_class_at_once_complete_its_assignment(pipeline: Pipeline) -> None:
    other = Pipeline(pipeline.database, pipeline.broker)
    assignment_id, _ = await pipeline.assign(40)
    async with pipeline.database.read() as session:
        jobs = list((await session.execute(select(col(Homework.job_id)))).scalars())
    async with running(pipeline.results.run, other.results.run):
        await asyncio.sleep(0.5)
        await publish(pipeline, "mock_generator", RESULT_ROUTE, *(generated(job) for job in jobs))

        async def completed() -> bool:
            return (await pipeline.service.get_assignment(assignment_id)).status == "completed"

        await until(completed)


async def test_results_nobody_can_use_are_parked_and_the_consumer_lives_on(pipeline: Pipeline) -> None:
    await pipeline.assign()
    job_id = (await only_homework(pipeline)).job_id
    two = generated(job_id).model_copy(update={"exercises": exercises() * 2})
    await store(
        pipeline,
        Envelope("HomeworkGenerated", "not json", b"{"),
        Envelope("Gossip", "unknown type", b"{}"),
        envelop(two, "two exercises for one"),
        generated(uuid4()),
        generated(job_id),
    )
    assert await is_stored(pipeline)
    async with pipeline.broker("api").inbox(DEAD, 10) as dead:
        parked = [delivery.envelope.message_id for delivery in await take(dead, 3)]
    assert sorted(parked) == ["not json", "two exercises for one", "unknown type"]


async def test_a_malformed_message_in_each_queue_ends_in_the_park(pipeline: Pipeline) -> None:
    bad = Envelope("GenerateHomework", "bad", b"\x00", expires_in_ms=200)
    await publish(pipeline, "api", JOB_ROUTE, bad)
    await publish(pipeline, "api", FALLBACK_ROUTE, Envelope("GenerateHomework", "bad", b"\x00"))
    await publish(pipeline, "generator", RESULT_ROUTE, Envelope("HomeworkGenerated", "bad", b"\x00"))
    async with (
        running(pipeline.results.run),
        pipeline.broker("mock_generator").inbox(FALLBACK, 10) as fallback,
        pipeline.broker("api").inbox(DEAD, 10) as dead,
    ):
        for delivery in await take(fallback, 2):
            await delivery.settle(Verdict.REJECT)
        assert [d.envelope.message_id for d in await take(dead, 3)] == ["bad"] * 3


# 6. catch


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


# presence


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
