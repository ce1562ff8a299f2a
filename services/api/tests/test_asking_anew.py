"""A teacher requests another exercise. The old one stays until the new one is stored, whatever happens."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, select
from tests.support.api.application import GRACE, Api
from tests.support.api.pause import Pause
from tests.support.api.pipeline import Pipeline, running
from tests.support.api.pipeline_steps import with_tokens
from tests.support.api.rows import execute, scalars
from tests.support.broker.clients import send
from tests.support.messages import failed
from tests.support.waiting import eventually

from homework_api.database.models import Homework, OutboxEntry
from homework_api.database.queries.homework import start_homework, update_homework
from homework_api.database.queries.review import ask_anew, save_edited
from homework_api.pipeline.deadline_net import MAX_REPEAT_SECONDS, MAX_RESCUES
from homework_shared.exercises.exercise import FillInBlank
from homework_shared.exercises.messages import (
    GenerateHomework,
    GeneratorKind,
    HomeworkGenerated,
    Message,
    decode,
)
from homework_shared.language.examine import load as load_tables
from homework_shared.messaging.topology import FALLBACK, JOBS, RESULT_DESTINATION, RESULTS

GPU, MOCK = GeneratorKind.VLLM, GeneratorKind.MOCK
OLD = ("andiamo", "mangiamo", "leggiamo")
NEW = ("scriviamo", "dormiamo", "usciamo")
VERBS = {
    "andiamo": "andare", "mangiamo": "mangiare", "leggiamo": "leggere", "scriviamo": "scrivere",
    "dormiamo": "dormire", "usciamo": "uscire", "finiamo": "finire", "partiamo": "partire",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def language() -> None:
    load_tables()


def gap(answer: str) -> FillInBlank:
    question = f"Oggi noi ___ con {answer[:3].capitalize()}a. ({VERBS[answer]})"
    why = "The subject is “noi”, so the verb ends in -iamo."
    return FillInBlank(question=question, correct_answer=answer, explanation=why)


MINE = gap("partiamo").model_dump(mode="json")


def result(homework: Homework, by: GeneratorKind, *answers: str, missing: Sequence[int] = ()) -> Message:
    return HomeworkGenerated(
        job_id=homework.job_id, exercises=tuple(gap(each) for each in answers), missing=tuple(missing),
        generated_by=by, model="m", worker_id="w", queue_seconds=0.1, generation_seconds=0.2,
    )  # fmt: skip


class Course:
    """One homework of three exercises, and the pipeline that changes it."""

    def __init__(self, api: Api, homework: Homework) -> None:
        self.api = api
        self.id = homework.id
        self.assignment_id = homework.assignment_id
        self.student = f"/api/student/{homework.student_id}/homework/{homework.id}"
        self._pipeline = Pipeline(api.db, lambda _user: api.broker, api.clock)

    async def row(self) -> Homework:
        [homework] = await self.api.homework(self.assignment_id)
        return homework

    async def read(self) -> dict[str, Any]:
        answer = await self.api.client.get(f"/api/teacher/homework/{self.id}")
        return dict(answer.json())

    async def answers(self) -> list[str]:
        return [each["correct_answer"] for each in (await self.read())["exercises"]]

    async def writers(self) -> list[str]:
        return [each["written_by"] for each in (await self.read())["exercises"]]

    async def awaited(self) -> list[bool]:
        return [each["asked_anew"] for each in (await self.read())["exercises"]]

    async def replace(self, index: int, version: str | None = None, **more: Any) -> httpx.Response:
        seen = version or (await self.read())["exercises"][index - 1]["version"]
        url = f"/api/teacher/homework/{self.id}/exercises/{index}/replace"
        return await self.api.client.post(url, json={"version": seen, **more})

    async def edit(self, index: int, version: str | None = None) -> httpx.Response:
        seen = version or (await self.read())["exercises"][index - 1]["version"]
        url = f"/api/teacher/homework/{self.id}/exercises/{index}"
        return await self.api.client.put(url, json={"version": seen, "exercise": MINE})

    async def start(self) -> httpx.Response:
        return await self.api.client.post(f"{self.student}/start")

    async def receive(self, *results: Message) -> None:
        """Deliver results with the tokens of their jobs, and wait until they are processed."""
        broker = self.api.broker
        await send(broker, RESULT_DESTINATION, *await with_tokens(self.api.db, results))
        queue = broker.queues[RESULTS]
        async with running(self._pipeline.results.run):
            await eventually(lambda: not queue.ready and not queue.unsettled)

    async def relay(self) -> None:
        async def is_empty() -> bool:
            return not await scalars(self.api.db, select(OutboxEntry))

        async with running(self._pipeline.relay.run):
            await eventually(is_empty)

    async def rescue_after(self, seconds: float) -> int:
        self.api.clock.advance(seconds)
        return await self._pipeline.net.rescue()

    async def owed(self) -> list[OutboxEntry]:
        return await scalars(self.api.db, select(OutboxEntry))


@pytest.fixture
async def course(api: Api) -> Course:
    """A homework that a GPU has written and that is held back. The outbox is empty."""
    return await written(api)


async def written(api: Api, by: str = "vllm", **more: Any) -> Course:
    asked = {"quantity": 3, "exercise_types": ["fill_in_blank"], "review": True} | more
    made = await api.assign([await api.add_student("s@example.com")], **asked)
    [homework] = await api.homework(made["id"])
    await api.settle(homework, by, [gap(each).model_dump(mode="json") for each in OLD])
    await execute(api.db, delete(OutboxEntry))
    api.clock.advance(60)
    return Course(api, homework)


async def test_one_exercise_is_asked_for_by_a_new_job_and_the_old_one_stays_meanwhile(course: Course) -> None:
    before, wakes = await course.row(), len(course.api.wakes)
    asked = await course.replace(2, deadline_seconds=600)
    assert (asked.status_code, asked.json()) == (202, await course.read())
    assert await course.answers() == list(OLD)
    assert await course.awaited() == [False, True, False]
    due = course.api.clock() + timedelta(seconds=600)
    assert (asked.json()["status"], asked.json()["anew_by"]) == ("available", "2026-11-23T09:11:00Z")
    after = await course.row()
    assert after.job_id != before.job_id
    assert after.seed != before.seed
    assert (after.deadline_at, after.rescue_at, after.rescues) == (due, due + GRACE, 0)
    [entry] = await course.owed()
    job = decode(GenerateHomework, "GenerateHomework", entry.body.encode())
    assert (job.job_id, job.seed, job.quantity, job.deadline_at) == (after.job_id, after.seed, 3, due)
    assert len(course.api.wakes) == wakes + 1


@pytest.mark.parametrize("by", [GPU, MOCK])
async def test_the_new_exercise_takes_the_place_of_the_old_one_and_of_no_other(
    course: Course, by: GeneratorKind
) -> None:
    await course.replace(2)
    await course.receive(result(await course.row(), by, *NEW))
    assert await course.answers() == ["andiamo", "dormiamo", "leggiamo"]
    assert await course.writers() == ["vllm", by, "vllm"]
    seen = await course.read()
    assert (await course.awaited(), seen["anew_by"], seen["error_message"]) == ([False] * 3, None, None)
    assert (await course.api.assignment(course.assignment_id))["status"] == "completed"
    await course.receive(result(await course.row(), GPU, "finiamo", "partiamo", "usciamo"))
    assert await course.answers() == ["andiamo", "dormiamo", "leggiamo"], "the first one wins"


async def test_the_same_exercise_asked_for_twice_is_asked_for_once(course: Course) -> None:
    await course.replace(2)
    job = (await course.row()).job_id
    again = await course.replace(2, version="stale")
    assert (again.status_code, (await course.row()).job_id, len(await course.owed())) == (202, job, 1)


async def test_another_exercise_is_written_by_the_job_that_is_on_its_way(course: Course) -> None:
    await course.replace(2)
    job = await course.row()
    assert (await course.replace(3)).status_code == 202
    assert (await course.row()).job_id == job.job_id
    await course.receive(result(job, GPU, *NEW))
    assert await course.answers() == ["andiamo", "dormiamo", "usciamo"]
    await course.replace(1)
    assert (await course.row()).job_id != job.job_id


async def test_an_exercise_that_changed_since_it_was_read_is_not_asked_for(course: Course) -> None:
    seen = (await course.read())["exercises"][1]["version"]
    await course.edit(2)
    refused = await course.replace(2, seen)
    assert (refused.status_code, await course.owed()) == (409, [])
    assert (await course.replace(4, seen)).status_code == 404
    unknown = "/api/teacher/homework/4711/exercises/1/replace"
    assert (await course.api.client.post(unknown, json={"version": seen})).status_code == 404


async def test_after_the_deadline_the_deadline_net_requests_the_exercise_from_the_mock_generator(
    course: Course,
) -> None:
    await course.replace(2, deadline_seconds=30)
    await course.relay()
    assert len(course.api.broker.queues[JOBS].ready) == 1
    assert await course.rescue_after(30.9) == 0
    assert await course.rescue_after(0.1) == 1
    await course.relay()
    assert len(course.api.broker.queues[FALLBACK].ready) == 1
    await course.receive(result(await course.row(), MOCK, *NEW))
    assert await course.answers() == ["andiamo", "dormiamo", "leggiamo"]
    assert await course.rescue_after(3600) == 0


async def test_an_exercise_that_a_gpu_could_not_rewrite_goes_to_the_mock_generator_at_once(
    course: Course,
) -> None:
    await course.replace(1, deadline_seconds=600)
    await course.replace(2)
    await course.relay()
    job = await course.row()
    await course.receive(result(job, GPU, "scriviamo", "usciamo", missing=[1]))
    assert await course.answers() == ["scriviamo", "mangiamo", "leggiamo"]
    assert await course.awaited() == [False, True, False]
    assert await course.rescue_after(0) == 1
    await course.receive(result(job, MOCK, "finiamo", "dormiamo", "partiamo"))
    assert await course.answers() == ["scriviamo", "dormiamo", "leggiamo"]
    assert await course.writers() == ["vllm", "mock", "vllm"]


async def test_the_new_exercise_has_a_question_that_the_homework_does_not_have_yet(course: Course) -> None:
    await course.replace(2)
    await course.receive(result(await course.row(), GPU, "scriviamo", "mangiamo", "andiamo"))
    assert await course.answers() == ["andiamo", "scriviamo", "leggiamo"], "another one of the result"


async def test_a_mock_that_repeats_itself_is_asked_again_with_another_seed(course: Course) -> None:
    await course.replace(2)
    await course.relay()
    job = await course.row()
    await course.receive(result(job, MOCK, *OLD))
    assert await course.answers() == list(OLD)
    assert await course.awaited() == [False, True, False]
    assert await course.rescue_after(0) == 1
    [entry] = [each for each in await course.owed() if each.overdue]
    again = decode(GenerateHomework, "GenerateHomework", entry.body.encode())
    assert (again.job_id, again.seed) == (job.job_id, job.seed + 1)
    await course.receive(result(job, MOCK, *NEW))
    assert await course.answers() == ["andiamo", "dormiamo", "leggiamo"]


@pytest.mark.parametrize("how", ["nobody answers", "the mock gives up"])
async def test_when_no_new_exercise_can_be_written_the_old_one_stays_and_the_teacher_is_told(
    course: Course, how: str
) -> None:
    await course.replace(2)
    await course.relay()
    if how == "the mock gives up":
        await course.receive(failed((await course.row()).job_id))
    else:
        for _ in range(MAX_RESCUES + 1):
            await course.rescue_after(2 * MAX_REPEAT_SECONDS)
            await course.relay()
    seen = await course.read()
    assert await course.answers() == list(OLD)
    assert (seen["status"], await course.awaited()) == ("available", [False] * 3)
    assert "the old one stays" in seen["error_message"]
    assert (await course.api.assignment(course.assignment_id))["status"] == "completed"
    assert (await course.replace(2)).json()["error_message"] is None
    await course.receive(result(await course.row(), GPU, *NEW))
    assert await course.answers() == ["andiamo", "dormiamo", "leggiamo"]


async def test_an_unusable_result_changes_nothing_and_the_mock_generator_is_asked_earlier(
    course: Course,
) -> None:
    await course.replace(2, deadline_seconds=600)
    await course.relay()
    # The result has one exercise instead of three.
    await course.receive(result(await course.row(), GPU, "scriviamo"))
    assert await course.answers() == list(OLD)
    assert await course.rescue_after(0) == 1


async def test_late_results_of_the_job_before_change_nothing(api: Api) -> None:
    course = await written(api, by="mock")
    before = await course.row()
    await course.replace(2)
    await course.receive(result(before, GPU, *NEW))
    assert await course.answers() == list(OLD)
    await course.receive(result(await course.row(), GPU, *NEW))
    assert await course.answers() == ["andiamo", "dormiamo", "leggiamo"], "one place, and not all of it"


async def test_the_teachers_own_exercise_ends_the_waiting_for_its_place_and_for_no_other(
    course: Course,
) -> None:
    await course.replace(2)
    await course.replace(3)
    assert (await course.edit(2)).status_code == 200
    assert await course.awaited() == [False, False, True]
    await course.receive(result(await course.row(), GPU, *NEW))
    assert await course.answers() == ["andiamo", "partiamo", "usciamo"]
    assert await course.writers() == ["vllm", "teacher", "vllm"]


async def test_a_release_does_not_end_the_waiting_and_a_start_does(course: Course) -> None:
    await course.replace(2)
    url = f"/api/teacher/assignments/{course.assignment_id}/release"
    assert (await course.api.client.post(url)).status_code == 200
    shown = (await course.start()).json()
    assert [each["question"] for each in shown["exercises"]] == [gap(each).question for each in OLD]
    await course.receive(result(await course.row(), GPU, *NEW))
    assert await course.answers() == list(OLD)
    assert await course.rescue_after(3600) == 0
    sent = await course.api.client.post(f"{course.student}/submission", json={"answers": list(OLD)})
    assert sent.json()["score"] == 100
    for refused in (await course.replace(2), await course.edit(2)):
        assert (refused.status_code, "what was read is what is graded" in refused.text) == (409, True)


async def test_an_exercise_requested_before_the_release_is_stored_after_it(course: Course) -> None:
    await course.replace(2)
    await course.api.client.post(f"/api/teacher/assignments/{course.assignment_id}/release")
    await course.receive(result(await course.row(), GPU, *NEW))
    assert await course.answers() == ["andiamo", "dormiamo", "leggiamo"]


async def test_the_housekeeping_keeps_what_is_waited_for_and_drops_what_is_not(course: Course) -> None:
    await course.replace(2)
    await course._pipeline.housekeeping.tidy()
    assert len(await course.owed()) == 1
    await course.edit(2)
    await course._pipeline.housekeeping.tidy()
    assert await course.owed() == []


async def test_a_rewritten_exercise_is_not_replaced_by_a_retry(api: Api) -> None:
    course = await written(api, by="mock")
    await course.replace(2)
    url = f"/api/teacher/assignments/{course.assignment_id}/retry"
    assert (await api.client.post(url, json={"replace_mock": True})).status_code == 409


Step = Callable[[], Awaitable[Any]]


async def meet(pause: Pause, first: Step, second: Step) -> tuple[Any, Any]:
    """Run both. `first` stops inside its transaction until `second` waits for it."""
    holding = asyncio.ensure_future(first())
    await pause.reached()
    waiting = asyncio.ensure_future(second())
    await pause.go_on_once_another_waits()
    return await holding, await waiting


STORES = ("homework_api.pipeline.results.update_homework", update_homework)
EDITS = ("homework_api.services.editing.save_edited", save_edited)
ASKS = ("homework_api.services.asking_anew.ask_anew", ask_anew)
STARTS = ("homework_api.services.homework.queries.start_homework", start_homework)


@pytest.fixture
def paused(api: Api, monkeypatch: pytest.MonkeyPatch) -> Callable[[tuple[str, Any]], Pause]:
    def pause_at(where: tuple[str, Any]) -> Pause:
        pause, (name, function) = Pause(api), where
        monkeypatch.setattr(name, pause.after(function))
        return pause

    return pause_at


async def test_an_edit_that_meets_the_new_exercise_is_refused(
    course: Course, paused: Callable[[Any], Pause]
) -> None:
    await course.replace(2)
    job, seen = await course.row(), (await course.read())["exercises"][1]["version"]
    _, refused = await meet(
        paused(STORES), lambda: course.receive(result(job, GPU, *NEW)), lambda: course.edit(2, seen)
    )
    assert refused.status_code == 409
    assert await course.answers() == ["andiamo", "dormiamo", "leggiamo"]


async def test_the_new_exercise_that_meets_an_edit_does_not_replace_it(
    course: Course, paused: Callable[[Any], Pause]
) -> None:
    await course.replace(2)
    job = await course.row()
    edited, _ = await meet(
        paused(EDITS), lambda: course.edit(2), lambda: course.receive(result(job, GPU, *NEW))
    )
    assert edited.status_code == 200
    assert await course.answers() == ["andiamo", "partiamo", "leggiamo"]


async def test_a_start_that_meets_the_new_exercise_shows_it(
    course: Course, paused: Callable[[Any], Pause]
) -> None:
    await course.replace(2)
    await course.api.client.post(f"/api/teacher/assignments/{course.assignment_id}/release")
    job = await course.row()
    _, started = await meet(paused(STORES), lambda: course.receive(result(job, GPU, *NEW)), course.start)
    shown = [each["question"] for each in started.json()["exercises"]]
    assert shown == [gap(each).question for each in ("andiamo", "dormiamo", "leggiamo")]
    sent = await course.api.client.post(
        f"{course.student}/submission", json={"answers": ["andiamo", "dormiamo", "leggiamo"]}
    )
    assert sent.json()["score"] == 100


async def test_the_new_exercise_that_meets_the_start_is_dropped(
    course: Course, paused: Callable[[Any], Pause]
) -> None:
    await course.replace(2)
    await course.api.client.post(f"/api/teacher/assignments/{course.assignment_id}/release")
    job = await course.row()
    started, _ = await meet(paused(STARTS), course.start, lambda: course.receive(result(job, GPU, *NEW)))
    assert started.status_code == 200
    assert await course.answers() == list(OLD)


async def test_a_student_who_starts_during_the_request_keeps_the_old_exercise(
    course: Course, paused: Callable[[Any], Pause]
) -> None:
    await course.api.client.post(f"/api/teacher/assignments/{course.assignment_id}/release")
    asked, started = await meet(paused(ASKS), lambda: course.replace(2), course.start)
    assert (asked.status_code, started.status_code) == (202, 200)
    await course.receive(result(await course.row(), GPU, *NEW))
    assert await course.answers() == list(OLD)


async def test_a_late_result_that_meets_the_request_does_not_change_what_was_kept(
    api: Api, paused: Callable[[Any], Pause]
) -> None:
    course = await written(api, by="mock")
    before = await course.row()
    asked, _ = await meet(
        paused(ASKS), lambda: course.replace(2), lambda: course.receive(result(before, GPU, *NEW))
    )
    assert asked.status_code == 202
    assert await course.answers() == list(OLD)
    assert await course.awaited() == [False, True, False]


async def test_a_deadline_net_that_runs_while_the_new_exercise_is_stored_publishes_no_job(
    course: Course, paused: Callable[[Any], Pause]
) -> None:
    await course.replace(2, deadline_seconds=5)
    await course.relay()
    job = await course.row()
    course.api.clock.advance(10)
    pause = paused(STORES)
    storing = asyncio.ensure_future(course.receive(result(job, MOCK, *NEW)))
    await pause.reached()
    rescuing = asyncio.ensure_future(course.rescue_after(0))
    if course.api.db.dialect == "postgresql":
        assert await rescuing == 0, "it skips what another transaction holds"
    pause.go_on()
    await storing
    assert await rescuing == 0
    assert await course.answers() == ["andiamo", "dormiamo", "leggiamo"]
