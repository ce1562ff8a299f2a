"""A teacher requests another exercise from a generator. The old one stays until the new one is stored."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from homework_api.database.queries.outbox import insert_outbox
from homework_api.database.queries.review import ReviewedRecord, ask_anew, save_replacing
from homework_api.domain.access import Reach
from homework_api.domain.errors import ExerciseChanged
from homework_api.domain.review import version_of
from homework_api.pipeline.jobs import JobPlanner, outbox_rows
from homework_api.services.editing import lock_exercise


@dataclass(frozen=True, slots=True)
class AskAnew:
    """A request to replace one exercise. `patience` is how long a GPU may take before the mock generator
    writes it.
    """

    planner: JobPlanner
    homework_id: int
    index: int
    version: str
    reach: Reach
    now: datetime
    patience: timedelta
    traceparent: str | None

    def ask(self, connection: Connection) -> ReviewedRecord:
        """One transaction.

        Raises:
            ExerciseChanged: it is another exercise by now.
            As `lock_exercise`.
        """
        homework, exercises = lock_exercise(connection, self.homework_id, self.index, self.reach)
        place = self.index - 1
        if place in homework.awaited:
            return homework  # The exercise was already requested.
        if version_of(exercises[place]) != self.version:
            raise ExerciseChanged
        places = [*homework.awaited, place]
        if homework.awaited:
            # The pending job writes a whole homework, so it writes this exercise too.
            save_replacing(connection, homework.id, places)
            return replace(homework, replacing=places)
        return self._by_a_new_job(connection, homework, places)

    def _by_a_new_job(
        self, connection: Connection, homework: ReviewedRecord, places: list[int]
    ) -> ReviewedRecord:
        job = self.planner.job(self.now, self.now + self.patience)
        ask_anew(connection, homework.id, places, job, self.now)
        insert_outbox(
            connection, outbox_rows(homework.assignment_id, homework, [job], self.traceparent), self.now
        )
        return replace(
            homework,
            replacing=places,
            edited_at=self.now,
            deadline_at=job.deadline_at,
            error_message=None,
        )
