"""The cost of a job in Python, in counts that do not depend on the machine: function calls and blocks of
memory.

The limits are a sixth above the measured counts. A change that exceeds one either costs too much or has to
raise the limit here and give a reason.
"""

import asyncio
import cProfile
import gc
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from bench.pipeline import work
from pamqp import commands
from pamqp.frame import marshal
from pydantic import TypeAdapter
from sqlalchemy import Connection
from tests.support.api.pipeline import Pipeline
from tests.support.broker.memory_broker import MemoryBroker

from homework_api.database.engine import Database
from homework_api.database.queries.outbox import claim_outbox, settle_outbox
from homework_api.database.queries.results import find_requests
from homework_api.database.rows import OutboxRow
from homework_api.domain.access import FIRST_TEACHER
from homework_api.pipeline.jobs import JobPlanner
from homework_api.pipeline.results import _judge_all, _read
from homework_api.schemas.assignments import AssignmentCreate
from homework_api.services.acceptance import Acceptance
from homework_shared.exercises.exercise import Exercise
from homework_shared.exercises.messages import GenerateHomework, GeneratorKind, HomeworkGenerated, decode
from homework_shared.messaging.pipelining import _frames
from homework_shared.messaging.publisher import to_publish
from homework_shared.messaging.receiving import Received, Receiving, _Reader
from homework_shared.messaging.topology import RESULT_DESTINATION
from homework_shared.messaging.transport import Delivery, envelop

CLASS = 30
CLASSES = 10
JOBS = CLASS * CLASSES
OF_THE_LANGUAGE = 2100
"""The calls to examine five exercises. Every exercise is examined before a student gets it, whatever queue it
came through.
"""
CALLS = {"accept": 43, "relay": 14, "store": 130 + OF_THE_LANGUAGE, "read": 35, "write": 7, "receive": 11}
AT_REST = {"accept": 378, "settle": 212, "read": 130, "store": 422}
"""The calls of each transaction of a job that comes alone."""
BLOCKS = 52
"""The memory blocks of a result that waits to be stored."""
WRITTEN = tuple(TypeAdapter[Exercise](Exercise).validate_python(each) for each in work.exercises())


@dataclass
class _Arrived:
    """The parts of a delivery that reading it needs."""

    envelope: Any
    user_id: str = "generator"
    is_from_own_user: bool = False


def calls_per_job(do: Callable[[], Any]) -> float:
    profile = cProfile.Profile(builtins=False)
    profile.runcall(do)
    return sum(entry.callcount for entry in profile.getstats()) / JOBS


def blocks_per_job(do: Callable[[], Any]) -> float:
    """The memory blocks that are held after it is done."""
    gc.collect()
    gc.disable()
    try:
        before = sys.getallocatedblocks()
        held = do()
        return (sys.getallocatedblocks() - before) / JOBS if held else 0.0
    finally:
        gc.enable()


def result(job_id: UUID, token: str | None = "0" * 32) -> HomeworkGenerated:
    return HomeworkGenerated(
        job_id=job_id, delivery_token=token, exercises=WRITTEN, generated_by=GeneratorKind.VLLM,
        model="m", worker_id="w", queue_seconds=0, generation_seconds=0,
    )  # fmt: skip


def answer(row: OutboxRow) -> HomeworkGenerated:
    """A generator's result for this row's job."""
    job = decode(GenerateHomework, GenerateHomework.__name__, row.body.encode())
    return result(job.job_id, job.delivery_token)


def delivered(job_id: UUID) -> Delivery:
    arrived: Any = _Arrived(envelop(result(job_id), str(job_id)))
    delivery: Delivery = arrived
    return delivery


class Costs:
    """Runs one transaction after another on a SQLite file, in this thread."""

    def __init__(self, pipeline: Pipeline, request: AssignmentCreate) -> None:
        self.pipeline, self.request = pipeline, request
        backend: Any = pipeline.database._backend
        self._writer = backend._writer

    def transact(self, step: Callable[[Connection], Any]) -> Any:
        return self._writer.transact(step)

    def accept(self) -> None:
        planner = JobPlanner(self.pipeline.relay._clock, lambda: False)
        for _ in range(CLASSES):
            new = planner.assignment(self.request, FIRST_TEACHER)
            acceptance = Acceptance(planner, self.pipeline.handoff, self.request, new, None, None)
            self.transact(acceptance.accept)

    def relay(self) -> list[OutboxRow]:
        clock = self.pipeline.relay._clock
        rows = self.transact(lambda connection: claim_outbox(connection, clock(), clock(), JOBS))
        self.transact(lambda connection: settle_outbox(connection, rows, clock(), clock()))
        return list(rows)

    def store(self, results: list[Any]) -> list[str]:
        """Store the results. Returns the outcome of each."""
        consumer, ids = self.pipeline.results, [result.job_id for result in results]
        requests = self.transact(lambda connection: find_requests(connection, ids))
        judged = _judge_all(results, requests)
        changes = self.transact(lambda connection: consumer._store_in_one_transaction(connection, judged))
        return [change.outcome for change in changes]


