"""SQL of the housekeeping. Each function deletes one batch of rows and returns their number."""

from datetime import datetime

from sqlalchemy import Connection, and_, delete, exists, or_, select, text

from homework_api.database.models import HOMEWORK, IDEMPOTENCY_KEYS, IS_AWAITED, OUTBOX
from homework_api.domain.statuses import HomeworkStatus
from homework_shared.exercises.messages import GeneratorKind


def prune_idempotency_keys(connection: Connection, made_before: datetime, limit: int) -> int:
    """Delete the oldest of the keys that were stored before `made_before`."""
    keys = IDEMPOTENCY_KEYS.c
    old = (
        select(keys.key)
        .where(keys.created_at < made_before)
        .order_by(keys.created_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    deleted = delete(IDEMPOTENCY_KEYS).where(keys.key.in_(old)).returning(keys.key)
    return len(connection.execute(deleted).all())


def prune_outbox(connection: Connection, limit: int) -> int:
    """Delete rows whose job needs no result any more, because its homework was written or given up, or was
    requested again under another job id."""
    asked_again = and_(
        HOMEWORK.c.status == HomeworkStatus.AVAILABLE,
        HOMEWORK.c.generated_by == GeneratorKind.MOCK,
        HOMEWORK.c.requested_at > HOMEWORK.c.available_at,
    )
    wanted = exists().where(HOMEWORK.c.job_id == OUTBOX.c.job_id, or_(text(f"({IS_AWAITED})"), asked_again))
    settled = (
        select(OUTBOX.c.job_id)
        .where(~wanted)
        .order_by(OUTBOX.c.job_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    deleted = delete(OUTBOX).where(OUTBOX.c.job_id.in_(settled)).returning(OUTBOX.c.job_id)
    return len(connection.execute(deleted).all())
