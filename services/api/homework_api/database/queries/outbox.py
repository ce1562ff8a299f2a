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
    Uuid,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from homework_api.database.column_types import ID, ListOf
from homework_api.database.many_rows import ManyRows
from homework_api.database.models import ASSIGNMENTS, HOMEWORK, OUTBOX
from homework_api.database.rows import OutboxRow
from homework_api.database.sql_functions import is_one_of
from homework_api.domain.statuses import AssignmentStatus

LONGEST_SKEW = timedelta(seconds=10)
UNCLAIMED = "unclaimed_outbox_rows"
"""The channel of PostgreSQL on which relays are notified of committed unclaimed rows (docs/adr/0057)."""

_JOBS: BindParameter[Any] = bindparam("jobs", type_=ListOf(Uuid()))
_IDS: BindParameter[Any] = bindparam("ids", type_=ListOf(ID))


def _in_order(table: Table, which: ColumnElement[bool]) -> Select[Any]:
    return select(table.c.id).where(which).order_by(table.c.id).with_for_update(key_share=True)


_INSERT = ManyRows(
    insert(OUTBOX), {name: name for name in OutboxRow.__slots__}, ("created_at", "claimed_until")
)
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
# A row whose lease has expired may have been claimed by another relay, whose lease ends later than `lease`,
# or may be unclaimed again.
_OURS = is_one_of(OUTBOX.c.job_id, _JOBS) & (OUTBOX.c.claimed_until <= bindparam("lease"))
_SETTLE = delete(OUTBOX).where(_OURS)
_RELEASE = update(OUTBOX).where(_OURS).values(claimed_until=None)
_PUBLISHED = update(HOMEWORK).where(is_one_of(HOMEWORK.c.job_id, _JOBS)).values(published_at=bindparam("now"))
_GENERATING = (
    update(ASSIGNMENTS)
    .where(is_one_of(ASSIGNMENTS.c.id, _IDS), ASSIGNMENTS.c.status == AssignmentStatus.PENDING)
    .values(status=AssignmentStatus.GENERATING)
)
_LOCK_HOMEWORK = _in_order(HOMEWORK, is_one_of(HOMEWORK.c.job_id, _JOBS))
_LOCK_ASSIGNMENTS = _in_order(ASSIGNMENTS, is_one_of(ASSIGNMENTS.c.id, _IDS))


def insert_outbox(
    connection: Connection,
    rows: Sequence[OutboxRow],
    created_at: datetime,
    claimed_until: datetime | None = None,
) -> None:
    """Insert the rows. With `claimed_until` None they are unclaimed, and any relay may claim them."""
    _INSERT.execute(connection, rows, created_at=created_at, claimed_until=claimed_until)


def claim_outbox(connection: Connection, now: datetime, lease: datetime, limit: int) -> list[OutboxRow]:
    """Take a lease on the most urgent unclaimed rows. Other relays skip rows with a lease."""
    # A lease that ends this much later than a new one was taken before the clock was set back, so it is
    # ignored.
    impossible = lease + LONGEST_SKEW
    times = {"now": now, "lease": lease, "impossible": impossible}
    claimed = connection.execute(_CLAIM, times | {"limit": limit})
    return sorted((OutboxRow(*row) for row in claimed), key=lambda row: row.deadline_at)


def settle_outbox(
    connection: Connection, confirmed: Sequence[OutboxRow], lease: datetime, now: datetime
) -> None:
    """Delete rows that the broker has confirmed, except those that another relay has claimed meanwhile, and
    mark the homework of all of them, and its assignments, as published."""
    jobs = {"jobs": [row.job_id for row in confirmed]}
    ids = {"ids": sorted({row.assignment_id for row in confirmed})}
    locks = connection.dialect.name == "postgresql"
    connection.execute(_SETTLE, jobs | {"lease": lease})
    # An UPDATE locks its rows in any order, but the results consumer locks the same rows in the order of
    # their ids. So they are locked in that order first.
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
    """Delete the rows of these jobs, after waiting for transactions that have them locked."""
    locked = connection.scalars(
        select(OUTBOX.c.job_id).where(OUTBOX.c.job_id.in_(jobs)).order_by(OUTBOX.c.job_id).with_for_update()
    )
    if ids := locked.all():
        connection.execute(delete(OUTBOX).where(OUTBOX.c.job_id.in_(ids)))
