"""A teacher reviews homework: she edits an exercise, requests another one, and releases the homework."""

import re
from html import unescape
from typing import Any

import httpx
import pytest
from tests.support.api.application import EXERCISE
from tests.support.classroom import CHOICE, EXERCISES, School, words_of

from homework_classroom.routes.teachers import review as routes

ODD = EXERCISE | {"question": "Ieri noi ___ a la mare. (andare)"}
MINE = {
    "type": "fill_in_blank", "question": "Oggi noi ___ al mare. (andare)", "correct_answer": "andiamo",
    "accepted_answers": "", "explanation": "The present of andare.",
}  # fmt: skip


async def held_back(school: School, *exercises: dict[str, Any]) -> tuple[int, int]:
    """The ids of a written assignment that is held back, and of its one homework."""
    made = await school.api.assign(
        [school.student], quantity=max(1, len(exercises)), review=True, topic="mare"
    )
    [homework] = await school.api.homework(made["id"])
    await school.api.settle(homework, exercises=list(exercises) or [EXERCISE])
    assert homework.id is not None
    return made["id"], homework.id


def hidden(page: httpx.Response, name: str) -> str:
    [value, *_] = re.findall(rf'name="{name}" value="([^"]*)"', page.text)
    return unescape(value)


async def exercise(school: School, homework_id: int, index: int = 1) -> dict[str, Any]:
    found = await school.api.client.get(f"/api/teacher/homework/{homework_id}")
    return dict(found.json()["exercises"][index - 1])


async def is_held_back(school: School, assignment_id: int) -> bool:
    return bool((await school.api.assignment(assignment_id))["held_back"])


async def test_every_students_exercises_are_on_one_page_with_what_the_checks_find(
    school: School, teacher: httpx.AsyncClient
) -> None:
    made, _ = await held_back(school, ODD, CHOICE, EXERCISES[2])
    page = await teacher.get(f"/teacher/homework/{made}/review")
    text = words_of(page)
    for part in (
        "Giulia",
        "siamo andati",
        "andrò / andato / andare / andavo",
        "built-in generator",
    ):
        assert part in text
    assert page.text.count("⚠") >= 1
    assert '<li class="blank">' in page.text
    clean = await teacher.get(f"/teacher/homework/{(await held_back(school, EXERCISE))[0]}/review")
    assert "⚠" not in clean.text


async def test_a_class_is_looked_through_in_pages_and_at_the_same_cost(
    school: School, teacher: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "PAGE", 2)
    students = [await school.api.add_student(f"{number}@example.org", f"S{number}") for number in range(3)]
    made = await school.api.assign(students, quantity=1, review=True)
    for homework in await school.api.homework(made["id"]):
        await school.api.settle(homework)
    school.asked.clear()
    first = await teacher.get(f"/teacher/homework/{made['id']}/review")
    assert len(school.asked) == 2
    assert [name in words_of(first) for name in ("S2", "S1", "S0")] == [True, True, False]
    [following] = re.findall(r'href="(/teacher/homework/\d+/review\?before=[^"]+)"', first.text)
    second = await teacher.get(unescape(following))
    assert "S0" in words_of(second)
    seen = [re.findall(r'/release\?since=([^"]+)"', page.text)[0] for page in (first, second)]
    assert seen[0] == seen[1], "what changes while she turns the page was not seen"


async def test_a_teacher_edits_an_exercise_and_a_double_click_changes_nothing_more(
    school: School, teacher: httpx.AsyncClient
) -> None:
    made, homework_id = await held_back(school, EXERCISE, CHOICE)
    path = f"/teacher/homework/{made}/review/{homework_id}/1"
    form = await teacher.get(path)
    assert "Ieri noi ___ al mare. (andare)</textarea>" in form.text
    typed = MINE | {"version": hidden(form, "version"), "accepted_answers": "noi andiamo\r\n\r\n ci andiamo "}
    stored = await teacher.post(path, data=typed)
    assert stored.status_code == 303
    page = await teacher.get(stored.headers["Location"])
    assert "Your exercise is stored." in words_of(page)
    assert "andiamo / noi andiamo / ci andiamo" in words_of(page)
    assert "Written by: you." in words_of(page)
    assert (await teacher.post(path, data=typed)).status_code == 303, "a double click"
    odd = typed | {"question": ODD["question"], "version": (await exercise(school, homework_id))["version"]}
    warned = await teacher.get((await teacher.post(path, data=odd)).headers["Location"])
    assert "The checks found:" in words_of(warned)
    assert (await exercise(school, homework_id))["question"] == ODD["question"]


