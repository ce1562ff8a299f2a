"""A teacher replaces an exercise by one of her own."""

from typing import Any

import httpx
import pytest
import structlog
from sqlalchemy import update
from sqlmodel import col
from tests.support.api.application import EXERCISE, Api
from tests.support.api.pause import Pause, meet
from tests.support.api.pipeline import Pipeline, running
from tests.support.api.pipeline_steps import with_tokens
from tests.support.api.rows import execute
from tests.support.broker.clients import send
from tests.support.messages import generated
from tests.support.waiting import eventually

from homework_api.database.models import Homework
from homework_api.database.queries.assignments import update_release
from homework_api.database.queries.homework import start_homework, update_homework
from homework_api.database.queries.review import save_edited
from homework_shared.exercises.messages import GeneratorKind
from homework_shared.messaging.topology import RESULT_DESTINATION, RESULTS

pytestmark = pytest.mark.usefixtures("language")
MINE = {
    "type": "fill_in_blank",
    "question": "Domani noi ___ al mercato. (andare)",
    "correct_answer": "andiamo",
    "accepted_answers": ["andremo"],
    "options": None,
    "explanation": "Andare is irregular: its first person plural is “andiamo”.",
}
OTHER = MINE | {"question": "Oggi loro ___ al mercato. (andare)", "correct_answer": "vanno"}
CHOICE = {
    "type": "multiple_choice",
    "question": "Queste scarpe sono troppo ___.",
    "correct_answer": "strette",
    "options": ["stretto", "stretti", "strette", "stretta"],
    "explanation": "Scarpe is feminine plural, and so is its adjective.",
}
SECOND = EXERCISE | {"question": "Oggi io ___ una mela. (mangiare)", "correct_answer": "mangio"}


async def written(api: Api, by: str = "vllm", **more: Any) -> Homework:
    """A homework of two exercises. It is held back from its student by default."""
    student = await api.add_student("s@example.com")
    asked = {"quantity": 2, "exercise_types": ["fill_in_blank"], "review": True} | more
    made = await api.assign([student], **asked)
    [homework] = await api.homework(made["id"])
    await api.settle(homework, by, [EXERCISE, SECOND])
    return (await api.homework(made["id"]))[0]


