"""SQL of the retention: assignments that ended longer ago than the setting allows.

An assignment ends at the latest of its deadline, its due date, its release, and the last submission of its
homework. While a generator's result for its homework is awaited, it has not ended.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select, text

from homework_api.database.models import ASSIGNMENTS, HOMEWORK, IS_AWAITED
from homework_api.database.queries.assignments import delete_assignment
from homework_api.domain.access import EVERYTHING


def find_ended(connection: Connection, before: datetime, after_id: int, limit: int) -> list[int]:
    """The ids above `after_id` of assignments that ended before `before`, in ascending order."""
    ended = select(ASSIGNMENTS.c.id).where(_ended(before), ASSIGNMENTS.c.id > after_id)
    return list(connection.scalars(ended.order_by(ASSIGNMENTS.c.id).limit(limit)))


def delete_ended(connection: Connection, assignment_id: int, before: datetime) -> bool:
    """Delete an assignment with its homework. False if it was deleted, or got a later date, meanwhile."""
    still = select(ASSIGNMENTS.c.id).where(ASSIGNMENTS.c.id == assignment_id, _ended(before))
    if connection.scalar(still) is None:
        return False
    return delete_assignment(connection, assignment_id, EVERYTHING)


def _ended(before: datetime) -> ColumnElement[bool]:
    columns = ASSIGNMENTS.c
    goes_on = exists().where(
        HOMEWORK.c.assignment_id == columns.id,
        or_(HOMEWORK.c.completed_at >= before, text(f"({IS_AWAITED})")),
    )
    return and_(
        columns.deadline_at < before,
        or_(columns.due_at.is_(None), columns.due_at < before),
        or_(columns.release_at.is_(None), columns.release_at < before),
        ~goes_on,
    )