async def test_options_are_edited_and_a_form_that_nobody_could_use_is_refused_in_words(
    school: School, teacher: httpx.AsyncClient
) -> None:
    made, homework_id = await held_back(school, EXERCISE, CHOICE)
    path = f"/teacher/homework/{made}/review/{homework_id}/2"
    form = await teacher.get(path)
    options = {
        f"option-{number}": text for number, text in enumerate(["verrò", "andato", "andare", "andavo"])
    }
    typed = {
        "type": "multiple_choice", "version": hidden(form, "version"), "question": "Domani ___ da te.",
        "correct_answer": "verrò", "explanation": "Domani & sempre: the future.", **options,
    }  # fmt: skip
    for wrong in ({"correct_answer": "vengo"}, {"question": "Domani vengo."}, {"type": "song"}):
        page = await teacher.post(path, data=typed | wrong)
        assert page.status_code in {400, 422}
        assert "It is not stored:" in words_of(page)
        assert "Domani &amp; sempre: the future." in page.text
    assert (await teacher.post(path, data=typed)).status_code == 303
    assert (await exercise(school, homework_id, 2))["options"][0] == "verrò"


async def test_the_second_of_two_tabs_is_told_of_the_change_and_keeps_its_typed_values(
    school: School, teacher: httpx.AsyncClient
) -> None:
    made, homework_id = await held_back(school, EXERCISE)
    path = f"/teacher/homework/{made}/review/{homework_id}/1"
    version = hidden(await teacher.get(path), "version")
    await teacher.post(path, data=MINE | {"version": version})
    second = MINE | {"version": version, "question": "Domani noi ___ al lago. (andare)"}
    refused = await teacher.post(path, data=second)
    assert refused.status_code == 409
    text = words_of(refused)
    assert "somebody has changed this exercise since you opened it" in text
    assert "Oggi noi ___ al mare. (andare)" in text, "as it is now"
    assert "Domani noi ___ al lago. (andare)</textarea>" in refused.text
    assert (await exercise(school, homework_id))["question"] == MINE["question"]
    again = second | {"version": hidden(refused, "version")}
    assert (await teacher.post(path, data=again)).status_code == 303
    assert (await exercise(school, homework_id))["question"] == second["question"]


async def test_what_a_student_has_started_is_not_changed_and_what_was_typed_is_shown(
    school: School, teacher: httpx.AsyncClient
) -> None:
    made, homework_id = await held_back(school, EXERCISE)
    path = f"/teacher/homework/{made}/review/{homework_id}/1"
    version = hidden(await teacher.get(path), "version")
    await school.api.client.post(f"/api/teacher/assignments/{made}/release")
    await school.api.client.post(f"/api/student/{school.student}/homework/{homework_id}/start")
    refused = await teacher.post(path, data=MINE | {"version": version})
    assert refused.status_code == 409
    assert "cannot be changed any more" in words_of(refused)
    assert "Oggi noi ___ al mare. (andare)" in words_of(refused)
    assert "<textarea" not in refused.text
    page = await teacher.get(f"/teacher/homework/{made}/review")
    assert "The student has started it" in words_of(page)
    assert "/anew" not in page.text


async def test_an_exercise_is_asked_for_anew_and_the_old_one_stays_until_then(
    school: School, teacher: httpx.AsyncClient
) -> None:
    made, homework_id = await held_back(school, EXERCISE, CHOICE)
    page = await teacher.get(f"/teacher/homework/{made}/review")
    assert "htmx" not in page.text
    path = f"/teacher/homework/{made}/review/{homework_id}/1/anew"
    typed = {"version": hidden(page, "version")}
    for _ in range(2):
        asked = await teacher.post(path, data=typed)
        assert "notice=anew" in asked.headers["Location"]
    waiting = await teacher.get(asked.headers["Location"])
    text = words_of(waiting)
    assert "Another one is being written; this one stays until then." in text
    assert "Ieri noi ___ al mare. (andare)" in text
    assert f'hx-get="/teacher/homework/{made}/review?before={homework_id + 1}"' in waiting.text
    stale = await teacher.post(path.replace("/1/anew", "/2/anew"), data={"version": "old"})
    assert "notice=changed" in stale.headers["Location"]


