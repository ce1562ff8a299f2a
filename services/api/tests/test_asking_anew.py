"""A teacher requests another exercise. The old one stays until the new one is stored, whatever happens."""

from datetime import timedelta

import pytest
from tests.support.api.application import GRACE, Api
from tests.support.api.course import GPU, MOCK, NEW, OLD, Course, gap, result, written
from tests.support.messages import failed

from homework_api.pipeline.deadline_net import MAX_REPEAT_SECONDS, MAX_RESCUES
from homework_shared.exercises.messages import (
    GenerateHomework,
    GeneratorKind,
    decode,
)
from homework_shared.messaging.topology import FALLBACK, JOBS

pytestmark = pytest.mark.usefixtures("language")


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
