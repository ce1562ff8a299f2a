"""SQL of the outbox: job messages that the broker has not confirmed yet.

Row locks are taken in the order that `students` names: outbox, homework, assignments.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    Table,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from homework_api.database.models import ASSIGNMENTS, HOMEWORK, OUTBOX
from homework_api.database.rows import OutboxRow, columns_of
from homework_api.domain.statuses import AssignmentStatus

LONGEST_SKEW = timedelta(seconds=10)

_JOBS: BindParameter[Any] = bindparam("jobs", expanding=True)
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)


def _in_order(table: Table, which: ColumnElement[bool]) -> Select[Any]:
    return select(table.c.id).where(which).order_by(table.c.id).with_for_update(key_share=True)


_INSERT = insert(OUTBOX)
_MOST_URGENT = (
    select(OUTBOX.c.job_id)
    .where(
        or_(
            OUTBOX.c.claimed_until.is_(None),
            OUTBOX.c.claimed_until < bindparam("now"),
            OUTBOX.c.claimed_until > bindparam("impossible"),
        )
    )
    .order_by(OUTBOX.c.deadline_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(OUTBOX)
    .where(OUTBOX.c.job_id.in_(_MOST_URGENT))
    .values(claimed_until=bindparam("lease"))
    .returning(*(OUTBOX.c[name] for name in OutboxRow.__slots__))
)
# A row whose lease ran out may be another relay's by now, for longer than `lease`, or be unclaimed again.
_OURS = OUTBOX.c.job_id.in_(_JOBS) & (OUTBOX.c.claimed_until <= bindparam("lease"))
_SETTLE = delete(OUTBOX).where(_OURS)
_RELEASE = update(OUTBOX).where(_OURS).values(claimed_until=None)
_PUBLISHED = update(HOMEWORK).where(HOMEWORK.c.job_id.in_(_JOBS)).values(published_at=bindparam("now"))
_GENERATING = (
    update(ASSIGNMENTS)
    .where(ASSIGNMENTS.c.id.in_(_IDS), ASSIGNMENTS.c.status == AssignmentStatus.PENDING)
    .values(status=AssignmentStatus.GENERATING)
)
_LOCK_HOMEWORK = _in_order(HOMEWORK, HOMEWORK.c.job_id.in_(_JOBS))
_LOCK_ASSIGNMENTS = _in_order(ASSIGNMENTS, ASSIGNMENTS.c.id.in_(_IDS))


def insert_outbox(
    connection: Connection,
    rows: Sequence[OutboxRow],
    created_at: datetime,
    claimed_until: datetime | None = None,
) -> None:
    """`claimed_until` None leaves them unclaimed: any relay may take them."""
    when = {"created_at": created_at, "claimed_until": claimed_until}
    if rows:
        connection.execute(_INSERT, [columns_of(row) | when for row in rows])


def claim_outbox(connection: Connection, now: datetime, lease: datetime, limit: int) -> list[OutboxRow]:
    """Take a lease on the most urgent unclaimed rows; other relays skip the rows we hold."""
    # A lease that ends so much later than a new one is of a process before the clock was set back.
    impossible = lease + LONGEST_SKEW
    times = {"now": now, "lease": lease, "impossible": impossible}
    claimed = connection.execute(_CLAIM, times | {"limit": limit})
    return sorted((OutboxRow(*row) for row in claimed), key=lambda row: row.deadline_at)


def settle_outbox(
    connection: Connection, confirmed: Sequence[OutboxRow], lease: datetime, now: datetime
) -> None:
    """The broker has these: delete the rows that are still ours until `lease`, and say on the homework and
    its assignment that they were published."""
    jobs = {"jobs": [row.job_id for row in confirmed]}
    ids = {"ids": sorted({row.assignment_id for row in confirmed})}
    locks = connection.dialect.name == "postgresql"
    connection.execute(_SETTLE, jobs | {"lease": lease})
    # An UPDATE locks in whatever order it finds its rows; results are locking the same ones by id.
    if locks:
        connection.execute(_LOCK_HOMEWORK, jobs)
    connection.execute(_PUBLISHED, jobs | {"now": now})
    if locks:
        connection.execute(_LOCK_ASSIGNMENTS, ids)
    connection.execute(_GENERATING, ids)


def release_outbox(connection: Connection, jobs: Sequence[UUID], lease: datetime) -> None:
    """Give back the lease on rows that the broker did not confirm."""
    connection.execute(_RELEASE, {"jobs": jobs, "lease": lease})


def delete_outbox_of(connection: Connection, jobs: Select[Any]) -> None:
    """Delete the rows of these jobs, once no relay holds them."""
    locked = connection.scalars(
        select(OUTBOX.c.job_id).where(OUTBOX.c.job_id.in_(jobs)).order_by(OUTBOX.c.job_id).with_for_update()
    )
    if ids := locked.all():
        connection.execute(delete(OUTBOX).where(OUTBOX.c.job_id.in_(ids)))
