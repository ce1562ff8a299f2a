"""Results and the deadline net, when the database goes away between two of their statements."""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Select, delete, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DataError
from tests.support.api.application import FakeClock
from tests.support.api.failing_database import failing_at
from tests.support.api.pipeline import Pipeline, now, running
from tests.support.api.pipeline_steps import is_stored, only_homework, with_tokens
from tests.support.api.rows import execute, scalars
from tests.support.broker.clients import send
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.messages import exercises, failed, generated
from tests.support.waiting import eventually

from homework_api.database.engine import Database, DatabaseUnavailable
from homework_api.database.models import HOMEWORK, Homework, OutboxEntry
from homework_api.database.queries import results as queries
from homework_api.database.queries.homework import update_homework
from homework_api.database.queries.installation import read_installation
from homework_api.database.rows import FailedHomework
from homework_api.domain.access import EVERYTHING
from homework_api.pipeline import deadline_net, metrics, results
from homework_api.pipeline.deadline_net import MAX_RESCUES, UNANSWERED
from homework_api.pipeline.judging import GivenUp, Result
from homework_shared.errors import LinkLost
from homework_shared.exercises.messages import GeneratorKind, Message
from homework_shared.language.examine import load as load_tables
from homework_shared.messaging.topology import DEAD, FALLBACK, JOBS, RESULT_DESTINATION, RESULTS
from homework_shared.messaging.transport import INSTALLATION_HEADER, Delivery, Envelope, envelop
from homework_shared.runtime.retry import Backoff

WRITES_HOMEWORK = "UPDATE homework"
WRITES_ASSIGNMENTS = "UPDATE assignments"


@pytest.fixture(scope="module", autouse=True)
def language() -> None:
    """Load the tables of the language in advance. The first result would wait for them, for seconds on a busy
    machine.
    """
    load_tables()


