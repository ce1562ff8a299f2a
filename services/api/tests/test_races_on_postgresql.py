"""Two concurrent transactions. The first keeps its locks until PostgreSQL reports that the second waits."""

import asyncio
import hashlib
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
from homework_api.database.queries.decisions import DecisionRecord, find_classwork, insert_decision
from homework_api.database.queries.student_links import use_link
from homework_api.database.queries.students import delete_student
from homework_api.domain.access import EVERYTHING
from homework_api.domain.statuses import HomeworkStatus

WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


@pytest.fixture
async def api(postgres_url: str) -> AsyncIterator[Api]:
    async with api_over(postgres_url) as api:
        yield api


class Meeting:
    """Runs `first`, and keeps its transaction open until another one waits for one of its locks."""

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


GAP = {
    "type": "fill_in_blank",
    "question": "Ci vediamo a ___. (midnight)",
    "correct_answer": "mezzanotte",
    "options": None,
    "explanation": "Midnight has no article.",
}


async def two_with_the_same_gap(api: Api) -> tuple[str, list[Homework]]:
    """A homework for two students, of whom the first has sent "ventiquattro". Gives the path of the decisions
    about it.
    """
    assignment = await api.assign(await api.add_students(2), quantity=1, exercise_types=["fill_in_blank"])
    homework = await api.homework(assignment["id"])
    for one in homework:
        await api.settle(one, "mock", [GAP])
    path = homework_path(homework[0])
    await api.client.post(f"{path}/start")
    sent = await api.client.post(f"{path}/submission", json={"answers": ["ventiquattro"]})
    assert sent.status_code == 200, sent.text
    return f"/api/teacher/assignments/{assignment['id']}/decisions", homework


def homework_path(homework: Homework) -> str:
    return f"/api/student/{homework.student_id}/homework/{homework.id}"


async def sent_by(api: Api, homework: Homework) -> int:
    answers = {"answers": ["ventiquattro"]}
    answer = await api.client.post(f"{homework_path(homework)}/submission", json=answers)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["score"])


async def test_a_decision_reaches_homework_that_is_started_meanwhile(api: Api) -> None:
    decisions, [first, second] = await two_with_the_same_gap(api)

    def start(connection: Connection) -> None:
        started = {"status": HomeworkStatus.IN_PROGRESS}
        connection.execute(update(Homework).where(col(Homework.id) == second.id).values(started))

    meeting = Meeting(api)
    holding = await meeting.hold(start)
    body = {"homework_id": first.id, "index": 1, "right": True}
    deciding = asyncio.create_task(api.client.post(decisions, json=body))
    await meeting.commit_once_another_waits()
    await holding
    assert (await deciding).status_code == 201
    assert await sent_by(api, second) == 100


async def test_homework_that_is_started_during_a_decision_remembers_it(api: Api) -> None:
    _, [first, second] = await two_with_the_same_gap(api)
    assignment_id = first.assignment_id

    def decide(connection: Connection) -> None:
        # A GPU's exercises have just replaced those that the decision found.
        find_classwork(connection, assignment_id, str(GAP["question"]), lock=True)
        new = DecisionRecord(
            0, assignment_id, None, str(GAP["question"]), "ventiquattro", True, None, None, api.clock()
        )
        insert_decision(connection, new)

    meeting = Meeting(api)
    holding = await meeting.hold(decide)
    starting = asyncio.create_task(api.client.post(f"{homework_path(second)}/start"))
    await meeting.commit_once_another_waits()
    await holding
    assert (await starting).status_code == 200
    assert await sent_by(api, second) == 100


async def test_a_student_who_is_deleted_while_signing_in_is_told_that_the_link_is_not_good(api: Api) -> None:
    [student] = await api.add_students(1)
    link = await api.services.student_links.make(student, EVERYTHING)

    def delete(connection: Connection) -> None:
        delete_student(connection, student, EVERYTHING)

    meeting = Meeting(api)
    holding = await meeting.hold(delete)
    body = {"token": link.token, "nonce": "this-browser-and-no-other"}
    second = asyncio.create_task(api.client.post("/api/session", json=body))
    await meeting.commit_once_another_waits()
    await holding
    assert (await second).status_code == 404


async def test_a_link_that_two_browsers_use_at_once_lets_one_of_them_in(api: Api) -> None:
    [student] = await api.add_students(1)
    link = await api.services.student_links.make(student, EVERYTHING)
    used = hashlib.sha256(link.token.encode()).hexdigest()

    def use(connection: Connection) -> None:
        assert use_link(connection, used, api.clock())

    meeting = Meeting(api)
    holding = await meeting.hold(use)
    body = {"token": link.token, "nonce": "another-browser-altogether"}
    second = asyncio.create_task(api.client.post("/api/session", json=body))
    await meeting.commit_once_another_waits()
    await holding
    assert (await second).status_code == 409
