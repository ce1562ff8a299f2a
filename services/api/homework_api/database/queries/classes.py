"""SQL of the classes.

Row locks on PostgreSQL begin with the class. The docstring of queries/students names the whole order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, literal, select, update

from homework_api.database.models import ASSIGNMENTS, CLASS_MEMBERS, CLASSES, STUDENTS
from homework_api.database.queries.ownership import within
from homework_api.database.queries.pages import newest_first
from homework_api.database.queries.students import StudentRecord
from homework_api.domain.access import Reach
from homework_api.schemas.paging import Page

_SIZE = select(func.count()).where(CLASS_MEMBERS.c.class_id == CLASSES.c.id).scalar_subquery()
_NAMED = (CLASSES.c.id, CLASSES.c.name, CLASSES.c.created_at, CLASSES.c.teacher_id)
_IS_MEMBER = exists().where(
    CLASS_MEMBERS.c.class_id == bindparam("class_id"), CLASS_MEMBERS.c.student_id == STUDENTS.c.id
)
# One statement locks the class and its members, so that they exist until the transaction ends.
_LOCK_MEMBERS = (
    select(STUDENTS.c.id)
    .join(CLASS_MEMBERS, CLASS_MEMBERS.c.student_id == STUDENTS.c.id)
    .join(CLASSES, CLASSES.c.id == CLASS_MEMBERS.c.class_id)
    .where(CLASSES.c.id == bindparam("class_id"), CLASSES.c.teacher_id == bindparam("teacher_id"))
    .order_by(STUDENTS.c.id)
    .with_for_update(read=True, key_share=True, of=[CLASSES, STUDENTS])
)


@dataclass(frozen=True, slots=True)
class ClassRecord:
    """A class. `size` is the number of its students."""

    id: int
    name: str
    created_at: datetime
    teacher_id: int
    size: int


def insert_class(
    connection: Connection, name: str, name_key: str, created_at: datetime, teacher_id: int
) -> ClassRecord:
    """Add a class. Raises IntegrityError if another class of this teacher has this name."""
    new = insert(CLASSES).values(name=name, name_key=name_key, created_at=created_at, teacher_id=teacher_id)
    id_: int = connection.execute(new.returning(CLASSES.c.id)).scalar_one()
    return ClassRecord(id_, name, created_at, teacher_id, 0)


def page_classes(connection: Connection, page: Page, reach: Reach) -> list[ClassRecord]:
    """The classes of a page, newest first."""
    theirs = newest_first(select(*_NAMED).where(*within(reach, CLASSES)), CLASSES.c.id, page)
    rows = connection.execute(theirs).all()
    if not rows:
        return []
    # This is a range, because a list of ids could exceed the drivers' limit of parameters.
    ids = select(CLASSES.c.id).where(CLASSES.c.id.between(rows[-1].id, rows[0].id), *within(reach, CLASSES))
    on_page = CLASS_MEMBERS.c.class_id.in_(ids)
    counts = select(CLASS_MEMBERS.c.class_id, func.count()).where(on_page).group_by(CLASS_MEMBERS.c.class_id)
    sizes: dict[int, int] = dict(connection.execute(counts).all())
    return [ClassRecord(*row, sizes.get(row.id, 0)) for row in rows]


def find_class(connection: Connection, class_id: int, reach: Reach) -> ClassRecord | None:
    wanted = select(*_NAMED, _SIZE).where(CLASSES.c.id == class_id, *within(reach, CLASSES))
    row = connection.execute(wanted).first()
    return ClassRecord(*row) if row else None


def list_members(connection: Connection, class_id: int) -> list[StudentRecord]:
    """The students of the class, oldest first. An assignment for the class names them in this order."""
    members = (
        select(STUDENTS.c.id, STUDENTS.c.name, STUDENTS.c.email, STUDENTS.c.created_at)
        .join(CLASS_MEMBERS, CLASS_MEMBERS.c.student_id == STUDENTS.c.id)
        .where(CLASS_MEMBERS.c.class_id == class_id)
        .order_by(STUDENTS.c.id)
    )
    return [StudentRecord(*row) for row in connection.execute(members)]


def lock_class(connection: Connection, class_id: int, reach: Reach) -> ClassRecord | None:
    """Lock the class and its membership until the transaction ends."""
    locked = select(CLASSES.c.id).where(CLASSES.c.id == class_id, *within(reach, CLASSES))
    if connection.scalar(locked.with_for_update()) is None:
        return None
    return find_class(connection, class_id, reach)


def lock_members(connection: Connection, class_id: int, teacher_id: int) -> list[int]:
    """The students of this teacher's class, in the order of their ids. They and the class cannot be deleted
    until the transaction ends."""
    return list(connection.scalars(_LOCK_MEMBERS, {"class_id": class_id, "teacher_id": teacher_id}))


def rename_class(connection: Connection, known: ClassRecord, name: str, name_key: str) -> ClassRecord:
    """Rename a class. Raises IntegrityError if another class has this name."""
    renamed = {"name": name, "name_key": name_key}
    connection.execute(update(CLASSES).where(CLASSES.c.id == known.id).values(renamed))
    return replace(known, name=name)


def delete_class(connection: Connection, class_id: int) -> None:
    """Delete a class, but not its students and assignments. Lock the class and its members first."""
    theirs = select(ASSIGNMENTS.c.id).where(ASSIGNMENTS.c.class_id == class_id)
    connection.execute(theirs.order_by(ASSIGNMENTS.c.id).with_for_update()).all()
    connection.execute(delete(CLASSES).where(CLASSES.c.id == class_id))


def add_members(connection: Connection, class_id: int, student_ids: Sequence[int]) -> None:
    """Add students, some of whom may be in the class already. Lock the class and the students first."""
    new = select(literal(class_id), STUDENTS.c.id).where(STUDENTS.c.id.in_(student_ids), ~_IS_MEMBER)
    statement = insert(CLASS_MEMBERS).from_select(["class_id", "student_id"], new)
    connection.execute(statement, {"class_id": class_id})


def remove_members(connection: Connection, class_id: int, student_ids: Sequence[int]) -> None:
    """Remove students from the class. Lock the class and the students first."""
    theirs = CLASS_MEMBERS.c.class_id == class_id, CLASS_MEMBERS.c.student_id.in_(student_ids)
    connection.execute(delete(CLASS_MEMBERS).where(*theirs))
