"""A teacher's retry: request failed homework again, and replacements for the mock generator's homework."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from homework_api.database.queries.assignments import (
    AssignmentProgress,
    find_progress,
    has_homework,
    lock_assignment,
    reopen_assignment,
)
from homework_api.database.queries.outbox import insert_outbox
from homework_api.database.queries.results import (
    RetryableHomework,
    lock_retryable,
    reopen_homework,
    replace_jobs,
)
from homework_api.database.rows import Job
from homework_api.domain.access import Reach
from homework_api.domain.errors import AssignmentNotFound, EmptyClass, NothingToReplace, NothingToRetry
from homework_api.domain.statuses import HomeworkStatus
from homework_api.pipeline.jobs import GPU_DEADLINE, JobPlanner, outbox_rows
from homework_api.schemas.assignments import RetryRequest


@dataclass(frozen=True, slots=True)
class Retry:
    """A request to retry. `patience` is how long a GPU may take for the failed homework."""

    planner: JobPlanner
    request: RetryRequest
    now: datetime
    patience: timedelta
    traceparent: str | None

    def ask(self, connection: Connection, assignment_id: int, reach: Reach) -> tuple[int, AssignmentProgress]:
        """Apply the retry in one transaction. Returns the number of homework that were requested, and the
        assignment as it is now.

        Raises:
            AssignmentNotFound, EmptyClass, NothingToRetry, NothingToReplace.
        """
        replace_mock = self.request.replace_mock
        wanted = lock_retryable(connection, assignment_id, self.now, reach, replace_mock=replace_mock)
        assignment = lock_assignment(connection, assignment_id, reach)
        if assignment is None:
            raise AssignmentNotFound
        if assignment.review and not assignment.is_held_back(self.now):
            # The teacher has reviewed the written homework, so it is not replaced.
            wanted = [one for one in wanted if one.status is HomeworkStatus.FAILED]
        if not wanted:
            if not has_homework(connection, assignment_id):
                raise EmptyClass
            raise NothingToReplace if replace_mock else NothingToRetry
        failed = [one for one in wanted if one.status is HomeworkStatus.FAILED]
        written = [one for one in wanted if one.status is HomeworkStatus.AVAILABLE]
        for jobs in (self._reopen(connection, assignment_id, failed), self._replace(connection, written)):
            if jobs:  # All jobs of a batch have the same deadline.
                rows = outbox_rows(assignment_id, assignment, jobs, self.traceparent)
                insert_outbox(connection, rows, self.now)
        found = find_progress(connection, assignment_id, reach)
        if found is None:
            raise AssignmentNotFound
        return len(wanted), found

    def _reopen(
        self, connection: Connection, assignment_id: int, failed: list[RetryableHomework]
    ) -> list[Job]:
        """Set the failed homework and their assignment to pending again."""
        deadline = self.now + self.patience
        jobs = {homework.homework_id: self.planner.job(self.now, deadline) for homework in failed}
        reopen_homework(connection, jobs)
        if failed:
            reopen_assignment(connection, assignment_id, deadline)
        return list(jobs.values())

    def _replace(self, connection: Connection, written: list[RetryableHomework]) -> list[Job]:
        """Request replacements. Students keep their homework until the GPU's arrives."""
        # Only a GPU can improve on the mock generator's homework, so the job gets a GPU's time even if none
        # is online yet.
        seconds = self.request.deadline_seconds
        patience = timedelta(seconds=seconds) if seconds else GPU_DEADLINE
        jobs = {homework.homework_id: self.planner.job(self.now, self.now + patience) for homework in written}
        replace_jobs(connection, jobs)
        return list(jobs.values())
