"""The holder of a stolen ticket announces generators that do not exist."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from homework_api.database.engine import Database
from homework_api.domain.access import EVERYTHING
from homework_api.pipeline.presence import MAX_PER_USER
from homework_shared.exercises.messages import GeneratorKind, GeneratorStatus
from homework_shared.messaging.topology import JOBS, STATUS_DESTINATION
from homework_shared.messaging.transport import Broker, envelop
from tests.support.api.pipeline import Pipeline, now, running
from tests.support.broker.brokers import BrokerProcess
from tests.support.broker.thief import Thief
from tests.support.waiting import eventually

FLOOD = 300


@pytest.fixture
async def pipeline(sqlite_url: str, as_user: Callable[[str], Broker]) -> AsyncIterator[Pipeline]:
    """For the list of generators no time passes. A generator that says nothing for fifteen seconds is
    forgotten, and a busy machine may need them for a flood.
    """
    database = Database(sqlite_url)
    yield Pipeline(database, as_user, ticks=lambda: 0.0)
    await database.close()


def forged(worker_id: str, kind: str = "vllm", **more: Any) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "worker_id": worker_id,
        "kind": kind,
        "model": "stolen",
        "in_flight": 0,
        "done": 0,
        "tokens_per_second": 0,
        "version": "0",
        "started_at": now().isoformat(),
    } | more


async def announce(pipeline: Pipeline, user: str, worker_id: str, kind: GeneratorKind) -> None:
    """Announce a status as our workers do."""
    status = GeneratorStatus(
        worker_id=worker_id, kind=kind, model="real", in_flight=0, done=0,
        tokens_per_second=0, version="0", started_at=now(),
    )  # fmt: skip
    async with pipeline.broker(user).publisher() as publisher:
        await publisher.announce(STATUS_DESTINATION, envelop(status, worker_id))


def present(pipeline: Pipeline) -> set[str]:
    return {seen.status.worker_id for seen in pipeline.presence.generators()}


@asynccontextmanager
async def listening(pipeline: Pipeline) -> AsyncIterator[None]:
    async with running(pipeline.presence.run):
        await eventually(lambda: pipeline.presence.problem is None)
        yield


async def flood(pipeline: Pipeline, thief: Thief, kind: str = "vllm") -> None:
    """Publish forged statuses, and wait until the last one has been processed."""
    await asyncio.gather(*(thief.announce(forged(f"forged-{number}", kind)) for number in range(FLOOD)))
    # The broker keeps the order, so once this status is seen, all earlier ones have been processed.
    await announce(pipeline, "mock_generator", "last", GeneratorKind.MOCK)
    await eventually(lambda: "last" in present(pipeline))


async def test_a_flood_of_statuses_does_not_evict_online_generators(pipeline: Pipeline, thief: Thief) -> None:
    async with listening(pipeline):
        await announce(pipeline, "generator", "gpu", GeneratorKind.VLLM)
        await announce(pipeline, "mock_generator", "mock", GeneratorKind.MOCK)
        await eventually(lambda: present(pipeline) == {"gpu", "mock"})
        await flood(pipeline, thief)
        assert present(pipeline) >= {"gpu", "mock", "last"}
        assert len(present(pipeline)) == MAX_PER_USER + 2


async def test_a_gpu_that_takes_no_jobs_does_not_lengthen_the_default_deadline(
    pipeline: Pipeline, thief: Thief
) -> None:
    async with listening(pipeline):
        await flood(pipeline, thief)
        assert not pipeline.presence.gpu_online()
        assignment_id, _ = await pipeline.assign(deadline_seconds=None)
        assignment = await pipeline.services.assignments.get(assignment_id, EVERYTHING)
        assert assignment.deadline_at - assignment.created_at == timedelta(seconds=5)


async def test_a_stolen_ticket_cannot_announce_a_mock_generator(pipeline: Pipeline, thief: Thief) -> None:
    """Otherwise no operator would be told that the mock generator has gone."""
    async with listening(pipeline):
        await flood(pipeline, thief, "mock")
        assert present(pipeline) == {"last"}


async def test_the_mock_generators_user_cannot_pretend_to_be_a_gpu(
    pipeline: Pipeline, broker: BrokerProcess
) -> None:
    async with (
        listening(pipeline),
        pipeline.broker("generator").consumer(JOBS, 1),
        Thief.with_ticket_of(broker, "mock_generator") as thief,
    ):
        await flood(pipeline, thief)
        assert not pipeline.presence.gpu_online()


@pytest.mark.parametrize(
    ("signed", "more"), [(False, {}), (True, {"note": "x" * 8_192})], ids=["no sender", "too large"]
)
async def test_a_status_without_a_sender_or_of_many_bytes_is_ignored(
    pipeline: Pipeline, thief: Thief, signed: bool, more: dict[str, str]
) -> None:
    async with listening(pipeline):
        await thief.announce(forged("gpu", **more), signed=signed)
        await announce(pipeline, "mock_generator", "last", GeneratorKind.MOCK)
        await eventually(lambda: "last" in present(pipeline))
        assert present(pipeline) == {"last"}


async def test_one_user_cannot_speak_for_a_generator_of_another(pipeline: Pipeline, thief: Thief) -> None:
    async with listening(pipeline):
        await announce(pipeline, "mock_generator", "mock", GeneratorKind.MOCK)
        await eventually(lambda: present(pipeline) == {"mock"})
        await thief.announce(forged("mock"))
        await flood(pipeline, thief)
        kinds = [(each.status.worker_id, each.status.kind) for each in pipeline.presence.generators()]
        assert ("mock", GeneratorKind.MOCK) in kinds
