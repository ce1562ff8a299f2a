"""SQL of the list of students who were deleted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from homework_api.database.models import ERASURES, STUDENTS


@dataclass(frozen=True, slots=True)
class ErasureRecord:
    """A deleted student, identified by the id and the time at which the student was added, and the time of
    the deletion."""

    student_id: int
    student_created_at: datetime
    erased_at: datetime


_ERASURE = select(*(ERASURES.c[name] for name in ErasureRecord.__slots__))
_OF_ONE = _ERASURE.order_by(ERASURES.c.student_id, ERASURES.c.student_created_at)


def note_erasures(connection: Connection, erasures: Iterable[ErasureRecord]) -> None:
    """Add these students to the list. Entries that exist already do not change."""
    known = {(one.student_id, one.student_created_at) for one in list_erasures(connection)}
    new = [one for one in erasures if (one.student_id, one.student_created_at) not in known]
    rows = [{name: getattr(one, name) for name in ErasureRecord.__slots__} for one in new]
    if rows:
        connection.execute(insert(ERASURES), rows)


def note_erasure(connection: Connection, student_id: int, created_at: datetime, now: datetime) -> None:
    values = {"student_id": student_id, "student_created_at": created_at, "erased_at": now}
    connection.execute(insert(ERASURES).values(values))


def list_erasures(connection: Connection) -> list[ErasureRecord]:
    return [ErasureRecord(*row) for row in connection.execute(_OF_ONE)]


def erased_who_are_here(connection: Connection) -> list[ErasureRecord]:
    """The students of the list who are in the database nevertheless."""
    same = (STUDENTS.c.id == ERASURES.c.student_id) & (STUDENTS.c.created_at == ERASURES.c.student_created_at)
    return [ErasureRecord(*row) for row in connection.execute(_OF_ONE.join(STUDENTS, same))]
