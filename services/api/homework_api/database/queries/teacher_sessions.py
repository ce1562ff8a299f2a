"""SQL of the teachers' links and sessions. Lock the teacher first, because the teacher's deletion deletes
both.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, or_, select, update

from homework_api.database.models import API_KEYS, TEACHER_LINKS, TEACHER_SESSIONS, TEACHERS


@dataclass(frozen=True, slots=True)
class TeacherLinkRecord:
    """A link without its token. `used_at` is None until somebody signs in with it."""

    teacher_id: int
    token_hash: str
    key_id: str | None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TeacherSessionRecord:
    """A session without its secret. `name` is the teacher's."""

    secret_hash: str
    teacher_id: int
    key_id: str | None
    expires_at: datetime
    name: str


_LINK = select(*(TEACHER_LINKS.c[name] for name in TeacherLinkRecord.__slots__))
_NAMED = (
    *(TEACHER_SESSIONS.c[name] for name in ("secret_hash", "teacher_id", "key_id", "expires_at")),
    TEACHERS.c.name,
)
_SESSION = select(*_NAMED).join(TEACHERS, TEACHERS.c.id == TEACHER_SESSIONS.c.teacher_id)


def lock_teacher(connection: Connection, teacher_id: int) -> str | None:
    """Lock the teacher until the transaction ends, so that no other one creates a link or a session for them.
    Returns the teacher's name, or None if the teacher was not found."""
    theirs = select(TEACHERS.c.name).where(TEACHERS.c.id == teacher_id)
    name: str | None = connection.scalar(theirs.with_for_update(key_share=True))
    return name


def replace_link(connection: Connection, link: TeacherLinkRecord) -> None:
    """Store a new link, which invalidates the teacher's earlier one. Lock the teacher first."""
    connection.execute(delete(TEACHER_LINKS).where(TEACHER_LINKS.c.teacher_id == link.teacher_id))
    row = {name: getattr(link, name) for name in TeacherLinkRecord.__slots__}
    connection.execute(insert(TEACHER_LINKS), row)


def find_link(
    connection: Connection, token_hash: str, now: datetime, keys_of_settings: Collection[str]
) -> TeacherLinkRecord | None:
    """The link, or None if there is none or the API key that created it is no longer valid. Its teacher
    cannot be deleted until the transaction ends."""
    found = _LINK.join(TEACHERS, TEACHERS.c.id == TEACHER_LINKS.c.teacher_id)
    is_good = _key_is_good(TEACHER_LINKS.c.key_id, now, keys_of_settings)
    found = found.where(TEACHER_LINKS.c.token_hash == token_hash, is_good)
    row = connection.execute(found.with_for_update(read=True, key_share=True, of=TEACHERS)).first()
    return TeacherLinkRecord(*row) if row else None


def use_link(connection: Connection, token_hash: str, now: datetime) -> bool:
    """Mark the link as used. False if it was used before or was replaced meanwhile."""
    unused = TEACHER_LINKS.c.token_hash == token_hash, TEACHER_LINKS.c.used_at.is_(None)
    used = update(TEACHER_LINKS).where(*unused).values(used_at=now).returning(TEACHER_LINKS.c.teacher_id)
    return connection.execute(used).first() is not None


def insert_session(connection: Connection, session: TeacherSessionRecord, now: datetime) -> None:
    """Store a session. The teacher's sessions that have ended are deleted here, so the housekeeping need not
    do it."""
    ended = TEACHER_SESSIONS.c.teacher_id == session.teacher_id, TEACHER_SESSIONS.c.expires_at <= now
    connection.execute(delete(TEACHER_SESSIONS).where(*ended))
    new = insert(TEACHER_SESSIONS).values(
        secret_hash=session.secret_hash,
        teacher_id=session.teacher_id,
        key_id=session.key_id,
        created_at=now,
        expires_at=session.expires_at,
    )
    connection.execute(new)


def find_session(
    connection: Connection, secret_hash: str, now: datetime, keys_of_settings: Collection[str]
) -> TeacherSessionRecord | None:
    """The session, or None if it has ended or the API key that it began with is no longer valid."""
    is_good = _key_is_good(TEACHER_SESSIONS.c.key_id, now, keys_of_settings)
    wanted = TEACHER_SESSIONS.c.secret_hash == secret_hash, TEACHER_SESSIONS.c.expires_at > now
    row = connection.execute(_SESSION.where(*wanted, is_good)).first()
    return TeacherSessionRecord(*row) if row else None


def delete_session(connection: Connection, secret_hash: str) -> None:
    connection.execute(delete(TEACHER_SESSIONS).where(TEACHER_SESSIONS.c.secret_hash == secret_hash))


def delete_sign_ins(connection: Connection, teacher_id: int) -> None:
    """Delete the teacher's link and sessions. Lock the teacher first. The link is deleted before the
    sessions: that waits for a concurrent sign-in with the link, so its session is deleted too."""
    connection.execute(delete(TEACHER_LINKS).where(TEACHER_LINKS.c.teacher_id == teacher_id))
    connection.execute(delete(TEACHER_SESSIONS).where(TEACHER_SESSIONS.c.teacher_id == teacher_id))


def _key_is_good(
    key_id: ColumnElement[Any], now: datetime, keys_of_settings: Collection[str]
) -> ColumnElement[bool]:
    key = API_KEYS.c.id == key_id, API_KEYS.c.revoked_at.is_(None)
    lasts = or_(API_KEYS.c.expires_at.is_(None), API_KEYS.c.expires_at > now)
    return or_(key_id.is_(None), key_id.in_(keys_of_settings), exists().where(*key, lasts))
