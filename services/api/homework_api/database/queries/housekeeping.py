"""SQL of the housekeeping. Each function deletes one batch and returns how many rows it was."""

from datetime import datetime

from sqlalchemy import and_, delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from homework_api.database.models import Homework, IdempotencyKey, OutboxEntry
from homework_api.domain.statuses import HomeworkStatus
from homework_shared.exercises.messages import GeneratorKind


async def prune_keys(session: AsyncSession, made_before: datetime, limit: int) -> int:
    """The oldest idempotency keys of those made before `made_before`."""
    old = (
        select(col(IdempotencyKey.key))
        .where(col(IdempotencyKey.created_at) < made_before)
        .order_by(col(IdempotencyKey.created_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    gone = await session.execute(
        delete(IdempotencyKey).where(col(IdempotencyKey.key).in_(old)).returning(col(IdempotencyKey.key))
    )
    return len(gone.all())


async def prune_outbox(session: AsyncSession, limit: int) -> int:
    """Debts whose homework needs no answer any more: it was written or given up meanwhile, or it was
    asked for again under another job id."""
    asked_again = and_(
        col(Homework.status) == HomeworkStatus.AVAILABLE.value,
        col(Homework.generated_by) == GeneratorKind.MOCK.value,
        col(Homework.requested_at) > col(Homework.available_at),
    )
    wanted = exists().where(
        col(Homework.job_id) == col(OutboxEntry.job_id),
        or_(col(Homework.status) == HomeworkStatus.PENDING.value, asked_again),
    )
    settled = (
        select(col(OutboxEntry.job_id))
        .where(~wanted)
        .order_by(col(OutboxEntry.job_id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    gone = await session.execute(
        delete(OutboxEntry).where(col(OutboxEntry.job_id).in_(settled)).returning(col(OutboxEntry.job_id))
    )
    return len(gone.all())
