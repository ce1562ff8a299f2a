"""Two transactions that meet: the first keeps its locks until PostgreSQL says that the second waits."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import Connection, select, text, update
from sqlalchemy.util import await_only
from sqlmodel import col
from tests.support.api.application import Api, api_over
from tests.support.api.rows import execute, scalar, scalars
from tests.support.waiting import eventually

from homework_api.database.models import Assignment, Homework
from homework_api.database.queries.assignments import close_assignments
from homework_api.domain.statuses import HomeworkStatus

WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


@pytest.fixture
async def api(postgres_url: str) -> AsyncIterator[Api]:
    async with api_over(postgres_url) as api:
        yield api


class Meeting:
    """Runs `first` and keeps its transaction open until another one waits for a lock of it."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._done, self._may_commit = asyncio.Event(), asyncio.Event()

    async def hold(self, first: Callable[[Connection], None]) -> "asyncio.Task[None]":
        def work(connection: Connection) -> None:
            first(connection)
            self._done.set()
            await_only(self._may_commit.wait())

        holding = asyncio.create_task(self._api.db.write(work))
        await self._done.wait()
        return holding

    async def commit_once_another_waits(self) -> None:
        async def another_waits() -> bool:
            return bool(await scalar(self._api.db, WAITING))

        try:
            await eventually(another_waits)
        finally:
            self._may_commit.set()


async def test_a_submission_that_waited_for_another_is_refused(api: Api) -> None:
    student_id = (await api.add_students(1))[0]
    assignment = await api.assign([student_id], deadline_seconds=600)
    [homework] = await api.homework(assignment["id"])
    await api.settle(homework, "vllm")
    path = f"/api/student/{student_id}/homework/{homework.id}"
    assert (await api.client.post(f"{path}/start")).status_code == 200
    [started] = await api.homework(assignment["id"])
    answers = ["first"] * len(started.exercises or ())

    def submit_first(connection: Connection) -> None:
        taken = {"status": HomeworkStatus.COMPLETED, "answers": answers, "score": 7}
        connection.execute(update(Homework).where(col(Homework.id) == homework.id).values(taken))

    meeting = Meeting(api)
    holding = await meeting.hold(submit_first)
    second = asyncio.create_task(api.client.post(f"{path}/submission", json={"answers": answers}))
    await meeting.commit_once_another_waits()
    await holding
    assert (await second).status_code == 409
    assert await scalars(api.db, select(col(Homework.score))) == [7]


async def test_the_last_two_homework_of_a_class_stored_at_once_complete_their_assignment(api: Api) -> None:
    assignment = await api.assign(await api.add_students(2), deadline_seconds=600)
    one, other = await api.homework(assignment["id"])
    await execute(api.db, update(Homework).values(generated_by="vllm"))

    def store(homework: Homework) -> Callable[[Connection], None]:
        def work(connection: Connection) -> None:
            available = {"status": HomeworkStatus.AVAILABLE}
            connection.execute(update(Homework).where(col(Homework.id) == homework.id).values(available))
            close_assignments(connection, {assignment["id"]}, api.clock())

        return work

    meeting = Meeting(api)
    holding = await meeting.hold(store(one))
    second = asyncio.create_task(api.db.write(store(other)))
    await meeting.commit_once_another_waits()
    await asyncio.gather(holding, second)
    assert await scalars(api.db, select(col(Assignment.status))) == ["completed"]