async def read(api: Api, homework: Homework) -> dict[str, Any]:
    answer = await api.client.get(f"/api/teacher/homework/{homework.id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def version(api: Api, homework: Homework, index: int = 1) -> str:
    return str((await read(api, homework))["exercises"][index - 1]["version"])


async def put(
    api: Api, homework: Homework, exercise: Any, index: int = 1, seen: str | None = None
) -> httpx.Response:
    body = {"version": seen or await version(api, homework), "exercise": exercise}
    return await api.client.put(f"/api/teacher/homework/{homework.id}/exercises/{index}", json=body)


def path_of(homework: Homework) -> str:
    return f"/api/student/{homework.student_id}/homework/{homework.id}"


async def test_a_teacher_reads_what_is_held_back_with_its_answers(api: Api) -> None:
    homework = await written(api)
    seen = await read(api, homework)
    assert (seen["status"], seen["held_back"], seen["name"]) == ("available", True, "Giulia")
    assert [each["correct_answer"] for each in seen["exercises"]] == ["siamo andati", "mangio"]
    assert [each["written_by"] for each in seen["exercises"]] == ["vllm", "vllm"]
    assert len({each["version"] for each in seen["exercises"]}) == 2
    url = f"/api/teacher/assignments/{homework.assignment_id}/homework"
    listed = await api.client.get(url)
    assert (listed.json(), listed.headers["X-Total-Count"]) == ([seen], "1")
    assert (await api.client.get(url, params={"before_id": homework.id})).json() == []


async def test_unknown_homework_and_exercises_are_not_found(sqlite_api: Api) -> None:
    homework = await written(sqlite_api)
    for url in ("/api/teacher/homework/4711", "/api/teacher/assignments/4711/homework"):
        assert (await sqlite_api.client.get(url)).status_code == 404
    third = await put(sqlite_api, homework, MINE, 3)
    assert (third.status_code, third.json()["detail"]) == (
        404, "This homework has 2 exercises, counted from 1",
    )  # fmt: skip
    assert (await put(sqlite_api, homework, MINE, 21)).status_code == 422


@pytest.mark.parametrize("new", [MINE, CHOICE], ids=["same type", "another type"])
async def test_the_teachers_exercise_takes_the_place_and_says_that_she_wrote_it(
    api: Api, new: dict[str, Any]
) -> None:
    homework = await written(api)
    with structlog.testing.capture_logs() as logs:
        edited = await put(api, homework, new)
    assert edited.status_code == 200, edited.text
    assert [line["index"] for line in logs if line["event"] == "exercise_edited"] == [1]
    now = await read(api, homework)
    assert {**now, "warnings": edited.json()["warnings"]} == edited.json()
    first, second = now["exercises"]
    assert {name: first[name] for name in new} == new
    assert [each["written_by"] for each in now["exercises"]] == ["teacher", "vllm"]
    assert (first["generated_by"], second["generated_by"]) == (None, "vllm")
    assert (second["question"], now["edited_at"]) == (SECOND["question"], "2026-11-23T09:00:00Z")
    await api.client.post(f"/api/teacher/assignments/{homework.assignment_id}/release")
    shown = (await api.client.post(f"{path_of(homework)}/start")).json()["exercises"]
    assert [each["generated_by"] for each in shown] == [None, "vllm"]
    answers = {"answers": [new["correct_answer"], "mangio"]}
    sent = await api.client.post(f"{path_of(homework)}/submission", json=answers)
    assert sent.json()["score"] == 100


async def test_what_the_checks_of_the_language_find_is_told_and_refuses_nothing(api: Api) -> None:
    homework = await written(api)
    strange = MINE | {"question": "Domani noi ___ al xqzwk. (andare)"}
    edited = await put(api, homework, strange)
    assert edited.status_code == 200
    assert "unknown_word" in {each["check"] for each in edited.json()["warnings"]}
    assert (await put(api, homework, MINE)).json()["warnings"] == []


@pytest.mark.parametrize(
    ("changed", "status", "says"),
    [
        ({"explanation": "No."}, 400, "the explanation is not a sentence"),
        ({"question": "Domani noi ___ al mercato."}, 400, "a gap needs its base form"),
        ({"accepted_answers": ["mercato"]}, 400, "the answer can be read in the question"),
        ({"question": SECOND["question"]}, 400, "another exercise of this homework asks the same question"),
        ({"question": "Domani noi andiamo."}, 422, "exactly one ___"),
        ({"options": ["a", "b", "c", "d"]}, 422, "options"),
        ({"type": "essay"}, 422, "type"),
        ({"correct_answer": "a\u0000"}, 422, "control characters"),
    ],
)
async def test_an_unusable_exercise_is_refused_with_a_sentence(
    sqlite_api: Api, changed: dict[str, Any], status: int, says: str
) -> None:
    homework = await written(sqlite_api)
    before = await read(sqlite_api, homework)
    refused = await put(sqlite_api, homework, MINE | changed)
    assert refused.status_code == status
    assert says in str(refused.json()["detail"])
    assert await read(sqlite_api, homework) == before


async def test_edits_in_two_tabs_do_not_overwrite_each_other(api: Api) -> None:
    homework = await written(api)
    seen = await version(api, homework)
    assert (await put(api, homework, MINE, seen=seen)).status_code == 200
    refused = await put(api, homework, OTHER, seen=seen)
    assert refused.status_code == 409
    assert "read the homework again" in refused.json()["detail"]
    again = await put(api, homework, MINE, seen=seen)
    assert again.status_code == 200, "the same request once more, whose first answer was lost"
    assert (await put(api, homework, OTHER)).status_code == 200
    assert (await put(api, homework, MINE, 2, seen=await version(api, homework, 2))).status_code == 200


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("pending", "still being written"),
        ("failed", "POST …/retry"),
        ("in_progress", "what was read is what is graded"),
        ("completed", "what was read is what is graded"),
    ],
)
async def test_homework_that_is_not_there_or_was_started_is_not_changed(
    sqlite_api: Api, status: str, says: str
) -> None:
    homework = await written(sqlite_api)
    seen = await version(sqlite_api, homework)
    state = update(Homework).where(col(Homework.id) == homework.id).values(status=status)
    await execute(sqlite_api.db, state)
    refused = await put(sqlite_api, homework, MINE, seen=seen)
    assert (refused.status_code, says in refused.json()["detail"]) == (409, True)


async def test_only_this_students_homework_is_changed(api: Api) -> None:
    made = await api.assign(await api.add_students(2), quantity=2, review=True)
    one, other = await api.homework(made["id"])
    for each in (one, other):
        await api.settle(each, "vllm", [EXERCISE, SECOND])
    assert (await put(api, one, MINE)).status_code == 200
    assert (await read(api, other))["exercises"][0]["question"] == EXERCISE["question"]


async def test_what_a_teacher_has_changed_is_not_asked_for_again(api: Api) -> None:
    homework = await written(api, by="mock")
    assert (await put(api, homework, MINE)).status_code == 200
    url = f"/api/teacher/assignments/{homework.assignment_id}/retry"
    refused = await api.client.post(url, json={"replace_mock": True})
    assert refused.status_code == 409


