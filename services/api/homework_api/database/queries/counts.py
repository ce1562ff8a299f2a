"""SQL of totals. Triggers maintain them, so reading them takes the same time for any size of the tables
(docs/adr/0020)."""

from sqlalchemy import Connection, Select, Table, func, select

from homework_api.database.models import ASSIGNMENTS, HOMEWORK, OUTBOX, ROW_COUNTS
from homework_api.domain.access import Reach
from homework_api.domain.backlog import Backlog

_TOTALS = (
    select(ROW_COUNTS.c.name, ROW_COUNTS.c.status, ROW_COUNTS.c.generated_by, func.sum(ROW_COUNTS.c.total))
    .where(ROW_COUNTS.c.name.in_([HOMEWORK.name, ASSIGNMENTS.name]))
    .group_by(ROW_COUNTS.c.name, ROW_COUNTS.c.status, ROW_COUNTS.c.generated_by)
)
_OUTBOX = select(func.count(), func.min(OUTBOX.c.created_at))


def count_rows(
    connection: Connection, table: Table, status: str | None = None, generated_by: str | None = None
) -> int:
    """The number of rows of a table, optionally only those of one status or by one writer."""
    wanted = _sum_of(table.name)
    if status is not None:
        wanted = wanted.where(ROW_COUNTS.c.status == status)
    if generated_by is not None:
        wanted = wanted.where(ROW_COUNTS.c.generated_by == generated_by)
    return int(connection.scalar(wanted) or 0)


def count_owned(connection: Connection, table: Table, reach: Reach) -> int:
    """The number of students, classes or assignments within reach."""
    if reach.all_teachers:
        return count_rows(connection, table)
    return int(connection.scalar(_sum_of(f"{table.name}/{reach.teacher_id}")) or 0)


def _sum_of(name: str) -> Select[tuple[int]]:
    return select(func.sum(ROW_COUNTS.c.total)).where(ROW_COUNTS.c.name == name)


def read_backlog(connection: Connection) -> Backlog:
    waiting, oldest = connection.execute(_OUTBOX).one()
    backlog = Backlog(waiting, oldest, {}, {})
    for name, status, writer, total in connection.execute(_TOTALS):
        if total and name == HOMEWORK.name:
            backlog.homework[status, writer or None] = int(total)
        elif total:
            backlog.assignments[status] = int(total)
    return backlog
