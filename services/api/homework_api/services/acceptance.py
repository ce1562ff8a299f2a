"""All that a 201 promises, in one transaction: the assignment, a homework for each student, and for each
homework the outbox row that gets it written."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from homework_api.database.queries.assignments import AssignmentRecord, insert_assignment
from homework_api.database.queries.homework import insert_homework
from homework_api.database.queries.idempotency_keys import UsedKey, find_used_key, insert_key
from homework_api.database.queries.outbox import insert_outbox
from homework_api.database.queries.students import unknown_students
from homework_api.database.rows import NewAssignment, OutboxRow
from homework_api.domain.errors import StudentNotFound
from homework_api.pipeline.jobs import JobPlanner, outbox_rows
from homework_api.pipeline.outbox_handoff import OutboxHandoff
from homework_api.schemas.assignments import AssignmentCreate


@dataclass(frozen=True, slots=True)
class Accepted:
    """Committed work. `lease`: until when its rows may be handed over; None: unclaimed, any relay may take
    them."""

    assignment: AssignmentRecord
    rows: list[OutboxRow]
    lease: datetime | None


def fingerprint_of(request: AssignmentCreate) -> str:
    """Tells a repeated request from a different one."""
    return hashlib.sha256(request.model_dump_json().encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One request to accept. `new` is its assignment, planned on the event loop."""

    planner: JobPlanner
    handoff: OutboxHandoff
    request: AssignmentCreate
    new: NewAssignment
    key: str | None
    traceparent: str | None

    def accept(self, connection: Connection) -> Accepted | UsedKey:
        """One transaction of `Database.write`; its rows are handed over once it is committed.

        Raises:
            StudentNotFound: one of them is unknown.
            IntegrityError: a twin of this request committed the same key meanwhile.
        """
        if self.key is not None and (used := find_used_key(connection, self.key)):
            return used
        self._require_students(connection)
        assignment = insert_assignment(connection, self.new)
        if self.key is not None:  # a twin of this request fails here, before the many rows are written
            fingerprint = fingerprint_of(self.request)
            insert_key(connection, self.key, fingerprint, assignment.id, self.new.created_at)
        homework = self.planner.homework(assignment.id, self.new, self.request.student_ids)
        insert_homework(connection, homework)
        lease = self.handoff.lease(len(homework))
        rows = outbox_rows(assignment.id, self.new, [one.job for one in homework], self.traceparent)
        insert_outbox(connection, rows, self.new.created_at, lease)
        return Accepted(assignment, rows, lease)

    def _require_students(self, connection: Connection) -> None:
        unknown = unknown_students(connection, self.request.student_ids)
        if unknown:
            more = f" and {len(unknown) - 10} more" if len(unknown) > 10 else ""
            ids = ", ".join(map(str, unknown[:10]))
            raise StudentNotFound(f"One or more students not found: {ids}{more}")
