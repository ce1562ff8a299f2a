"""The answers of a class, the teacher's decisions about them, and one student's progress over weeks."""

import re

import httpx
import pytest
from tests.support.api.application import EXERCISE
from tests.support.classroom import CHOICE, School, words_of

from homework_classroom.marks import hardest_first, weakest_grammars
from homework_classroom.routes.teachers import progress, results
from homework_client.models import ExerciseResult, Homework


async def answered(school: School, *answers: list[str | None], **more: object) -> int:
    """The id of an assignment of two exercises. One student for each of `answers` has sent it."""
    students = [school.student]
    students += [
        await school.api.add_student(f"luca{n}@example.org", f"Luca{n}") for n in range(1, len(answers))
    ]
    kinds = ["fill_in_blank", "multiple_choice"]
    made = await school.api.assign(students, quantity=2, exercise_types=kinds, **more)
    for homework, given in zip(await school.api.homework(made["id"]), answers, strict=True):
        await school.api.settle(homework, exercises=[EXERCISE, CHOICE])
        path = f"/api/student/{homework.student_id}/homework/{homework.id}"
        await school.api.client.post(f"{path}/start")
        sent = await school.api.client.post(f"{path}/submission", json={"answers": given})
        assert sent.is_success, sent.text
    return int(made["id"])


async def scores(school: School, assignment_id: int) -> list[int]:
    found = await school.api.client.get(f"/api/teacher/assignments/{assignment_id}/results")
    return [student["score"] for student in found.json()["students"]]


async def test_the_table_has_marks_and_the_hardest_exercise_comes_first(
    school: School, teacher: httpx.AsyncClient
) -> None:
    due = {"due_at": "2026-11-23T10:00:00Z"}
    made = await answered(
        school, ["andati", "andrò"], ["<andare>", "andrò"], ["siamo andati", "andrò"], **due
    )
    school.asked.clear()
    page = await teacher.get(f"/teacher/homework/{made}/results")
    assert len(school.asked) == 2
    text = words_of(page)
    assert "3 of 3 sent · mean" in text
    assert text.index("1: Fill in the blank") < text.index("2: Choose one of four")
    assert "Giulia 50 sent Monday 23 November, 10:00" in text
    assert f"/teacher/homework/{made}/files/results-csv" in page.text
    answers = await teacher.get(f"/teacher/homework/{made}/results/1")
    text = words_of(answers)
    assert text.index("<andare>") < text.index("✓")
    assert "<andare>" not in answers.text
    assert "Luca1" in text


async def test_late_work_is_marked_in_the_table(school: School, teacher: httpx.AsyncClient) -> None:
    made = await school.api.assign([school.student], quantity=1, due_at="2026-11-23T10:00:00Z")
    [homework] = await school.api.homework(made["id"])
    await school.api.settle(homework)
    school.api.clock.advance(7200)
    path = f"/api/student/{school.student}/homework/{homework.id}"
    await school.api.client.post(f"{path}/start")
    await school.api.client.post(f"{path}/submission", json={"answers": [None]})
    assert "Giulia 0 sent · late" in words_of(await teacher.get(f"/teacher/homework/{made['id']}/results"))


async def test_an_answer_is_accepted_for_all_and_the_decision_withdrawn(
    school: School, teacher: httpx.AsyncClient
) -> None:
    made = await answered(school, ["andati", "andrò"], ["andati", "andrò"])
    path = f"/teacher/homework/{made}/results/1"
    page = await teacher.get(path)
    assert "✗ Not right · 2 students" in words_of(page)
    [homework_id] = re.findall(r'name="homework_id" value="(\d+)"', page.text)
    assert page.text.count('name="right" value="1"') == 1
    assert 'name="right" value="0"' not in page.text, "it is wrong already"
    for _ in range(2):
        decided = await teacher.post(
            f"{path}/decide", data={"homework_id": homework_id, "whom": "class", "right": "1"}
        )
        assert decided.headers["Location"] == f"{path}?notice=decided"
    assert await scores(school, made) == [100, 100]
    page = await teacher.get(decided.headers["Location"])
    assert "Your decision is saved, and the marks are changed." in words_of(page)
    [action] = re.findall(r'action="([^"]+/withdraw)"', page.text)
    listed = await teacher.get(f"/teacher/homework/{made}/decisions")
    assert "andati Ieri noi ___ al mare. (andare) accepted · for everybody" in words_of(listed)
    for place in ({"index": "1"}, {}):
        back = await teacher.post(action, data=place)
        assert back.status_code == 303
    assert await scores(school, made) == [50, 50]
    told = words_of(await teacher.get(back.headers["Location"]))
    assert "The decision is withdrawn" in told
    assert "Withdrawn on Monday 23 November, 10:00." in told


