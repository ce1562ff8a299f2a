"""SQL of the teachers."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, exists, insert, or_, select, update

from homework_api.database.models import ASSIGNMENTS, CLASSES, ROW_COUNTS, STUDENTS, TEACHERS

_OWNED = (STUDENTS, CLASSES, ASSIGNMENTS)


@dataclass(frozen=True, slots=True)
class TeacherRecord:
    id: int
    name: str
    created_at: datetime


_TEACHER = (TEACHERS.c.id, TEACHERS.c.name, TEACHERS.c.created_at)


def insert_teacher(connection: Connection, name: str, name_key: str, created_at: datetime) -> TeacherRecord:
    """Add a teacher. Raises IntegrityError if another teacher has this name."""
    new = insert(TEACHERS).values(name=name, name_key=name_key, created_at=created_at)
    return TeacherRecord(connection.execute(new.returning(TEACHERS.c.id)).scalar_one(), name, created_at)


def list_teachers(connection: Connection) -> list[TeacherRecord]:
    """The teachers, oldest first."""
    return [TeacherRecord(*row) for row in connection.execute(select(*_TEACHER).order_by(TEACHERS.c.id))]


def teacher_exists(connection: Connection, teacher_id: int) -> bool:
    return connection.scalar(select(TEACHERS.c.id).where(TEACHERS.c.id == teacher_id)) is not None


def rename_teacher(connection: Connection, teacher_id: int, name: str, name_key: str) -> TeacherRecord | None:
    """Rename a teacher. None if the teacher was not found. Raises IntegrityError if another teacher has this
    name."""
    renamed = update(TEACHERS).where(TEACHERS.c.id == teacher_id).values(name=name, name_key=name_key)
    row = connection.execute(renamed.returning(*_TEACHER)).first()
    return TeacherRecord(*row) if row else None


def owns_anything(connection: Connection, teacher_id: int) -> bool:
    """Whether this teacher has a student, a class or an assignment."""
    theirs = (exists().where(table.c.teacher_id == teacher_id) for table in _OWNED)
    return bool(connection.scalar(select(or_(*theirs))))


def delete_teacher(connection: Connection, teacher_id: int) -> bool:
    """Delete a teacher with their API keys. False if the teacher was not found. Raises IntegrityError if a
    concurrent request has given the teacher a student, a class or an assignment."""
    deleted = delete(TEACHERS).where(TEACHERS.c.id == teacher_id).returning(TEACHERS.c.id)
    if connection.execute(deleted).first() is None:
        return False
    names = [f"{table.name}/{teacher_id}" for table in _OWNED]
    connection.execute(delete(ROW_COUNTS).where(ROW_COUNTS.c.name.in_(names)))
    return True
