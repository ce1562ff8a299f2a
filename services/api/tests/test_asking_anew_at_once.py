"""A new exercise is stored at the same moment at which somebody edits, starts or requests its homework."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from tests.support.api.application import Api
from tests.support.api.course import GPU, MOCK, NEW, OLD, Course, gap, result, written
from tests.support.api.pause import Pause, meet

from homework_api.database.queries.homework import start_homework, update_homework
from homework_api.database.queries.review import ask_anew, save_edited

pytestmark = pytest.mark.usefixtures("language")
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