async def test_homework_is_released_as_it_was_seen_and_only_so(
    school: School, teacher: httpx.AsyncClient
) -> None:
    made, homework_id = await held_back(school, EXERCISE)
    path = f"/teacher/homework/{made}"
    unseen = await teacher.get(f"{path}/release")
    assert "Look through it first" in words_of(unseen)
    looked = await teacher.get(f"{path}/review")
    [link, *_] = re.findall(r'href="([^"]+/release\?since=[^"]+)"', looked.text)
    form = await teacher.get(unescape(link))
    since = hidden(form, "since")
    school.api.clock.advance(60)
    version = (await exercise(school, homework_id))["version"]
    await teacher.post(f"{path}/review/{homework_id}/1", data=MINE | {"version": version})
    refused = await teacher.post(f"{path}/release", data={"since": since})
    assert refused.status_code == 409
    assert "something has changed since you looked it through" in words_of(refused)
    assert await is_held_back(school, made)
    looked = await teacher.get(f"{path}/review")
    [link, *_] = re.findall(r'href="([^"]+/release\?since=[^"]+)"', looked.text)
    since = hidden(await teacher.get(unescape(link)), "since")
    for _ in range(2):
        released = await teacher.post(f"{path}/release", data={"since": since})
        assert released.headers["Location"] == f"{path}?notice=released"
    assert not await is_held_back(school, made)
    assert "The class has this homework." in words_of(await teacher.get(f"{path}/release?since={since}"))


async def test_what_is_written_after_a_look_at_an_empty_page_is_not_released(
    school: School, teacher: httpx.AsyncClient
) -> None:
    made = await school.api.assign([school.student], review=True)
    looked = await teacher.get(f"/teacher/homework/{made['id']}/review")
    [since] = set(re.findall(r'/release\?since=([^"]+)"', looked.text))
    school.api.clock.advance(1)
    [homework] = await school.api.homework(made["id"])
    await school.api.settle(homework)
    form = await teacher.get(f"/teacher/homework/{made['id']}/release?since={since}")
    refused = await teacher.post(
        f"/teacher/homework/{made['id']}/release", data={"since": hidden(form, "since")}
    )
    assert refused.status_code == 409
    assert await is_held_back(school, made["id"])


async def test_a_release_is_set_for_a_time_and_taken_back(school: School, teacher: httpx.AsyncClient) -> None:
    made, _ = await held_back(school, EXERCISE)
    path = f"/teacher/homework/{made}"
    typed = {"since": "2026-11-23T09:00:00+00:00", "later": "1", "release_at": "2026-11-24T08:00"}
    for wrong in ("2026-11-20T08:00", "", "2027-03-28T02:30"):
        page = await teacher.post(f"{path}/release", data=typed | {"release_at": wrong})
        assert page.status_code == 400
        assert 'id="wrong-release_at"' in page.text
    set_ = await teacher.post(f"{path}/release", data=typed)
    page = await teacher.get(set_.headers["Location"])
    assert "The time of its release is set." in words_of(page)
    assert "Held back until Tuesday 24 November, 08:00" in words_of(page)
    back = await teacher.post(f"{path}/take-back")
    assert "Held back until you release it" in words_of(await teacher.get(back.headers["Location"]))
    await school.api.client.post(f"/api/teacher/assignments/{made}/release")
    too_late = await teacher.post(f"{path}/take-back")
    assert too_late.status_code == 409
    assert "Students have this homework already" in words_of(too_late)


async def test_addresses_and_forms_that_no_page_of_ours_has_are_refused(
    school: School, teacher: httpx.AsyncClient
) -> None:
    made, homework_id = await held_back(school, EXERCISE)
    other, _ = await held_back(school, EXERCISE)
    path = f"/teacher/homework/{made}"
    for address in (
        f"{path}/review/{homework_id}/2",
        f"{path}/review/{homework_id}/0",
        f"/teacher/homework/{other}/review/{homework_id}/1",
    ):
        assert (await teacher.get(address)).status_code == 404, address
    for since in ("", "x", "2026-11-23T09:00:00"):
        assert (await teacher.post(f"{path}/release", data={"since": since})).status_code == 400, since
    assert await is_held_back(school, made)
