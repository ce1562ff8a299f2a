"""A result that cannot be read, believed or stored is parked, and the others of its batch are stored."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import uuid4

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DataError
from tests.support.api.pipeline import Pipeline, running
from tests.support.api.pipeline_steps import is_stored, only_homework, with_tokens
from tests.support.api.results_steps import answer, count_of, is_settled, parked
from tests.support.api.rows import execute, scalars
from tests.support.broker.clients import send
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.messages import failed, generated
from tests.support.waiting import eventually

from homework_api.database.models import HOMEWORK, Homework
from homework_api.database.queries.homework import update_homework
from homework_api.pipeline import results
from homework_api.pipeline.judging import GivenUp, Result
from homework_shared.exercises.exercise import Exercise
from homework_shared.exercises.messages import GeneratorKind, Message
from homework_shared.language import examine
from homework_shared.language.asked import Asked
from homework_shared.language.reading.parsed import Parsed
from homework_shared.messaging.topology import DEAD, RESULT_DESTINATION, RESULTS
from homework_shared.messaging.transport import INSTALLATION_HEADER, Delivery, Envelope, envelop

pytestmark = pytest.mark.usefixtures("language", "retrying_at_once")


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


class Nameless:
    """A delivery whose message has no `user_id`."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self.user_id = None
        self.is_from_own_user = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._delivery, name)


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


async def test_a_result_that_no_check_can_read_is_parked_alone_and_the_consumer_goes_on(
    pipeline: Pipeline, memory: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in a check would come again with each delivery, until the whole batch had reached the delivery
    limit.
    """
    await pipeline.assign(3)
    jobs = [homework.job_id for homework in await scalars(pipeline.database, select(Homework))]

    def stumble(exercise: Exercise, asked: Asked) -> Parsed:
        if exercise.correct_answer == "Salve.":
            raise IndexError("list index out of range")
        return Parsed(exercise, asked)

    monkeypatch.setattr(examine, "Parsed", stumble)
    texts = zip(jobs, ("Ciao.", "Salve.", "Ciao."), strict=True)
    told = await with_tokens(pipeline.database, [generated(job, text=text) for job, text in texts])
    before = count_of("unstorable")
    await send(memory, RESULT_DESTINATION, *(envelop(each, str(each.job_id)) for each in told))
    async with running(pipeline.results.run):
        await eventually(lambda: is_settled(memory))
    assert parked(memory) == [str(jobs[1])]
    statuses = {
        homework.job_id: homework.status for homework in await scalars(pipeline.database, select(Homework))
    }
    assert statuses == {jobs[0]: "available", jobs[1]: "pending", jobs[2]: "available"}
    assert count_of("unstorable") == before + 1


async def test_a_result_for_homework_that_a_newer_version_changed_is_parked_alone(
    pipeline: Pipeline, memory: MemoryBroker
) -> None:
    await pipeline.assign(3)
    jobs = [homework.job_id for homework in await scalars(pipeline.database, select(Homework))]
    told = await with_tokens(pipeline.database, [generated(job) for job in jobs])
    await execute(
        pipeline.database,
        text("UPDATE homework SET generated_by = 'dictionary' WHERE id = (SELECT max(id) FROM homework)"),
    )
    await send(memory, RESULT_DESTINATION, *(envelop(each, str(each.job_id)) for each in told))
    async with running(pipeline.results.run):
        await eventually(lambda: is_settled(memory))
    assert parked(memory) == [str(jobs[2])]
    statuses = await scalars(pipeline.database, select(HOMEWORK.c.status))
    assert sorted(statuses) == ["available", "available", "pending"]


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
