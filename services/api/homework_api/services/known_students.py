"""Checks the students that a request names."""

from collections.abc import Sequence

from sqlalchemy import Connection

from homework_api.database.queries.students import unknown_students
from homework_api.domain.errors import StudentNotFound


def require_students(connection: Connection, student_ids: Sequence[int], teacher_id: int) -> None:
    """Lock the students until the transaction ends. Raises StudentNotFound, which names the ids that this
    teacher does not have, whether they exist or not.
    """
    unknown = unknown_students(connection, student_ids, teacher_id)
    if unknown:
        more = f" and {len(unknown) - 10} more" if len(unknown) > 10 else ""
        ids = ", ".join(map(str, unknown[:10]))
        raise StudentNotFound(f"One or more students not found: {ids}{more}")
