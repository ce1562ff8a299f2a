"""SQL of the API keys."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, func, insert, select, update

from homework_api.database.models import API_KEYS
from homework_api.domain.access import Scope


@dataclass(frozen=True, slots=True)
class ApiKeyRecord:
    """A key without its secret."""

    id: str
    name: str
    rights: list[Scope]
    student_id: int | None
    secret_hash: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


_API_KEY = tuple(API_KEYS.c[name] for name in ApiKeyRecord.__slots__)


def any_key(connection: Connection) -> bool:
    return bool(connection.scalar(select(exists().where(API_KEYS.c.id.is_not(None)))))


def insert_key(connection: Connection, key: ApiKeyRecord) -> None:
    connection.execute(insert(API_KEYS), {name: getattr(key, name) for name in ApiKeyRecord.__slots__})


def find_key(connection: Connection, id_: str) -> ApiKeyRecord | None:
    row = connection.execute(select(*_API_KEY).where(API_KEYS.c.id == id_)).first()
    return ApiKeyRecord(*row) if row else None


def list_keys(connection: Connection) -> list[ApiKeyRecord]:
    """Newest first."""
    rows = connection.execute(select(*_API_KEY).order_by(API_KEYS.c.created_at.desc(), API_KEYS.c.id))
    return [ApiKeyRecord(*row) for row in rows]


def note_use(connection: Connection, id_: str, now: datetime) -> None:
    connection.execute(update(API_KEYS).where(API_KEYS.c.id == id_).values(last_used_at=now))


def revoke_key(connection: Connection, id_: str, now: datetime) -> bool:
    """The first time counts. False if unknown."""
    revoked = connection.execute(
        update(API_KEYS)
        .where(API_KEYS.c.id == id_)
        .values(revoked_at=func.coalesce(API_KEYS.c.revoked_at, now))
        .returning(API_KEYS.c.id)
    )
    return revoked.first() is not None
