"""Releases homework that is held back, at once or at a time, or cancels that time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from homework_api.database.queries.assignments import (
    AssignmentProgress,
    AssignmentRecord,
    find_progress,
    lock_assignment,
    lock_assignment_with_homework,
    update_release,
)
from homework_api.database.queries.audit import note
from homework_api.domain.access import Reach, Signature
from homework_api.domain.audit import Action
from homework_api.domain.errors import AlreadyReleased, AssignmentNotFound, HomeworkChanged, WrongTime
from homework_api.schemas.assignments import ReleaseRequest
from homework_api.services.times import require_release_at, written
from homework_shared.runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class Release:
    """One request to release an assignment."""

    request: ReleaseRequest
    by: Signature
    reach: Reach
    clock: Clock

    def apply(self, connection: Connection, assignment_id: int) -> AssignmentProgress:
        """One transaction. What is released already stays so.

        Raises:
            AssignmentNotFound, HomeworkChanged, AlreadyReleased, WrongTime.
        """
        # The homework is locked too: a result that is being stored is committed before the release, or sees
        # the release.
        assignment = lock_assignment_with_homework(connection, assignment_id, self.reach)
        if assignment is None:
            raise AssignmentNotFound
        # The clock is read after the lock is held, because the wait may have been long.
        now = self.clock()
        release_at = self._release_at(assignment, now)
        if release_at is not None:
            self._require_unchanged(_progress(connection, assignment_id, self.reach))
            update_release(connection, assignment_id, release_at)
            note(connection, Action.ASSIGNMENT_RELEASED, assignment_id, self.by, now)
        return _progress(connection, assignment_id, self.reach)

    def _require_unchanged(self, found: AssignmentProgress) -> None:
        """Raises HomeworkChanged."""
        read = self.request.unchanged_since
        if read is not None and found.changed_at is not None and found.changed_at > read:
            raise HomeworkChanged

    def _release_at(self, assignment: AssignmentRecord, now: datetime) -> datetime | None:
        """The new moment; None if nothing changes."""
        asked = self.request.release_at
        if not assignment.is_held_back(now):
            if asked is not None and asked != assignment.release_at:
                raise AlreadyReleased
            return None
        if asked is not None:
            require_release_at(asked, now)
        _require_time_until_due(asked or now, assignment.due_at)
        return asked or now


@dataclass(frozen=True, slots=True)
class TakeBackRelease:
    """A request to cancel a release that is scheduled."""

    by: Signature
    reach: Reach
    clock: Clock

    def apply(self, connection: Connection, assignment_id: int) -> AssignmentProgress:
        """One transaction. Raises AssignmentNotFound, AlreadyReleased."""
        assignment, now = _locked(connection, assignment_id, self.reach), self.clock()
        if not assignment.is_held_back(now):
            raise AlreadyReleased
        update_release(connection, assignment_id, None)
        note(connection, Action.RELEASE_TAKEN_BACK, assignment_id, self.by, now)
        return _progress(connection, assignment_id, self.reach)


def _locked(connection: Connection, assignment_id: int, reach: Reach) -> AssignmentRecord:
    assignment = lock_assignment(connection, assignment_id, reach)
    if assignment is None:
        raise AssignmentNotFound
    return assignment


def _progress(connection: Connection, assignment_id: int, reach: Reach) -> AssignmentProgress:
    found = find_progress(connection, assignment_id, reach)
    if found is None:
        raise AssignmentNotFound
    return found


def _require_time_until_due(release_at: datetime, due_at: datetime | None) -> None:
    if due_at is not None and due_at <= release_at:
        raise WrongTime(
            f"Students have to send it by {written(due_at)}, which is not after {written(release_at)}: "
            "give them a later `due_at` with PATCH …/assignments/{assignment_id} first, or release it earlier"
        )