async def test_an_answer_is_decided_about_for_one_student(school: School, teacher: httpx.AsyncClient) -> None:
    made = await answered(school, ["andati", "andrò"], ["andati", "andrò"])
    path = f"/teacher/homework/{made}/results/1"
    [first, _] = re.findall(r'<option value="(\d+)">', (await teacher.get(path)).text)
    await teacher.post(f"{path}/decide", data={"homework_id": first, "whom": first, "right": "1"})
    assert sorted(await scores(school, made)) == [50, 100]
    refused = await teacher.get(f"/teacher/homework/{made}/results/2")
    [homework_id] = re.findall(r'name="homework_id" value="(\d+)"', refused.text)
    wrong = f"/teacher/homework/{made}/results/2/decide"
    await teacher.post(wrong, data={"homework_id": homework_id, "whom": "class", "right": "0"})
    assert sorted(await scores(school, made)) == [0, 50]


async def test_results_without_submissions_have_a_sentence_and_invalid_forms_change_nothing(
    school: School, teacher: httpx.AsyncClient
) -> None:
    made = (await school.api.assign([school.student], quantity=1))["id"]
    base = f"/teacher/homework/{made}"
    assert "Nobody has sent this homework yet." in words_of(await teacher.get(f"{base}/results"))
    assert "You have decided about no answer yet." in words_of(await teacher.get(f"{base}/decisions"))
    assert (await teacher.get(f"{base}/results/9")).status_code == 404
    for form in ({}, {"homework_id": "x"}, {"homework_id": "9" * 30}, {"whom": "nobody", "homework_id": "1"}):
        assert (await teacher.post(f"{base}/results/1/decide", data=form)).status_code == 400


async def test_many_answers_and_many_decisions_are_on_pages(
    school: School, teacher: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "ANSWERS", 2)
    monkeypatch.setattr(results, "DECISIONS", 2)
    made = await answered(school, ["a", "andrò"], ["b", "andrò"], ["c", "andrò"])
    path = f"/teacher/homework/{made}/results/1"
    first, last = await teacher.get(path), await teacher.get(f"{path}?page=2")
    assert (first.text.count('class="wrong"'), last.text.count('class="wrong"')) == (2, 1)
    for page in (first, last):
        for homework_id in re.findall(r'name="homework_id" value="(\d+)"', page.text):
            await teacher.post(f"{path}/decide", data={"homework_id": homework_id, "right": "1"})
    listed = await teacher.get(f"/teacher/homework/{made}/decisions")
    [older] = re.findall(r'href="([^"]+/decisions\?before=\d+)"', listed.text)
    assert (listed.text.count("<li>"), (await teacher.get(older)).text.count("<li>")) == (2, 1)


async def test_a_students_weeks_are_a_table_and_bars_with_the_same_marks(
    school: School, teacher: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/teacher/students/{school.student}"
    assert "This student has no homework yet." in words_of(await teacher.get(path))
    await answered(school, ["andati", "andavo"], grammar_focus="Futuro", topic="prima")
    await answered(school, ["siamo andati", "andavo"], grammar_focus="futuro", topic="poi")
    await answered(school, ["siamo andati", "andrò"], grammar_focus="passato prossimo", topic="adesso")
    school.asked.clear()
    page = await teacher.get(path)
    assert len(school.asked) == 2
    text = words_of(page)
    assert text.index("adesso 100 sent") < text.index("poi 50 sent") < text.index("prima 0 sent")
    assert re.findall(r'<rect [^>]*height="(\d+)"', page.text) == ["0", "50", "100"]
    assert "Weakest grammar futuro : 25 of 100 points (2 homework in all)" in text
    assert "Bars: points of 3 homework that were sent, from 0 for the oldest to 100" in page.text
    monkeypatch.setattr(progress, "HOMEWORK", 2)
    first = await teacher.get(path)
    [older] = re.findall(rf'href="({path}\?before=\d+)"', first.text)
    assert "prima" in words_of(await teacher.get(older))
    for unknown in ("99", "0", str(2**53), "x"):
        assert (await teacher.get(f"/teacher/students/{unknown}")).status_code == 404, unknown


def exercise_result(index: int, missed: int, almost: int, correct: int) -> ExerciseResult:
    counts = {"answered": almost + correct, "missed": missed, "almost": almost, "correct": correct}
    return ExerciseResult.model_validate({"index": index, "type": "translation", **counts})


def test_the_hardest_exercise_is_the_one_that_the_largest_share_missed() -> None:
    given = [
        exercise_result(1, 1, 0, 9),
        exercise_result(2, 1, 1, 0),
        exercise_result(3, 1, 0, 1),
        exercise_result(4, 0, 0, 0),
    ]
    assert [each.index for each in hardest_first(given)] == [2, 3, 1, 4]


def test_grammars_without_marks_are_not_weak() -> None:
    times = {"created_at": "2026-11-23T09:00:00Z", "completed_at": None}
    plain = {"id": 1, "assignment_id": 1, "student_id": 1, "exercises": [], "generated_by": None}
    open_ = {"status": "available", "model": None, "answers": None, "score": None, "grammar_focus": "futuro"}
    assert weakest_grammars([Homework.model_validate(plain | times | open_)], 5) == []