@pytest.fixture
def memory() -> MemoryBroker:
    return MemoryBroker()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def pipeline(
    db: Database, memory: MemoryBroker, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> Pipeline:
    """The parts of the API on an in-memory broker, with a clock that the test sets."""
    monkeypatch.setattr(results, "DATABASE_BACKOFF", Backoff(0.001, 0.001))
    monkeypatch.setattr(deadline_net, "TICK_SECONDS", 0.001)
    return Pipeline(db, lambda _user: memory, clock)


def is_settled(memory: MemoryBroker) -> bool:
    return not memory.queues[RESULTS].ready and not memory.queues[RESULTS].unsettled


async def answer(pipeline: Pipeline, memory: MemoryBroker, *answers: Message | Envelope) -> None:
    """Send results with the tokens of their jobs."""
    await send(memory, RESULT_DESTINATION, *await with_tokens(pipeline.database, answers))


async def is_completed(pipeline: Pipeline, assignment_id: int) -> bool:
    return (await pipeline.services.assignments.get(assignment_id, EVERYTHING)).status == "completed"


@pytest.mark.parametrize("statement", [WRITES_HOMEWORK, WRITES_ASSIGNMENTS])
async def test_a_result_that_was_not_stored_is_returned_to_the_broker_after_a_stop(
    pipeline: Pipeline, memory: MemoryBroker, statement: str
) -> None:
    await pipeline.assign()
    await answer(pipeline, memory, generated((await only_homework(pipeline)).job_id))
    with failing_at(pipeline.database, statement) as failures:
        async with running(pipeline.results.run):
            await eventually(lambda: failures.count >= 1)
        assert [stored.deliveries for stored in memory.queues[RESULTS].ready] == [1]
        assert await is_stored(pipeline, "pending")
    async with running(pipeline.results.run):
        await eventually(lambda: is_settled(memory))
    assert await is_stored(pipeline)


class AwayAtTheStop:
    """A database that goes away at the moment at which the process is told to stop."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop

    async def read(self, work: object) -> Any:
        if work is read_installation:
            return uuid4()
        self._stop.set()
        raise DatabaseUnavailable


async def test_a_result_is_returned_to_the_broker_when_the_stop_comes_between_a_failed_write_and_the_retry(
    memory: MemoryBroker,
) -> None:
    stop = asyncio.Event()
    database: Any = AwayAtTheStop(stop)
    await send(memory, RESULT_DESTINATION, generated(uuid4()))
    await results.ResultsConsumer(memory, database, now, Backoff(), lambda _: None).run(stop)
    assert [stored.deliveries for stored in memory.queues[RESULTS].ready] == [1]


async def test_while_the_database_is_down_a_result_uses_up_no_delivery_and_is_not_parked(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    assignment_id, _ = await pipeline.assign()
    await answer(pipeline, memory, generated((await only_homework(pipeline)).job_id))
    async with running(pipeline.results.run):
        with failing_at(pipeline.database, WRITES_ASSIGNMENTS) as failures:
            await eventually(lambda: failures.count > 25)  # The queue's delivery limit is 20.
            assert memory.queues[RESULTS].unsettled == 1
        await eventually(lambda: is_settled(memory))
        assert await is_completed(pipeline, assignment_id)
    assert not memory.queues[DEAD].ready


async def test_no_result_is_acknowledged_before_it_is_stored(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    await pipeline.assign()
    stored_before_the_acknowledgement = []

    async def look() -> None:
        stored_before_the_acknowledgement.append(await is_stored(pipeline))

    memory.hooks.before_settle = look
    await answer(pipeline, memory, generated((await only_homework(pipeline)).job_id))
    async with running(pipeline.results.run):
        await eventually(lambda: is_settled(memory))
    assert stored_before_the_acknowledgement == [True]


async def test_a_result_whose_acknowledgement_is_lost_comes_again_and_changes_nothing(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    await pipeline.assign()
    lost: list[Homework] = []

    async def lose_the_first() -> None:
        if not lost:
            lost.append(await only_homework(pipeline))
            raise LinkLost

    memory.hooks.before_settle = lose_the_first
    await answer(pipeline, memory, generated((await only_homework(pipeline)).job_id))
    async with running(pipeline.results.run):
        await eventually(lambda: is_settled(memory))
    assert [await only_homework(pipeline)] == lost


async def test_parked_results_do_not_affect_the_others_of_their_batch(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    await pipeline.assign()
    good = generated((await only_homework(pipeline)).job_id)
    await answer(pipeline, memory, Envelope("HomeworkGenerated", "bad", b"{"), good)
    async with running(pipeline.results.run):
        await eventually(lambda: is_settled(memory))
    assert await is_stored(pipeline)
    assert [stored.envelope.message_id for stored in memory.queues[DEAD].ready] == ["bad"]


async def test_an_unusable_gpu_result_goes_to_the_mock_and_not_to_a_gpu_again(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    await pipeline.assign(deadline_seconds=600)
    await execute(pipeline.database, delete(OutboxEntry))  # Its job was published.
    job_id = (await only_homework(pipeline)).job_id
    two = generated(job_id).model_copy(update={"exercises": exercises() * 2})
    await answer(pipeline, memory, two)
    async with running(pipeline.results.run, pipeline.net.run, pipeline.relay.run):
        await eventually(lambda: bool(memory.queues[FALLBACK].ready))
    [asked] = memory.queues[FALLBACK].ready
    assert asked.envelope.message_id == str(job_id)
    assert asked.envelope.expires_in_ms is None
    assert not memory.queues[JOBS].ready


async def test_the_deadline_net_survives_an_outage_of_the_database(
    pipeline: Pipeline, memory: MemoryBroker, clock: FakeClock
) -> None:
    await pipeline.assign(deadline_seconds=60)
    await execute(pipeline.database, delete(OutboxEntry))
    clock.advance(62)
    async with running(pipeline.net.run, pipeline.relay.run):
        with failing_at(pipeline.database, WRITES_HOMEWORK) as failures:
            await eventually(lambda: failures.count >= 3)
            assert not memory.queues[FALLBACK].ready
        await eventually(lambda: bool(memory.queues[FALLBACK].ready))
    assert len(memory.queues[FALLBACK].ready) == 1


async def test_a_rescue_that_the_database_lost_halfway_leaves_no_trace(
    pipeline: Pipeline, clock: FakeClock
) -> None:
    await pipeline.assign(deadline_seconds=60)
    await execute(pipeline.database, delete(OutboxEntry))
    clock.advance(62)
    with failing_at(pipeline.database, WRITES_HOMEWORK), pytest.raises(ConnectionError):
        await pipeline.net.rescue()
    assert await scalars(pipeline.database, select(OutboxEntry)) == []
    assert await pipeline.net.rescue() == 1


async def test_the_deadline_net_ignores_homework_until_a_second_after_its_deadline(
    pipeline: Pipeline, clock: FakeClock
) -> None:
    await pipeline.assign(deadline_seconds=60)
    await execute(pipeline.database, delete(OutboxEntry))
    clock.advance(60.9)
    assert await pipeline.net.rescue() == 0
    clock.advance(0.1)
    assert await pipeline.net.rescue() == 1
    [row] = await scalars(pipeline.database, select(OutboxEntry))
    assert (row.overdue, row.claimed_until) == (True, None)


async def test_the_deadline_net_retries_after_4_8_16_seconds_and_gives_up_after_ten_tries(
    pipeline: Pipeline, clock: FakeClock
) -> None:
    assignment_id, _ = await pipeline.assign(deadline_seconds=60)
    await execute(pipeline.database, delete(OutboxEntry))
    clock.advance(61)
    waits = []
    for _ in range(MAX_RESCUES):
        assert await pipeline.net.rescue() == 1
        # The job was published, and no generator answered.
        await execute(pipeline.database, delete(OutboxEntry))
        wait = (await only_homework(pipeline)).rescue_at - clock()
        clock.now += wait - timedelta(microseconds=1)
        assert await pipeline.net.rescue() == 0
        clock.now += timedelta(microseconds=1)
        waits.append(wait.total_seconds())
    assert waits == [4, 8, 16, 32, 64, 128, 256, 512, 600, 600]
    assert await pipeline.net.rescue() == 1
    assert await scalars(pipeline.database, select(OutboxEntry)) == []
    homework = await only_homework(pipeline)
    assert (homework.status, homework.error_message) == ("failed", UNANSWERED)
    assert (await pipeline.services.assignments.get(assignment_id, EVERYTHING)).status == "failed"
    assert await pipeline.net.rescue() == 0


async def test_rescued_homework_wakes_the_relay_and_abandoned_homework_notifies_watchers(
    pipeline: Pipeline, clock: FakeClock
) -> None:
    assignment_id, _ = await pipeline.assign(deadline_seconds=60)
    woken: list[int] = []
    told: list[set[int]] = []
    net = deadline_net.DeadlineNet(pipeline.database, clock, lambda: woken.append(1), told.append)
    await execute(pipeline.database, delete(OutboxEntry))
    clock.advance(61)
    await net.rescue()
    assert (woken, told) == ([1], [])
    for _ in range(MAX_RESCUES):
        await execute(pipeline.database, delete(OutboxEntry))
        clock.advance(601)
        await net.rescue()
    assert (len(woken), told) == (MAX_RESCUES, [{assignment_id}])


async def test_the_deadline_net_requests_every_overdue_homework_however_many(
    pipeline: Pipeline, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline_net, "BATCH", 2)
    monkeypatch.setattr(deadline_net, "TICK_SECONDS", 3600)
    await pipeline.assign(5, deadline_seconds=60)
    await execute(pipeline.database, delete(OutboxEntry))
    clock.advance(61)
    async with running(pipeline.net.run):

        async def all_are_asked_for() -> bool:
            return len(await scalars(pipeline.database, select(OutboxEntry))) == 5

        await eventually(all_are_asked_for, 3)


async def test_a_failure_of_the_last_resort_fails_open_homework_only(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    await pipeline.assign()
    job_id = (await only_homework(pipeline)).job_id
    await answer(pipeline, memory, generated(job_id, GeneratorKind.MOCK), failed(job_id))
    async with running(pipeline.results.run):
        await eventually(lambda: is_settled(memory))
    assert await is_stored(pipeline)


class Nameless:
    """A delivery whose message has no `user_id`."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self.user_id = None
        self.is_from_own_user = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._delivery, name)


