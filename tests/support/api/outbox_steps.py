"""What waits in the outbox, and what the relay has published of it on the in-memory broker."""

from sqlalchemy import select
from sqlmodel import col

from homework_api.database.models import OutboxEntry
from homework_api.database.queries.outbox import claim_outbox
from homework_api.database.rows import OutboxRow
from homework_api.pipeline.outbox_handoff import LEASE
from homework_shared.messaging.topology import JOBS
from tests.support.api.pipeline import Pipeline
from tests.support.api.rows import scalars
from tests.support.broker.memory_broker import MemoryBroker


async def unpublished(pipeline: Pipeline) -> list[OutboxEntry]:
    return await scalars(pipeline.database, select(OutboxEntry).order_by(col(OutboxEntry.deadline_at)))


async def claim(pipeline: Pipeline, limit: int = 100) -> list[OutboxRow]:
    now = pipeline.clock()
    return await pipeline.database.write(lambda connection: claim_outbox(connection, now, now + LEASE, limit))


async def has_left(pipeline: Pipeline, count: int) -> bool:
    rows = await unpublished(pipeline)
    return len(rows) == count and all(row.claimed_until is None for row in rows)


def waiting(memory: MemoryBroker, queue: str = JOBS) -> int:
    return len(memory.queues[queue].ready)
