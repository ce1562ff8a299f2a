"""SQL of the audit log."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from homework_api.database.models import AUDIT_LOG
from homework_api.database.queries.pages import newest_first
from homework_api.domain.access import Signature
from homework_api.domain.audit import Action, ThingKind
from homework_api.schemas.paging import Page


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """An entry. `done_by` is None if no API key was in use. `thing` is the id of the object that the entry is
    about."""

    id: int
    done_at: datetime
    done_by: str | None
    done_by_key: str | None
    action: Action
    kind: ThingKind
    thing: str


_ENTRY = tuple(AUDIT_LOG.c[name] for name in AuditRecord.__slots__)
_INSERT = insert(AUDIT_LOG)


def note(connection: Connection, action: Action, thing: int | str, by: Signature, now: datetime) -> None:
    """Add an entry. Call it in the transaction of the change, so that neither is stored without the other."""
    values = {"done_at": now, "done_by": by.name, "done_by_key": by.key_id, "action": action}
    connection.execute(_INSERT, values | {"kind": action.kind, "thing": str(thing)})


def page_entries(connection: Connection, page: Page) -> list[AuditRecord]:
    """The entries of a page, newest first."""
    rows = connection.execute(newest_first(select(*_ENTRY), AUDIT_LOG.c.id, page))
    return [AuditRecord(*row) for row in rows]


def prune_entries(connection: Connection, before: datetime, limit: int) -> int:
    """Delete one batch of the entries before `before`. Returns how many were deleted."""
    past = select(AUDIT_LOG.c.id).where(AUDIT_LOG.c.done_at < before)
    old = past.order_by(AUDIT_LOG.c.done_at).limit(limit).with_for_update(skip_locked=True)
    deleted = delete(AUDIT_LOG).where(AUDIT_LOG.c.id.in_(old)).returning(AUDIT_LOG.c.id)
    return len(connection.execute(deleted).all())
