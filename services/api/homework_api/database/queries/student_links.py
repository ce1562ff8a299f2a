"""SQL of the students' links and sessions. Lock the students first, because their deletion deletes both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from homework_api.database.models import STUDENT_LINKS, STUDENT_SESSIONS, STUDENTS
from homework_api.database.queries.ownership import within
from homework_api.database.queries.students import StudentRecord
from homework_api.domain.access import Reach


@dataclass(frozen=True, slots=True)
class LinkRecord:
    """A link without its token. `used_at` is None until somebody signs in with it."""

    student_id: int
    token_hash: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session without its secret. `name` and `teacher_id` are the student's."""

    secret_hash: str
    student_id: int
    expires_at: datetime
    name: str
    teacher_id: int


_LINK = select(*(STUDENT_LINKS.c[name] for name in LinkRecord.__slots__))
_NAMED = (
    *(STUDENT_SESSIONS.c[name] for name in ("secret_hash", "student_id", "expires_at")),
    STUDENTS.c.name,
    STUDENTS.c.teacher_id,
)
_SESSION = select(*_NAMED).join(STUDENTS, STUDENTS.c.id == STUDENT_SESSIONS.c.student_id)


def lock_students(connection: Connection, student_ids: Sequence[int], reach: Reach) -> list[StudentRecord]:
    """Lock and return those of the students who are within reach, in the order of their ids. Until the
    transaction ends, no other one creates links for them."""
    columns = (STUDENTS.c.id, STUDENTS.c.name, STUDENTS.c.email, STUDENTS.c.created_at)
    theirs = select(*columns).where(STUDENTS.c.id.in_(student_ids), *within(reach, STUDENTS))
    return [
        StudentRecord(*row)
        for row in connection.execute(theirs.order_by(STUDENTS.c.id).with_for_update(key_share=True))
    ]


def links_of(connection: Connection, student_ids: Sequence[int]) -> dict[int, LinkRecord]:
    """The current links, by student id."""
    found = connection.execute(_LINK.where(STUDENT_LINKS.c.student_id.in_(student_ids)))
    return {row.student_id: LinkRecord(*row) for row in found}


def replace_links(connection: Connection, links: Sequence[LinkRecord]) -> None:
    """Store new links, which invalidates the students' earlier ones. Lock the students first."""
    delete_links(connection, [link.student_id for link in links])
    rows = [{name: getattr(link, name) for name in LinkRecord.__slots__} for link in links]
    connection.execute(insert(STUDENT_LINKS), rows)


def delete_links(connection: Connection, student_ids: Sequence[int]) -> None:
    connection.execute(delete(STUDENT_LINKS).where(STUDENT_LINKS.c.student_id.in_(student_ids)))


def find_link(connection: Connection, token_hash: str) -> LinkRecord | None:
    """The link, or None. Its student cannot be deleted until the transaction ends."""
    found = _LINK.join(STUDENTS, STUDENTS.c.id == STUDENT_LINKS.c.student_id)
    found = found.where(STUDENT_LINKS.c.token_hash == token_hash)
    row = connection.execute(found.with_for_update(read=True, key_share=True, of=STUDENTS)).first()
    return LinkRecord(*row) if row else None


def use_link(connection: Connection, token_hash: str, now: datetime) -> bool:
    """Mark the link as used. False if it was used before or was replaced meanwhile."""
    unused = STUDENT_LINKS.c.token_hash == token_hash, STUDENT_LINKS.c.used_at.is_(None)
    used = update(STUDENT_LINKS).where(*unused).values(used_at=now).returning(STUDENT_LINKS.c.student_id)
    return connection.execute(used).first() is not None


def insert_session(
    connection: Connection, secret_hash: str, student_id: int, created_at: datetime, expires_at: datetime
) -> None:
    """Store a session. The student's sessions that have ended are deleted here, so the housekeeping need not
    do it."""
    ended = STUDENT_SESSIONS.c.student_id == student_id, STUDENT_SESSIONS.c.expires_at <= created_at
    connection.execute(delete(STUDENT_SESSIONS).where(*ended))
    new = insert(STUDENT_SESSIONS).values(
        secret_hash=secret_hash, student_id=student_id, created_at=created_at, expires_at=expires_at
    )
    connection.execute(new)


def find_session(connection: Connection, secret_hash: str) -> SessionRecord | None:
    row = connection.execute(_SESSION.where(STUDENT_SESSIONS.c.secret_hash == secret_hash)).first()
    return SessionRecord(*row) if row else None


def delete_session(connection: Connection, secret_hash: str) -> None:
    connection.execute(delete(STUDENT_SESSIONS).where(STUDENT_SESSIONS.c.secret_hash == secret_hash))


def delete_sessions(connection: Connection, student_id: int) -> None:
    connection.execute(delete(STUDENT_SESSIONS).where(STUDENT_SESSIONS.c.student_id == student_id))
