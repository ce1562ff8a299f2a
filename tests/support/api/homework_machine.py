"""A model of the states of homework, and the real pipeline for comparison.

The real pipeline consists of the service, the relay, the results consumer, the deadline net and the
housekeeping, with a database, the in-memory broker and the test's clock.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlmodel import col

from homework_api.database.engine import Database
from homework_api.database.models import Assignment, Homework, OutboxEntry
from homework_api.domain.access import EVERYTHING, Signature
from homework_api.domain.errors import ApiError, Conflict
from homework_api.domain.statuses import HomeworkStatus
from homework_api.schemas.assignments import AssignmentCreate, RetryRequest
from homework_api.schemas.review import AnewRequest, ExerciseEdit
from homework_api.schemas.students import StudentCreate
from homework_shared.exercises.exercise import CefrLevel, Exercise, ExerciseType
from homework_shared.exercises.messages import GeneratorKind, HomeworkFailed, HomeworkGenerated
from homework_shared.messaging.topology import RESULT_DESTINATION, RESULTS
from tests.support.api.application import FakeClock
from tests.support.api.pipeline import Pipeline, running
from tests.support.api.pipeline_steps import with_tokens
from tests.support.api.rows import scalars
from tests.support.broker.clients import send
from tests.support.broker.memory_broker import MemoryBroker

T = TypeVar("T")
Result = HomeworkGenerated | HomeworkFailed
QUANTITY = 2


@dataclass
class Expected:
    """The expected state of one homework. `jobs` are the ids of all its jobs, the valid one last. `kept`
    means that its teacher has changed it, and `asked` are the places that are requested again.
    """

    student: int
    assignment: int
    jobs: list[UUID]
    status: HomeworkStatus = HomeworkStatus.PENDING
    by: GeneratorKind | None = None
    places: dict[int, tuple[str, str]] = field(default_factory=dict)
    kept: bool = False
    asked: set[int] = field(default_factory=set)

    def receive(self, result: Result, *, too_late: bool) -> None:
        """Apply a result. ADR 3: the first final result wins, and a GPU's late one replaces a mock's that no
        student has started, for some minutes (ADR 28). ADR 27: a GPU's part stays, and the mock adds what it
        lacks. ADR 43: what a teacher has changed stays, except for the places that she requested again.
        """
        if result.job_id != self.jobs[-1]:
            return
        if isinstance(result, HomeworkFailed):
            if self.status is HomeworkStatus.PENDING:
                self.status = HomeworkStatus.FAILED
            self.asked.clear()
            return
        places = [place for place in range(QUANTITY) if place not in result.missing]
        if len(places) != len(result.exercises):
            return
        texts = {place: each.correct_answer for place, each in zip(places, result.exercises, strict=True)}
        if self.asked:
            for place in self.asked & texts.keys():
                self.put(place, texts[place], result.generated_by)
        elif self._takes(result.generated_by, too_late=too_late):
            self._merge(texts, result.generated_by)

    def _takes(self, by: GeneratorKind, *, too_late: bool) -> bool:
        if self.status is HomeworkStatus.AVAILABLE:
            is_untouched_mock = self.by is GeneratorKind.MOCK and not self.kept
            return is_untouched_mock and by is GeneratorKind.VLLM and not too_late
        return self.status in {HomeworkStatus.PENDING, HomeworkStatus.FAILED}

    def _merge(self, texts: dict[int, str], by: GeneratorKind) -> None:
        for place, text in texts.items():
            if by is GeneratorKind.VLLM or place not in self.places:
                self.places[place] = (text, by)
        self._see_whether_it_is_whole()

    def put(self, place: int, text: str, by: str) -> None:
        """Put this exercise in its place. Nothing else changes."""
        self.places[place] = (text, by)
        self.asked.discard(place)

    def _see_whether_it_is_whole(self) -> None:
        if len(self.places) == QUANTITY:
            writers = {by for _, by in self.places.values()}
            self.status = HomeworkStatus.AVAILABLE
            self.by = GeneratorKind.VLLM if GeneratorKind.VLLM in writers else GeneratorKind.MOCK


class SteppedPipeline:
    """The real pipeline, one step at a time."""

    def __init__(self, database_url: str) -> None:
        self.clock, self.database, self.broker = FakeClock(), Database(database_url), MemoryBroker()
        self._pipeline = Pipeline(self.database, lambda _user: self.broker, self.clock)
        self.services = self._pipeline.services
        self.housekeeping = self._pipeline.housekeeping

    async def assign(self, students: Sequence[int]) -> list[Expected]:
        body = AssignmentCreate(
            cefr_level=CefrLevel.A2,
            quantity=QUANTITY,
            exercise_types=[ExerciseType.FILL_IN_BLANK],
            deadline_seconds=5,
            student_ids=list(students),
        )
        made = (await self.services.assignments.create(body, EVERYTHING)).assignment
        rows = [row for row in await self.homework() if row.assignment_id == made.id]
        return [Expected(row.student_id, row.assignment_id, [row.job_id]) for row in rows]

    async def student(self) -> int:
        request = StudentCreate(name="Ada", email=f"{uuid4().hex}@example.org")
        return (await self.services.students.create(request, EVERYTHING)).id

    async def homework(self) -> list[Homework]:
        return await scalars(self.database, select(Homework).order_by(col(Homework.id)))

    async def assignments(self) -> list[Assignment]:
        return await scalars(self.database, select(Assignment))

    async def pending_jobs(self) -> set[UUID]:
        return set(await scalars(self.database, select(col(OutboxEntry.job_id))))

    async def receive(self, results: Sequence[Result]) -> None:
        await send(self.broker, RESULT_DESTINATION, *await with_tokens(self.database, results))
        queue = self.broker.queues[RESULTS]
        await self._while_running(
            self._pipeline.results.run, lambda: bool(queue.ready) or bool(queue.unsettled)
        )

    async def relay(self) -> None:
        await self._while_running(self._pipeline.relay.run, self.pending_jobs)

    async def retry(self, assignment: int, *, replace_mock: bool) -> bool:
        with suppress(Conflict):
            await self.services.assignments.retry(
                assignment, RetryRequest(replace_mock=replace_mock), EVERYTHING
            )
            return True
        return False

    async def edit(self, homework_id: int, place: int, exercise: Exercise) -> None:
        edit = ExerciseEdit(version=await self._version(homework_id, place), exercise=exercise)
        await self.services.review.edit(homework_id, place + 1, edit, Signature(), EVERYTHING)

    async def ask_anew(self, homework_id: int, place: int) -> None:
        request = AnewRequest(version=await self._version(homework_id, place))
        await self.services.review.ask_anew(homework_id, place + 1, request, Signature(), EVERYTHING)

    async def _version(self, homework_id: int, place: int) -> str:
        exercises = (await self.services.review.get(homework_id, EVERYTHING)).exercises
        return exercises[place].version if exercises else "there is none"

    async def attempt(self, step: Awaitable[object]) -> bool:
        """Whether the action was allowed."""
        try:
            await step
        except ApiError:
            return False
        return True

    async def _while_running(
        self, role: Callable[[asyncio.Event], Awaitable[None]], busy: Callable[[], object]
    ) -> None:
        async with asyncio.timeout(60), running(role):
            while True:
                state = busy()
                if not (await state if asyncio.iscoroutine(state) else state):
                    return
                await asyncio.sleep(0)

    async def rescue_after(self, seconds: float) -> None:
        self.clock.now += timedelta(seconds=seconds)
        await self._pipeline.net.rescue()
