"""All that a 201 promises, in one transaction: the assignment, a homework for each student, and for each
homework the debt to the broker that gets it written."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select

from homework_api.database.models import ASSIGNMENTS, HOMEWORK, IDEMPOTENCY_KEYS, STUDENTS
from homework_api.database.queries.outbox import add_outbox
from homework_api.domain.errors import StudentNotFound
from homework_api.pipeline.jobs import Orders, Row, outbox_rows
from homework_api.pipeline.outbox_handoff import OutboxHandoff
from homework_api.schemas.assignments import AssignmentCreate

_KNOWN_STUDENTS = (
    select(STUDENTS.c.id)
    .where(STUDENTS.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(STUDENTS.c.id)
    .with_for_update(read=True, key_share=True)
)
_USED_KEY = select(IDEMPOTENCY_KEYS.c.fingerprint, IDEMPOTENCY_KEYS.c.assignment_id).where(
    IDEMPOTENCY_KEYS.c.key == bindparam("key")
)
_NEW_ASSIGNMENT = insert(ASSIGNMENTS).returning(ASSIGNMENTS.c.id)
_NEW_KEY, _NEW_HOMEWORK = insert(IDEMPOTENCY_KEYS), insert(HOMEWORK)


@dataclass(frozen=True, slots=True)
class Accepted:
    """Committed work. `lease`: until when its debts may be handed over; None: they are anybody's."""

    assignment: Row
    debts: list[Row]
    lease: datetime | None


@dataclass(frozen=True, slots=True)
class UsedKey:
    """What came with this Idempotency-Key before, and what it made: None if that is deleted by now."""

    fingerprint: str
    assignment_id: int | None


def fingerprint_of(request: AssignmentCreate) -> str:
    """By which a repeated request is told from another one."""
    return hashlib.sha256(request.model_dump_json().encode()).hexdigest()


class Acceptance:
    """Accepts what teachers ask for."""

    def __init__(self, orders: Orders, handoff: OutboxHandoff) -> None:
        self._orders = orders
        self._handoff = handoff

    def order(self, request: AssignmentCreate) -> Row:
        """The assignment, due from now on. On the event loop, as it asks who is online."""
        return self._orders.assignment(request)

    def accept(
        self,
        connection: Connection,
        request: AssignmentCreate,
        order: Row,
        key: str | None,
        traceparent: str | None,
    ) -> Accepted | UsedKey:
        """One transaction of `Database.transact`; its debts are handed over once it is committed.

        Raises:
            StudentNotFound: one of them is unknown.
            IntegrityError: a twin of this request committed the same key meanwhile.
        """
        if key is not None and (used := connection.execute(_USED_KEY, {"key": key}).first()):
            return UsedKey(*used)
        _require_students(connection, request.student_ids)
        assignment = order | {"id": connection.scalar(_NEW_ASSIGNMENT, order)}
        if key is not None:  # a twin of this request loses here, before the many rows
            connection.execute(_NEW_KEY, _key_row(key, request, assignment))
        homework = self._orders.homework(assignment, request.student_ids)
        connection.execute(_NEW_HOMEWORK, homework)  # one statement: ids follow the order of the rows
        lease = self._handoff.lease(len(homework))
        debts = outbox_rows(assignment, homework, traceparent, lease)
        add_outbox(connection, debts)
        return Accepted(assignment, debts, lease)


def _require_students(connection: Connection, student_ids: Sequence[int]) -> None:
    """Those that exist stay until the transaction ends."""
    known = connection.scalars(_KNOWN_STUDENTS, {"ids": student_ids})
    unknown = sorted(set(student_ids).difference(known))
    if unknown:
        more = f" and {len(unknown) - 10} more" if len(unknown) > 10 else ""
        ids = ", ".join(map(str, unknown[:10]))
        raise StudentNotFound(f"One or more students not found: {ids}{more}")


def _key_row(key: str, request: AssignmentCreate, assignment: Row) -> Row:
    return {
        "key": key,
        "fingerprint": fingerprint_of(request),
        "assignment_id": assignment["id"],
        "created_at": assignment["created_at"],
    }
