"""All that a 201 promises, in one transaction: the assignment, a homework for each student, and for each
homework the outbox row that gets it written."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from homework_api.database.queries.assignments import AssignmentRecord, insert_assignment
from homework_api.database.queries.classes import find_class, lock_members
from homework_api.database.queries.homework import insert_homework
from homework_api.database.queries.idempotency_keys import UsedKey, find_used_key, insert_key
from homework_api.database.queries.outbox import insert_outbox
from homework_api.database.rows import NewAssignment, OutboxRow
from homework_api.domain.access import Reach
from homework_api.domain.errors import ClassNotFound, NobodyInClass
from homework_api.pipeline.jobs import JobPlanner, outbox_rows
from homework_api.pipeline.outbox_handoff import OutboxHandoff
from homework_api.schemas.assignments import AssignmentCreate
from homework_api.services.known_students import require_students
from homework_api.services.times import require_due_at, require_ready_by, require_release_at

_NEWER_FIELDS = ("class_id", "ready_by", "due_at", "late_work", "review", "release_at")


@dataclass(frozen=True, slots=True)
class Accepted:
    """Committed work. `lease`: until when its rows may be handed over; None: unclaimed, any relay may take
    them."""

    assignment: AssignmentRecord
    student_ids: list[int]
    rows: list[OutboxRow]
    lease: datetime | None


def fingerprint_of(request: AssignmentCreate) -> str:
    """Tells a repeated request from a different one."""
    # A request keeps its fingerprint over an update of the service.
    defaults = {name: AssignmentCreate.model_fields[name].default for name in _NEWER_FIELDS}
    not_sent = {name for name, default in defaults.items() if getattr(request, name) == default}
    return hashlib.sha256(request.model_dump_json(exclude=not_sent).encode()).hexdigest()


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
            ClassNotFound, NobodyInClass: there is no such class, or nobody to write for.
            WrongTime: `ready_by`, `release_at` or `due_at` cannot be kept.
            IntegrityError: a twin of this request committed the same key meanwhile.
        """
        teacher_id = self.new.teacher_id
        if self.key is not None and (used := find_used_key(connection, teacher_id, self.key)):
            return used
        self._require_times()
        student_ids = self._students(connection)
        assignment = insert_assignment(connection, self.new)
        # A concurrent request with the same key fails here, before the many rows are written.
        if self.key is not None:
            fingerprint = fingerprint_of(self.request)
            insert_key(connection, teacher_id, self.key, fingerprint, assignment.id, self.new.created_at)
        homework = self.planner.homework(assignment.id, self.new, student_ids)
        insert_homework(connection, homework)
        lease = self.handoff.lease(len(homework))
        rows = outbox_rows(assignment.id, self.new, [one.job for one in homework], self.traceparent)
        insert_outbox(connection, rows, self.new.created_at, lease)
        return Accepted(assignment, student_ids, rows, lease)

    def _require_times(self) -> None:
        # The times are checked after the key: a repeated request may be late.
        if self.request.ready_by is not None:
            require_ready_by(self.request.ready_by, self.new.created_at)
        if self.request.release_at is not None:
            require_release_at(self.request.release_at, self.new.created_at)
        if self.request.due_at is not None:
            released = self.request.release_at or self.new.deadline_at
            require_due_at(self.request.due_at, max(self.new.deadline_at, released))

    def _students(self, connection: Connection) -> list[int]:
        """Whom it is for, all of them students of its teacher. They stay until the transaction ends."""
        teacher_id = self.new.teacher_id
        if (class_id := self.request.class_id) is not None:
            members = lock_members(connection, class_id, teacher_id)
            if not members:
                raise NobodyInClass if find_class(connection, class_id, Reach(teacher_id)) else ClassNotFound
            return members
        named = self.request.student_ids or []
        require_students(connection, named, teacher_id)
        return named
