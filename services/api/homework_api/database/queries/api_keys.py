"""SQL of the API keys."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, func, insert, select, update

from homework_api.database.models import API_KEYS, STUDENTS
from homework_api.domain.access import FIRST_TEACHER, Scope


@dataclass(frozen=True, slots=True)
class ApiKeyRecord:
    """A key without its secret. `teacher_id` is the teacher of the key, or of the key's student."""

    id: str
    name: str
    rights: list[Scope]
    student_id: int | None
    secret_hash: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    teacher_id: int | None = None


# The row of a student's key has no teacher, so the student's is taken.
_STUDENTS_TEACHER = select(STUDENTS.c.teacher_id).where(STUDENTS.c.id == API_KEYS.c.student_id)
_TEACHER_ID = func.coalesce(API_KEYS.c.teacher_id, _STUDENTS_TEACHER.scalar_subquery())
_KEYS = select(*(API_KEYS.c[name] for name in ApiKeyRecord.__slots__ if name != "teacher_id"), _TEACHER_ID)


def any_key(connection: Connection) -> bool:
    return bool(connection.scalar(select(exists().where(API_KEYS.c.id.is_not(None)))))


def insert_key(connection: Connection, key: ApiKeyRecord) -> None:
    connection.execute(insert(API_KEYS), {name: getattr(key, name) for name in ApiKeyRecord.__slots__})


def find_key(connection: Connection, id_: str) -> ApiKeyRecord | None:
    row = connection.execute(_KEYS.where(API_KEYS.c.id == id_)).first()
    return _record(row) if row else None


def list_keys(connection: Connection) -> list[ApiKeyRecord]:
    """The keys, newest first."""
    rows = connection.execute(_KEYS.order_by(API_KEYS.c.created_at.desc(), API_KEYS.c.id))
    return [_record(row) for row in rows]


def note_use(connection: Connection, id_: str, now: datetime) -> None:
    connection.execute(update(API_KEYS).where(API_KEYS.c.id == id_).values(last_used_at=now))


def revoke_key(connection: Connection, id_: str, now: datetime) -> bool:
    """Revoke a key. Revoking it again does not change the time. False if the key is unknown."""
    revoked = connection.execute(
        update(API_KEYS)
        .where(API_KEYS.c.id == id_)
        .values(revoked_at=func.coalesce(API_KEYS.c.revoked_at, now))
        .returning(API_KEYS.c.id)
    )
    return revoked.first() is not None


def _record(row: Sequence[Any]) -> ApiKeyRecord:
    found = ApiKeyRecord(*row)
    # The key was created before teachers were separate, or by a process of that version.
    is_first = found.teacher_id is None and Scope.TEACHER in found.rights
    return replace(found, teacher_id=FIRST_TEACHER) if is_first else found
