"""Students that a request names."""

from collections.abc import Sequence

from sqlalchemy import Connection

from homework_api.database.queries.students import unknown_students
from homework_api.domain.errors import StudentNotFound


def require_students(connection: Connection, student_ids: Sequence[int]) -> None:
    """They stay until the transaction ends. Raises StudentNotFound, which names those that do not exist."""
    unknown = unknown_students(connection, student_ids)
    if unknown:
        more = f" and {len(unknown) - 10} more" if len(unknown) > 10 else ""
        ids = ", ".join(map(str, unknown[:10]))
        raise StudentNotFound(f"One or more students not found: {ids}{more}")
