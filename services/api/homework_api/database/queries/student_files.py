"""SQL of all data that is stored about one student. Run it in one transaction."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select

from homework_api.database.models import (
    API_KEYS,
    ASSIGNMENTS,
    CLASS_MEMBERS,
    CLASSES,
    DECISIONS,
    HOMEWORK,
    STUDENT_LINKS,
    STUDENT_SESSIONS,
    STUDENTS,
    TEACHERS,
)
from homework_api.database.queries.ownership import within
from homework_api.domain.access import Reach
from homework_api.domain.statuses import HomeworkStatus
from homework_api.export.student_file import KeptAccess, KeptDecision
from homework_shared.exercises.messages import GeneratorKind


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A student. `teacher` is the name of the student's teacher."""

    id: int
    name: str
    email: str
    created_at: datetime
    teacher: str


@dataclass(frozen=True, slots=True)
class WorkRecord:
    """One homework of the student, with columns of its assignment."""

    id: int
    assignment_id: int
    status: HomeworkStatus
    created_at: datetime
    available_at: datetime | None
    completed_at: datetime | None
    edited_at: datetime | None
    generated_by: GeneratorKind | None
    model: str | None
    score: int | None
    exercises: list[dict[str, Any]] | None
    answers: list[str | None] | None
    grade: list[dict[str, Any]] | None
    cefr_level: str
    grammar_focus: str | None
    topic: str | None
    due_at: datetime | None


_OF_ITS_ASSIGNMENT = ("cefr_level", "grammar_focus", "topic", "due_at")
_WORK = select(
    *((ASSIGNMENTS if name in _OF_ITS_ASSIGNMENT else HOMEWORK).c[name] for name in WorkRecord.__slots__)
).join(ASSIGNMENTS, ASSIGNMENTS.c.id == HOMEWORK.c.assignment_id)
_DECISION = tuple(DECISIONS.c["is_right" if name == "right" else name] for name in KeptDecision.__slots__)


def find_person(connection: Connection, student_id: int, reach: Reach) -> PersonRecord | None:
    wanted = select(
        STUDENTS.c.id, STUDENTS.c.name, STUDENTS.c.email, STUDENTS.c.created_at, TEACHERS.c.name
    ).join(TEACHERS, TEACHERS.c.id == STUDENTS.c.teacher_id)
    row = connection.execute(wanted.where(STUDENTS.c.id == student_id, *within(reach, STUDENTS))).first()
    return PersonRecord(*row) if row else None


def list_class_names(connection: Connection, student_id: int) -> list[str]:
    """The names of the student's classes, the oldest class first."""
    theirs = (
        select(CLASSES.c.name)
        .join(CLASS_MEMBERS, CLASS_MEMBERS.c.class_id == CLASSES.c.id)
        .where(CLASS_MEMBERS.c.student_id == student_id)
    )
    return list(connection.scalars(theirs.order_by(CLASSES.c.id)))


def list_work(connection: Connection, student_id: int) -> list[WorkRecord]:
    """The student's homework, oldest first."""
    rows = connection.execute(_WORK.where(HOMEWORK.c.student_id == student_id).order_by(HOMEWORK.c.id))
    return [WorkRecord(*row) for row in rows]


def list_decisions_near(connection: Connection, student_id: int) -> list[KeptDecision]:
    """The decisions for this student's homework, and those for whole classes in which the student has
    homework, also about answers of other students. The oldest come first."""
    theirs = HOMEWORK.c.student_id == student_id
    for_them = DECISIONS.c.homework_id.in_(select(HOMEWORK.c.id).where(theirs))
    near = select(*_DECISION).where(
        DECISIONS.c.assignment_id.in_(select(HOMEWORK.c.assignment_id).where(theirs)),
        or_(DECISIONS.c.homework_id.is_(None), for_them),
    )
    return [KeptDecision(*row) for row in connection.execute(near.order_by(DECISIONS.c.id))]


def list_access(connection: Connection, student_id: int) -> list[KeptAccess]:
    """The student's links, then sessions, then keys, without their secrets and hashes."""
    return [
        *_links(connection, student_id),
        *_sessions(connection, student_id),
        *_keys(connection, student_id),
    ]


def _links(connection: Connection, student_id: int) -> Iterator[KeptAccess]:
    link = STUDENT_LINKS.c
    found = select(link.created_at, link.expires_at, link.used_at).where(link.student_id == student_id)
    for created_at, expires_at, used_at in connection.execute(found):
        yield KeptAccess("link", None, created_at, expires_at, used_at, None)


def _sessions(connection: Connection, student_id: int) -> Iterator[KeptAccess]:
    session = STUDENT_SESSIONS.c
    found = select(session.created_at, session.expires_at).where(session.student_id == student_id)
    for created_at, expires_at in connection.execute(found.order_by(session.created_at)):
        yield KeptAccess("session", None, created_at, expires_at, None, None)


def _keys(connection: Connection, student_id: int) -> Iterator[KeptAccess]:
    key = API_KEYS.c
    found = select(key.name, key.created_at, key.expires_at, key.last_used_at, key.revoked_at)
    for row in connection.execute(found.where(key.student_id == student_id).order_by(key.created_at)):
        yield KeptAccess("key", *row)
