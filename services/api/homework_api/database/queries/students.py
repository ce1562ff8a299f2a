"""SQL of the students.

Row locks on PostgreSQL are taken in the same order everywhere, so that there is no deadlock: classes,
students, outbox, homework, assignments, and rows of one table by their key. SQLite has one writer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from homework_api.database.models import HOMEWORK, STUDENTS
from homework_api.database.queries.decisions import delete_decisions_about_none_but
from homework_api.database.queries.homework import lock_homework
from homework_api.database.queries.idempotency_keys import delete_keys_about_none_but
from homework_api.database.queries.outbox import delete_outbox_of
from homework_api.database.queries.ownership import within
from homework_api.database.queries.pages import newest_first
from homework_api.domain.access import Reach
from homework_api.schemas.paging import Page

_STUDENT = (STUDENTS.c.id, STUDENTS.c.name, STUDENTS.c.email, STUDENTS.c.created_at)
# The locks keep these students from being deleted until the transaction ends.
_KNOWN_STUDENTS = (
    select(STUDENTS.c.id)
    .where(
        STUDENTS.c.id.in_(bindparam("ids", expanding=True)), STUDENTS.c.teacher_id == bindparam("teacher_id")
    )
    .order_by(STUDENTS.c.id)
    .with_for_update(read=True, key_share=True)
)


@dataclass(frozen=True, slots=True)
class StudentRecord:
    id: int
    name: str
    email: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DeletedStudent:
    """A student who was deleted. `created_at` is when the student was added, and `assignment_ids` are the
    assignments of which homework was deleted."""

    created_at: datetime
    assignment_ids: set[int]


def insert_student(
    connection: Connection, name: str, email: str, created_at: datetime, teacher_id: int
) -> StudentRecord:
    """Add a student. Raises IntegrityError if a concurrent request has stored the same address."""
    new = insert(STUDENTS).values(name=name, email=email, created_at=created_at, teacher_id=teacher_id)
    id_: int = connection.execute(new.returning(STUDENTS.c.id)).scalar_one()
    return StudentRecord(id_, name, email, created_at)


def find_by_address(connection: Connection, email: str, teacher_id: int) -> StudentRecord | None:
    """The student of this teacher with this address, which has to be ASCII."""
    wanted = STUDENTS.c.teacher_id == teacher_id, func.lower(STUDENTS.c.email) == func.lower(email)
    row = connection.execute(select(*_STUDENT).where(*wanted).limit(1)).first()
    return StudentRecord(*row) if row else None


def is_email_taken(connection: Connection, email: str, teacher_id: int, but: int = 0) -> bool:
    """Whether a student of this teacher, other than the student `but`, has this address, in any case."""
    theirs = select(STUDENTS.c.id).where(STUDENTS.c.teacher_id == teacher_id, STUDENTS.c.id != but)
    same = theirs.where(func.lower(STUDENTS.c.email) == func.lower(email)).limit(1)
    if connection.scalar(same) is not None:
        return True
    # lower() converts only ASCII letters on SQLite, and in some locales on PostgreSQL.
    return not email.isascii() and _is_taken_by_all_letters(connection, email, teacher_id, but)


def _is_taken_by_all_letters(connection: Connection, email: str, teacher_id: int, but: int) -> bool:
    # Few addresses are not ASCII, and domains are stored in lower case.
    neighbours = select(STUDENTS.c.email).where(
        STUDENTS.c.teacher_id == teacher_id,
        STUDENTS.c.id != but,
        STUDENTS.c.email.endswith(_domain(email), autoescape=True),
    )
    return email.casefold() in {each.casefold() for each in connection.scalars(neighbours)}


def _domain(email: str) -> str:
    return email[email.rindex("@") :]


def student_exists(connection: Connection, student_id: int, reach: Reach) -> bool:
    found = select(STUDENTS.c.id).where(STUDENTS.c.id == student_id, *within(reach, STUDENTS))
    return connection.scalar(found) is not None


def lock_student(connection: Connection, student_id: int, reach: Reach) -> tuple[StudentRecord, int] | None:
    """Lock the student until the transaction ends. Returns the student and the id of the teacher."""
    found = select(*_STUDENT, STUDENTS.c.teacher_id).where(
        STUDENTS.c.id == student_id, *within(reach, STUDENTS)
    )
    row = connection.execute(found.with_for_update(key_share=True)).first()
    return (StudentRecord(*row[:-1]), row[-1]) if row else None


def correct_student(connection: Connection, student_id: int, name: str, email: str | None) -> None:
    """Change the name, and the address unless `email` is None. Raises IntegrityError if a concurrent request
    has stored the same address."""
    # A new address is no copy of another student's, so from here on the unique index covers it as any other.
    address = {} if email is None else {"email": email, "address_copy": 0}
    connection.execute(update(STUDENTS).where(STUDENTS.c.id == student_id).values(name=name, **address))


def unknown_students(connection: Connection, student_ids: Sequence[int], teacher_id: int) -> list[int]:
    """Those of `student_ids` that are no students of this teacher. The other students cannot be deleted until
    the transaction ends."""
    known = connection.scalars(_KNOWN_STUDENTS, {"ids": student_ids, "teacher_id": teacher_id})
    return sorted(set(student_ids).difference(known))


def page_students(connection: Connection, page: Page, reach: Reach) -> list[StudentRecord]:
    """The students of a page, newest first."""
    statement = newest_first(select(*_STUDENT).where(*within(reach, STUDENTS)), STUDENTS.c.id, page)
    return [StudentRecord(*row) for row in connection.execute(statement)]


def delete_student(connection: Connection, student_id: int, reach: Reach) -> DeletedStudent | None:
    """Delete a student with all homework. None if the student was not found."""
    # The lock keeps a concurrent POST from adding homework that this transaction would not see.
    found = select(STUDENTS.c.created_at).where(STUDENTS.c.id == student_id, *within(reach, STUDENTS))
    created_at = connection.scalar(found.with_for_update())
    if created_at is None:
        return None
    theirs = HOMEWORK.c.student_id == student_id
    delete_outbox_of(connection, select(HOMEWORK.c.job_id).where(theirs))
    touched = lock_homework(connection, theirs)
    delete_decisions_about_none_but(connection, student_id)
    delete_keys_about_none_but(connection, student_id)
    connection.execute(delete(STUDENTS).where(STUDENTS.c.id == student_id))
    return DeletedStudent(created_at, touched)
