"""SQL of the clients' idempotency keys."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, exists, insert, select

from homework_api.database.models import HOMEWORK, IDEMPOTENCY_KEYS

_USED_KEY = select(IDEMPOTENCY_KEYS.c.fingerprint, IDEMPOTENCY_KEYS.c.assignment_id).where(
    IDEMPOTENCY_KEYS.c.teacher_id == bindparam("teacher_id"), IDEMPOTENCY_KEYS.c.key == bindparam("key")
)
_NEW_KEY = insert(IDEMPOTENCY_KEYS)


@dataclass(frozen=True, slots=True)
class UsedKey:
    """The earlier request of a teacher with an Idempotency-Key. `assignment_id` is the assignment that it
    created, or None if that was deleted."""

    fingerprint: str
    assignment_id: int | None


def find_used_key(connection: Connection, teacher_id: int, key: str) -> UsedKey | None:
    found = connection.execute(_USED_KEY, {"teacher_id": teacher_id, "key": key}).first()
    return UsedKey(*found) if found else None


def insert_key(
    connection: Connection,
    teacher_id: int,
    key: str,
    fingerprint: str,
    assignment_id: int,
    created_at: datetime,
) -> None:
    """Store a key. Raises IntegrityError if a concurrent request has committed the same key."""
    row = {
        "teacher_id": teacher_id, "key": key, "fingerprint": fingerprint, "assignment_id": assignment_id,
        "created_at": created_at,
    }  # fmt: skip
    connection.execute(_NEW_KEY, row)


def delete_keys_about_none_but(connection: Connection, student_id: int) -> None:
    """Delete keys of requests that created homework for this student and for no other who still exists.

    The key of a request for several students stays, so that the request, if it is sent again, does not create
    the others' homework a second time.
    """
    others = HOMEWORK.alias("others")
    has_others = exists().where(
        others.c.assignment_id == IDEMPOTENCY_KEYS.c.assignment_id, others.c.student_id != student_id
    )
    theirs = select(HOMEWORK.c.assignment_id).where(HOMEWORK.c.student_id == student_id)
    named = IDEMPOTENCY_KEYS.c.assignment_id.in_(theirs) & ~has_others
    connection.execute(delete(IDEMPOTENCY_KEYS).where(named))