def parked(memory: MemoryBroker) -> list[str]:
    return [stored.envelope.message_id for stored in memory.queues[DEAD].ready]


def count_of(outcome: str) -> float:
    return float(metrics.results.labels(outcome)._value.get())


async def test_a_result_with_the_token_of_another_job_is_parked_alone_and_counted_and_not_acknowledged(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    await pipeline.assign()
    good = generated((await only_homework(pipeline)).job_id)
    forged = envelop(good.model_copy(update={"delivery_token": "f" * 32}), "forged")
    [told] = await with_tokens(pipeline.database, [good])
    before = count_of("wrong_token"), count_of("stored")
    await send(memory, RESULT_DESTINATION, forged, told)
    async with running(pipeline.results.run):
        await eventually(lambda: is_settled(memory))
    assert await is_stored(pipeline)
    assert parked(memory) == ["forged"]
    assert (count_of("wrong_token"), count_of("stored")) == (before[0] + 1, before[1] + 1)


async def test_a_result_that_the_database_refuses_is_parked_alone_and_costs_its_neighbours_nothing(
    pipeline: Pipeline, memory: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pipeline.assign(3)
    jobs = [homework.job_id for homework in await scalars(pipeline.database, select(Homework))]
    bad = jobs[1]
    real = update_homework

    def refuse(connection: Connection, updates: Sequence[Any]) -> None:
        refused = {each.id for each in updates} & bad_ids
        if refused:
            raise DataError("UPDATE homework", {}, ValueError("it does not fit"))
        real(connection, updates)

    homework = await scalars(pipeline.database, select(Homework))
    bad_ids = {each.id for each in homework if each.job_id == bad}
    monkeypatch.setattr(results, "update_homework", refuse)
    tokens = await with_tokens(pipeline.database, [generated(job) for job in jobs])
    before = count_of("unstorable"), count_of("stored")
    await send(memory, RESULT_DESTINATION, *(envelop(each, str(each.job_id)) for each in tokens))
    async with running(pipeline.results.run):
        await eventually(lambda: is_settled(memory))
    assert parked(memory) == [str(bad)]
    stored = await scalars(pipeline.database, select(Homework))
    assert {each.job_id for each in stored if each.status == "available"} == {*jobs} - {bad}
    assert (count_of("unstorable"), count_of("stored")) == (before[0] + 1, before[1] + 2)


async def test_the_outcome_of_a_result_is_reported_only_after_its_commit(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    await pipeline.assign()
    written = metrics.written.labels("vllm", "none")
    before = written._value.get()
    await answer(pipeline, memory, generated((await only_homework(pipeline)).job_id))
    async with running(pipeline.results.run):
        with failing_at(pipeline.database, WRITES_ASSIGNMENTS) as failures:
            await eventually(lambda: failures.count >= 3)
            assert written._value.get() == before
        await eventually(lambda: is_settled(memory))
    assert written._value.get() == before + 1


@pytest.mark.parametrize(
    ("outcome", "headers"), [("foreign", {INSTALLATION_HEADER: str(uuid4())}), ("malformed", {})]
)
async def test_a_result_that_is_not_for_us_or_cannot_be_read_is_parked_and_counted(
    pipeline: Pipeline, memory: MemoryBroker, outcome: str, headers: dict[str, str]
) -> None:
    before = count_of(outcome)
    await send(memory, RESULT_DESTINATION, Envelope("HomeworkGenerated", "bad", b"{", headers))
    async with running(pipeline.results.run):
        await eventually(lambda: is_settled(memory))
    assert (parked(memory), count_of(outcome)) == (["bad"], before + 1)


async def test_a_result_whose_sender_names_no_user_is_parked_and_counted(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    await pipeline.assign()
    before = count_of("unsigned")
    await answer(pipeline, memory, generated((await only_homework(pipeline)).job_id))
    async with memory.consumer(RESULTS, 1) as consumer:
        [delivery] = await consumer.take(1)
        assert await results._read(cast("Delivery", Nameless(delivery)), "ours") is None
    assert (len(parked(memory)), count_of("unsigned")) == (1, before + 1)
    assert await is_stored(pipeline, "pending")


@pytest.mark.parametrize(
    ("user", "by", "said"),
    [
        ("generator", GeneratorKind.VLLM, "HomeworkGenerated"),
        ("generator", GeneratorKind.MOCK, None),
        ("mock_generator", GeneratorKind.MOCK, "HomeworkGenerated"),
        ("mock_generator", GeneratorKind.VLLM, None),
    ],
)
async def test_a_message_that_its_sender_may_not_send_is_parked_as_forged(
    memory: MemoryBroker, user: str, by: GeneratorKind, said: str | None
) -> None:
    before = count_of("forged")
    read = await _read_from(memory, user, generated(uuid4(), by))
    assert (type(read).__name__ if read else None) == said
    assert (len(parked(memory)), count_of("forged") - before) == ((0, 0) if said else (1, 1))


async def _read_from(memory: MemoryBroker, user: str, message: Message) -> Result | None:
    await send(memory, RESULT_DESTINATION, message)
    async with memory.consumer(RESULTS, 1) as consumer:
        [delivery] = await consumer.take(1)
        sender = Nameless(delivery)
        sender.user_id = user  # type: ignore[assignment]
        return await results._read(cast("Delivery", sender), "ours")


async def test_a_failure_is_accepted_from_the_mock_generator_and_not_from_a_gpu(
    memory: MemoryBroker,
) -> None:
    failure = failed(uuid4(), token := "f" * 32)
    given_up = await _read_from(memory, "generator", failure)
    assert given_up == GivenUp(failure.job_id, token)
    assert await _read_from(memory, "mock_generator", failure) == failure
    assert parked(memory) == []


async def test_a_homework_that_two_results_of_a_batch_change_is_changed_in_their_order(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    await pipeline.assign(2)
    one, two = [homework.job_id for homework in await scalars(pipeline.database, select(Homework))]
    await answer(
        pipeline, memory,
        generated(one, GeneratorKind.MOCK), generated(two), generated(one, GeneratorKind.VLLM),
    )  # fmt: skip
    async with running(pipeline.results.run):
        await eventually(lambda: is_settled(memory))
    stored = await scalars(pipeline.database, select(Homework))
    assert {homework.generated_by for homework in stored} == {GeneratorKind.VLLM}
    assert [len(each) for each in results._in_rounds([_update(1), _update(2), _update(1), _update(1)])] == [
        2, 1, 1,
    ]  # fmt: skip


def _update(homework_id: int) -> FailedHomework:
    return FailedHomework(homework_id, "why", "w")


async def test_watchers_of_each_assignment_of_a_batch_are_notified_once(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    told: list[set[int]] = []
    first, _ = await pipeline.assign()
    second, _ = await pipeline.assign()
    jobs = [homework.job_id for homework in await scalars(pipeline.database, select(Homework))]
    await answer(pipeline, memory, *(generated(job) for job in jobs), generated(uuid4()))
    consumer = results.ResultsConsumer(memory, pipeline.database, pipeline.clock, Backoff(), told.append)
    before = metrics.results_batch._sum.get()
    async with running(consumer.run):
        await eventually(lambda: is_settled(memory))
    assert told == [{first, second}]
    assert metrics.results_batch._sum.get() == before + 3


async def test_rescued_homework_is_counted(pipeline: Pipeline, clock: FakeClock) -> None:
    await pipeline.assign(3, deadline_seconds=60)
    await execute(pipeline.database, delete(OutboxEntry))
    clock.advance(61)
    before = metrics.rescued._value.get()
    await pipeline.net.rescue()
    assert metrics.rescued._value.get() == before + 3


async def test_a_rescue_that_a_gpu_brought_forward_does_not_give_up_before_the_deadline(
    pipeline: Pipeline, clock: FakeClock
) -> None:
    await pipeline.assign(deadline_seconds=7 * 86_400)
    await execute(pipeline.database, update(HOMEWORK).values(rescue_at=clock()))
    for asked in range(1, MAX_RESCUES + 3):
        await execute(pipeline.database, delete(OutboxEntry))
        assert await pipeline.net.rescue() == 1
        assert (await only_homework(pipeline)).rescues == min(asked, MAX_RESCUES - 1)
        clock.advance(601)
    assert await is_stored(pipeline, "pending")


async def test_the_deadline_net_waits_between_two_checks(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    async def pause(stop: asyncio.Event, seconds: float) -> None:
        pauses.append(seconds)
        await stop.wait()

    monkeypatch.setattr(deadline_net, "pause", pause)
    async with running(pipeline.net.run):
        await eventually(lambda: bool(pauses))
    assert pauses == [deadline_net.TICK_SECONDS]


@pytest.mark.parametrize(
    ("statement", "ending"),
    [
        (queries._OVERDUE, "FOR UPDATE OF homework SKIP LOCKED"),  # Another net rescues these.
        (queries._OPEN_JOBS, "ORDER BY homework.id FOR UPDATE OF homework"),
    ],
)
def test_where_many_write_homework_is_locked_without_its_assignment(
    statement: Select[Any], ending: str
) -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    assert " ".join(str(statement.compile(dialect=dialect)).split()).endswith(ending)


async def test_the_most_overdue_homework_is_rescued_first(
    pipeline: Pipeline, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline_net, "BATCH", 1)
    first, _ = await pipeline.assign(deadline_seconds=90)
    second, _ = await pipeline.assign(deadline_seconds=60)
    await execute(pipeline.database, delete(OutboxEntry))
    clock.advance(100)
    rescued = []
    for _ in range(3):
        await pipeline.net.rescue()
        rescued += [row.assignment_id for row in await scalars(pipeline.database, select(OutboxEntry))]
        await execute(pipeline.database, delete(OutboxEntry))
    assert rescued == [second, first]


async def test_homework_whose_job_waits_in_the_outbox_is_not_asked_for_again(
    pipeline: Pipeline, clock: FakeClock
) -> None:
    await pipeline.assign(deadline_seconds=60)
    clock.advance(3600)
    assert await pipeline.net.rescue() == 0
    assert len(await scalars(pipeline.database, select(OutboxEntry))) == 1


async def test_beside_another_a_consumer_takes_no_result_before_it_has_loaded_the_language(
    pipeline: Pipeline, memory: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A result that it took while loading would have to wait, although the other consumer could store it at
    once.
    """
    may_end, stop = threading.Event(), asyncio.Event()
    monkeypatch.setattr(results, "load_tables", lambda: may_end.wait(10))
    async with memory.consumer(RESULTS, 1):
        running = asyncio.create_task(pipeline.results.run(stop))
        await asyncio.wait({running}, timeout=0.3)
        consumers = memory.queues[RESULTS].consumers
        may_end.set()
        await eventually(lambda: memory.queues[RESULTS].consumers == 2)
        stop.set()
        await running
    assert consumers == 1


async def test_alone_a_consumer_stores_the_mocks_homework_while_it_loads_the_language(
    pipeline: Pipeline, memory: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mock's homework is not checked against the tables, and nobody else would store it by
    its deadline.
    """
    await pipeline.assign()
    homework = await only_homework(pipeline)
    may_end, stop = threading.Event(), asyncio.Event()
    monkeypatch.setattr(results, "load_tables", lambda: may_end.wait(10))
    running = asyncio.create_task(pipeline.results.run(stop))
    await send(memory, RESULT_DESTINATION, generated(homework.job_id, by=GeneratorKind.MOCK))
    await eventually(lambda: is_settled(memory))
    still_loading = not may_end.is_set()
    may_end.set()
    stop.set()
    await running
    assert still_loading


async def test_a_consumer_that_is_stopped_while_it_loads_the_language_leaves_no_thread_behind(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end, ended, stop = threading.Event(), threading.Event(), asyncio.Event()

    def load() -> None:
        may_end.wait(10)
        ended.set()

    monkeypatch.setattr(results, "load_tables", load)
    stop.set()
    running = asyncio.create_task(pipeline.results.run(stop))
    stopped, _ = await asyncio.wait({running}, timeout=0.3)
    may_end.set()
    assert not stopped
    await running
    assert ended.is_set()


class OneOverdue:
    """A connection that finds one overdue homework, and then, by default, its job in the outbox."""

    def __init__(self, *in_outbox: UUID) -> None:
        self.job_id = uuid4()
        self._in_outbox = in_outbox or (self.job_id,)

    def execute(self, _statement: object, _parameters: object) -> list[tuple[object, ...]]:
        return [(1, 1, None, self.job_id, 7, None, now(), now(), 0, "A1", None, None, 1, ["translation"])]

    def scalars(self, _statement: object, parameters: dict[str, list[UUID]]) -> list[UUID]:
        assert parameters == {"jobs": [self.job_id]}
        return list(self._in_outbox)


def test_a_job_that_another_process_asked_for_in_the_same_moment_is_not_asked_for_twice() -> None:
    taken: Any = OneOverdue()
    assert queries.find_overdue(taken, now(), 10) == []
    left: Any = OneOverdue(uuid4())
    assert [homework.job_id for homework in queries.find_overdue(left, now(), 10)] == [left.job_id]


@pytest.mark.parametrize(("after_now", "rescues"), [(timedelta(0), 10), (timedelta(microseconds=1), 9)])
def test_the_last_time_to_ask_comes_with_the_deadline_and_not_before(
    after_now: timedelta, rescues: int
) -> None:
    at = now()
    [overdue] = queries.find_overdue(cast("Connection", OneOverdue(uuid4())), at, 1)
    asked_often = replace(overdue, rescues=9, deadline_at=at + after_now)
    assert deadline_net._next_rescue(asked_often, at).rescues == rescues