async def gpus_result(api: Api, homework: Homework) -> None:
    """Deliver a GPU's homework for this job, and wait until it is processed."""
    result = generated(homework.job_id, GeneratorKind.VLLM)
    texts = ("Ciao.", "Buongiorno.")
    whole = [
        result.exercises[0].model_copy(
            update={"correct_answer": text, "question": f"Anna dice ___ a {text[:3]}. (hello)"}
        )
        for text in texts
    ]
    result = result.model_copy(update={"exercises": tuple(whole)})
    await send(api.broker, RESULT_DESTINATION, *await with_tokens(api.db, [result]))
    pipeline = Pipeline(api.db, lambda _user: api.broker, api.clock)
    queue = api.broker.queues[RESULTS]
    async with running(pipeline.results.run):
        await eventually(lambda: not queue.ready and not queue.unsettled)


async def test_no_late_homework_of_a_gpu_replaces_what_a_teacher_has_changed(api: Api) -> None:
    homework = await written(api, by="mock")
    assert (await put(api, homework, MINE)).status_code == 200
    before = await read(api, homework)
    await gpus_result(api, homework)
    assert await read(api, homework) == before


async def test_an_edit_that_meets_a_gpus_late_homework_is_refused_and_not_lost_in_it(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    homework = await written(api, by="mock")
    seen, pause = await version(api, homework), Pause(api)
    monkeypatch.setattr("homework_api.pipeline.results.update_homework", pause.after(update_homework))
    _, refused = await meet(
        pause, lambda: gpus_result(api, homework), lambda: put(api, homework, MINE, seen=seen)
    )
    assert refused.status_code == 409
    first = (await read(api, homework))["exercises"][0]
    assert (first["correct_answer"], first["written_by"]) == ("Ciao.", "vllm")


async def test_a_gpus_late_homework_that_meets_an_edit_does_not_replace_it(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    homework, pause = await written(api, by="mock"), Pause(api)
    monkeypatch.setattr("homework_api.services.editing.save_edited", pause.after(save_edited))
    edited, _ = await meet(pause, lambda: put(api, homework, MINE), lambda: gpus_result(api, homework))
    assert edited.status_code == 200
    questions = [each["question"] for each in (await read(api, homework))["exercises"]]
    assert questions == [MINE["question"], SECOND["question"]]


async def test_of_two_edits_at_once_one_is_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    homework = await written(api)
    seen, pause = await version(api, homework), Pause(api)
    monkeypatch.setattr("homework_api.services.editing.save_edited", pause.after(save_edited))
    first, second = await meet(
        pause,
        lambda: put(api, homework, MINE, seen=seen),
        lambda: put(api, homework, OTHER, seen=seen),
    )
    assert (first.status_code, second.status_code) == (200, 409)
    assert (await read(api, homework))["exercises"][0]["question"] == MINE["question"]


async def test_an_edit_that_meets_the_start_is_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    homework = await written(api, review=False)
    seen, pause = await version(api, homework), Pause(api)
    monkeypatch.setattr("homework_api.services.homework.queries.start_homework", pause.after(start_homework))
    started, refused = await meet(
        pause,
        lambda: api.client.post(f"{path_of(homework)}/start"),
        lambda: put(api, homework, MINE, seen=seen),
    )
    assert (started.status_code, refused.status_code) == (200, 409)
    assert (await read(api, homework))["exercises"][0]["question"] == EXERCISE["question"]


async def test_a_student_who_starts_during_an_edit_is_shown_the_teachers_exercise(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    homework, pause = await written(api, review=False), Pause(api)
    monkeypatch.setattr("homework_api.services.editing.save_edited", pause.after(save_edited))
    edited, started = await meet(
        pause, lambda: put(api, homework, MINE), lambda: api.client.post(f"{path_of(homework)}/start")
    )
    assert (edited.status_code, started.status_code) == (200, 200)
    assert started.json()["exercises"][0]["question"] == MINE["question"]


async def release(api: Api, homework: Homework, **body: Any) -> httpx.Response:
    url = f"/api/teacher/assignments/{homework.assignment_id}/release"
    return await api.client.post(url, json=body)


async def test_a_gpus_late_homework_that_meets_the_release_does_not_change_what_is_released(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    homework, pause = await written(api, by="mock"), Pause(api)
    monkeypatch.setattr("homework_api.services.releasing.update_release", pause.after(update_release))
    released, _ = await meet(pause, lambda: release(api, homework), lambda: gpus_result(api, homework))
    assert released.status_code == 200
    shown = (await api.client.get(path_of(homework))).json()["exercises"]
    assert [each["question"] for each in shown] == [EXERCISE["question"], SECOND["question"]]


async def test_a_release_that_meets_a_gpus_late_homework_is_refused_as_it_was_not_seen(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    homework, pause = await written(api, by="mock"), Pause(api)
    seen = (await api.assignment(homework.assignment_id))["changed_at"]
    api.clock.advance(1)
    monkeypatch.setattr("homework_api.pipeline.results.update_homework", pause.after(update_homework))
    _, refused = await meet(
        pause, lambda: gpus_result(api, homework), lambda: release(api, homework, unchanged_since=seen)
    )
    assert refused.status_code == 409
    assert (await api.client.get(path_of(homework))).json()["status"] == "pending"
