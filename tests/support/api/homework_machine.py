"""A model of the life of homework, and the real pipeline to compare it with.

The real pipeline is the service, the relay, the results consumer, the deadline net and the housekeeping over
a database and the in-memory broker, with the test's clock.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlmodel import col

from homework_api.database.engine import Database
from homework_api.database.models import Assignment, Homework, OutboxEntry
from homework_api.domain.errors import ApiError, Conflict
from homework_api.domain.statuses import HomeworkStatus
from homework_api.schemas.assignments import AssignmentCreate, RetryRequest, StudentCreate
from homework_shared.exercises.messages import GeneratorKind, HomeworkFailed, HomeworkGenerated
from homework_shared.messaging.topology import RESULT_DESTINATION, RESULTS
from tests.support.api.application import FakeClock
from tests.support.api.pipeline import Pipeline, running
from tests.support.broker.clients import send
from tests.support.broker.memory_broker import MemoryBroker

T = TypeVar("T")
Result = HomeworkGenerated | HomeworkFailed


@dataclass
class Expected:
    """What one homework should look like now. `jobs` are all the job ids it had, the valid one last."""

    student: int
    assignment: int
    jobs: list[UUID]
    status: HomeworkStatus = HomeworkStatus.PENDING
    by: GeneratorKind | None = None
    text: str | None = None

    def receive(self, result: Result) -> None:
        """ADR 3: the first final result wins; a GPU's late one beats a mock's that nobody has started."""
        if result.job_id != self.jobs[-1]:
            return
        if isinstance(result, HomeworkFailed):
            if self.status is HomeworkStatus.PENDING:
                self.status = HomeworkStatus.FAILED
            return
        is_open = self.status in {HomeworkStatus.PENDING, HomeworkStatus.FAILED}
        is_untouched_mock = self.status is HomeworkStatus.AVAILABLE and self.by is GeneratorKind.MOCK
        is_better = is_untouched_mock and result.generated_by is GeneratorKind.VLLM
        if len(result.exercises) == 1 and (is_open or is_better):
            self.status, self.by = HomeworkStatus.AVAILABLE, result.generated_by
            self.text = result.exercises[0].correct_answer


class SteppedPipeline:
    """The real pipeline, one step at a time."""

    def __init__(self, database_url: str) -> None:
        self.clock, self.database, self.broker = FakeClock(), Database(database_url), MemoryBroker()
        self._pipeline = Pipeline(self.database, lambda _user: self.broker, self.clock)
        self.service, self.submissions = self._pipeline.service, self._pipeline.submissions
        self.housekeeping = self._pipeline.housekeeping

    async def assign(self, students: Sequence[int]) -> list[Expected]:
        body = AssignmentCreate.model_validate(
            {"cefr_level": "A2", "quantity": 1, "deadline_seconds": 5, "student_ids": list(students)}
        )
        made = (await self.service.create_assignment(body)).assignment
        rows = [row for row in await self.homework() if row.assignment_id == made.id]
        return [Expected(row.student_id, row.assignment_id, [row.job_id]) for row in rows]

    async def student(self) -> int:
        request = StudentCreate(name="Ada", email=f"{uuid4().hex}@example.org")
        return (await self.service.create_student(request)).id

    async def homework(self) -> list[Homework]:
        async with self.database.read() as session:
            return list(await session.scalars(select(Homework).order_by(col(Homework.id))))

    async def assignments(self) -> list[Assignment]:
        async with self.database.read() as session:
            return list(await session.scalars(select(Assignment)))

    async def pending_jobs(self) -> set[UUID]:
        async with self.database.read() as session:
            return set(await session.scalars(select(col(OutboxEntry.job_id))))

    async def receive(self, results: Sequence[Result]) -> None:
        await send(self.broker, RESULT_DESTINATION, *results)
        queue = self.broker.queues[RESULTS]
        await self._while_running(
            self._pipeline.results.run, lambda: bool(queue.ready) or bool(queue.unsettled)
        )

    async def relay(self) -> None:
        await self._while_running(self._pipeline.relay.run, self.pending_jobs)

    async def retry(self, assignment: int, *, replace_mock: bool) -> bool:
        with suppress(Conflict):
            await self.service.retry_assignment(assignment, RetryRequest(replace_mock=replace_mock))
            return True
        return False

    async def attempt(self, step: Awaitable[object]) -> bool:
        """Whether the student was allowed to do it."""
        try:
            await step
        except ApiError:
            return False
        return True

    async def _while_running(
        self, role: Callable[[asyncio.Event], Awaitable[None]], busy: Callable[[], object]
    ) -> None:
        async with asyncio.timeout(20), running(role):
            while True:
                state = busy()
                if not (await state if asyncio.iscoroutine(state) else state):
                    return
                await asyncio.sleep(0)

    async def rescue_after(self, seconds: float) -> None:
        self.clock.now += timedelta(seconds=seconds)
        await self._pipeline.net.rescue()