@pytest.fixture
async def costs(sqlite_url: str) -> Any:
    pipeline = Pipeline(Database(sqlite_url), lambda _user: MemoryBroker())
    request = work.assignment([await pipeline.student() for _ in range(CLASS)])
    counted = Costs(pipeline, AssignmentCreate.model_validate(request))
    counted.accept()  # The first run also makes what later ones reuse.
    counted.store([answer(row) for row in counted.relay()])
    yield counted
    await pipeline.database.close()


def test_accepting_relaying_and_storing_take_few_calls_a_job(costs: Costs) -> None:
    jobs: list[OutboxRow] = []
    counts = {
        "accept": calls_per_job(costs.accept),
        "relay": calls_per_job(lambda: jobs.extend(costs.relay())),
    }
    outcomes: list[str] = []
    results = [answer(row) for row in jobs]
    counts["store"] = calls_per_job(lambda: outcomes.extend(costs.store(results)))
    assert outcomes == ["stored"] * JOBS  # Refused results would be cheaper.
    assert {name: count for name, count in counts.items() if count > CALLS[name]} == {}


def test_the_transactions_of_a_job_that_comes_alone_take_few_calls(costs: Costs) -> None:
    calls_at_rest(costs)  # The first job also makes what later ones reuse.
    counts = calls_at_rest(costs)
    assert {name: count for name, count in counts.items() if count > AT_REST[name]} == {}, counts


def calls_at_rest(costs: Costs) -> dict[str, int]:
    consumer, clock = costs.pipeline.results, costs.pipeline.relay._clock
    profiles = {name: cProfile.Profile(builtins=False) for name in AT_REST}

    def transact(name: str, step: Callable[[Connection], Any]) -> Any:
        return profiles[name].runcall(costs.transact, step)

    planner = JobPlanner(clock, lambda: False)
    request = costs.request.model_copy(update={"student_ids": (costs.request.student_ids or [])[:1]})
    new = planner.assignment(request, FIRST_TEACHER)
    rows = transact(
        "accept", Acceptance(planner, costs.pipeline.handoff, request, new, None, None).accept
    ).rows
    transact("settle", lambda connection: settle_outbox(connection, rows, clock(), clock()))
    [answered] = [answer(row) for row in rows]
    requests = transact("read", lambda connection: find_requests(connection, [answered.job_id]))
    judged = _judge_all([answered], requests)
    [change] = transact("store", lambda connection: consumer._store_in_one_transaction(connection, judged))
    assert change.outcome == "stored"
    return {name: sum(entry.callcount for entry in made.getstats()) for name, made in profiles.items()}


async def test_reading_a_result_takes_few_calls_and_little_memory() -> None:
    deliveries = [delivered(uuid4()) for _ in range(JOBS)]
    read = [await _read(each, "") for each in deliveries]
    assert len(read) == JOBS

    def read_all() -> list[Any]:
        return [_finished(_read(each, "")) for each in deliveries]

    assert calls_per_job(read_all) <= CALLS["read"]
    assert blocks_per_job(read_all) <= BLOCKS


def test_the_frames_of_a_message_take_few_calls() -> None:
    channel: Any = SimpleNamespace(number=1, max_content_size=131_064)
    messages = [(RESULT_DESTINATION, envelop(result(uuid4()), str(uuid4()))) for _ in range(JOBS)]

    def write_all() -> list[Any]:
        return [_frames(channel, to_publish(*each, "generator")) for each in messages]

    assert len({frames[0] for frames in write_all()}) == 1  # All messages share the method's frame.
    assert calls_per_job(write_all) <= CALLS["write"]


async def test_receiving_a_message_takes_few_calls() -> None:
    arrived: list[Received] = []
    receiving = Receiving()
    receiving.receive(1, arrived.append)
    reader = _Reader(receiving._channels, asyncio.get_running_loop())
    data = b"".join(delivered_frames(tag) for tag in range(JOBS))
    calls = calls_per_job(lambda: reader.feed_data(data))
    assert len(arrived) == JOBS
    assert calls <= CALLS["receive"]


def delivered_frames(tag: int) -> bytes:
    """The frames of a result, as RabbitMQ delivers it."""
    channel: Any = SimpleNamespace(number=1, max_content_size=131_064)
    envelope = envelop(result(uuid4()), str(uuid4()), headers={"a": "b"})
    _, *content = _frames(channel, to_publish(RESULT_DESTINATION, envelope, "generator"))
    deliver = commands.Basic.Deliver("consumer", tag, False, "generation", "result")
    return marshal(deliver, 1) + b"".join(content)


def _finished(coroutine: Any) -> Any:
    """The value of a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waited")
