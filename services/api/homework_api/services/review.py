"""A teacher's review of homework and her changes to it (docs/adr/0043)."""

import asyncio

import structlog
from sqlalchemy import Connection

from homework_api.database.engine import Database
from homework_api.database.queries.assignments import find_assignment
from homework_api.database.queries.review import ReviewedRecord, find_reviewed, page_reviewed
from homework_api.domain.access import Reach, Signature
from homework_api.domain.errors import AssignmentNotFound, HomeworkNotFound
from homework_api.domain.review import Writer, version_of
from homework_api.grading.teachers_word import as_decided
from homework_api.pipeline.jobs import JobPlanner
from homework_api.pipeline.outbox_handoff import OutboxHandoff
from homework_api.schemas.paging import Page
from homework_api.schemas.review import (
    AnewRequest,
    EditedHomework,
    ExerciseEdit,
    ReviewedExercise,
    ReviewedHomework,
)
from homework_api.services.asking_anew import AskAnew
from homework_api.services.editing import Edit, require_usable, warnings_about
from homework_shared.exercises.messages import GeneratorKind
from homework_shared.runtime.clock import Clock

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class ReviewService:
    """The operations of a review. `handoff` is informed after each commit."""

    def __init__(self, database: Database, clock: Clock, planner: JobPlanner, handoff: OutboxHandoff) -> None:
        self._database = database
        self._clock = clock
        self._planner = planner
        self._handoff = handoff

    async def get(self, homework_id: int, reach: Reach) -> ReviewedHomework:
        """Raises HomeworkNotFound."""
        return self._response(await self._find(homework_id, reach))

    async def page(self, assignment_id: int, page: Page, reach: Reach) -> tuple[list[ReviewedHomework], int]:
        """Newest first, and how many there are on all pages. Raises AssignmentNotFound."""

        def read(connection: Connection) -> tuple[list[ReviewedRecord], int]:
            if find_assignment(connection, assignment_id, reach) is None:
                raise AssignmentNotFound
            return page_reviewed(connection, assignment_id, page)

        found, total = await self._database.read(read)
        return [self._response(one) for one in found], total

    async def edit(
        self, homework_id: int, index: int, edit: ExerciseEdit, by: Signature, reach: Reach
    ) -> EditedHomework:
        """Replace the exercise at `index`, counted from 1, by the teacher's own. Repeating the request
        changes nothing.

        Raises:
            HomeworkNotFound, ExerciseNotFound, UnusableExercise, NotEditable, ExerciseChanged.
        """
        seen = await self._find(homework_id, reach)
        require_usable(edit.exercise)
        # The checks run before the transaction, because they take longer than storing.
        warnings = await asyncio.to_thread(warnings_about, edit.exercise, seen)
        work = Edit(homework_id, index, edit, reach, self._clock())
        stored = await self._database.write(work.store)
        log.info(
            "exercise_edited", homework_id=homework_id, index=index, warnings=len(warnings), by=by.name,
            by_key=by.key_id,
        )  # fmt: skip
        return EditedHomework(**dict(self._response(stored)), warnings=warnings)

    async def ask_anew(
        self,
        homework_id: int,
        index: int,
        request: AnewRequest,
        by: Signature,
        reach: Reach,
        traceparent: str | None = None,
    ) -> ReviewedHomework:
        """Request another exercise for the one at `index`, counted from 1, which stays until the new one is
        stored. Repeating the request meanwhile changes nothing.

        Raises:
            HomeworkNotFound, ExerciseNotFound, NotEditable, ExerciseChanged.
        """
        patience = self._planner.patience(request.deadline_seconds)
        work = AskAnew(
            self._planner, homework_id, index, request.version, reach, self._clock(), patience, traceparent
        )
        found = await self._database.write(work.ask)
        self._handoff.wake()
        log.info("exercise_asked_anew", homework_id=homework_id, index=index, by=by.name, by_key=by.key_id)
        return self._response(found)

    async def _find(self, homework_id: int, reach: Reach) -> ReviewedRecord:
        found = await self._database.read(lambda connection: find_reviewed(connection, homework_id, reach))
        if found is None:
            raise HomeworkNotFound
        return found

    def _response(self, found: ReviewedRecord) -> ReviewedHomework:
        return ReviewedHomework(
            id=found.id,
            assignment_id=found.assignment_id,
            student_id=found.student_id,
            name=found.name,
            status=found.status,
            held_back=found.is_held_back(self._clock()),
            exercises=_exercises(found),
            generated_by=found.generated_by,
            model=found.model,
            edited_at=found.edited_at,
            anew_by=found.deadline_at if found.awaited else None,
            error_message=found.error_message,
        )


def _exercises(found: ReviewedRecord) -> list[ReviewedExercise]:
    awaited = set(found.awaited)
    rows = zip(found.exercises or (), found.writers, strict=True)
    return [
        ReviewedExercise.model_validate(
            as_decided(stored)
            | {
                "generated_by": None if writer in (None, Writer.TEACHER) else GeneratorKind(writer),
                "written_by": writer,
                "version": version_of(stored),
                "asked_anew": place in awaited,
            }
        )
        for place, (stored, writer) in enumerate(rows)
    ]
