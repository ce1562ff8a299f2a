"""A teacher assigns homework with four fields. After an error the form keeps the typed values."""

import asyncio
import re
from html import unescape
from typing import Any

import httpx
import pytest
from tests.support.classroom import School, words_of

from homework_classroom.routes.teachers import give as routes
from homework_client.client import AsyncClient
from homework_client.refusals import Unreachable

FORM = "/teacher/give"


async def filled(teacher: httpx.AsyncClient, **more: str) -> dict[str, str]:
    """The form as a browser would send it, unchanged except for `more`."""
    return fields_of(await teacher.get(FORM)) | {"topic": "il mare", **more}


def fields_of(page: httpx.Response) -> dict[str, str]:
    text = page.text.partition('action="/teacher/give"')[2].partition("</form>")[0]
    found = {}
    for tag in re.findall(r"<input [^>]*>", text):
        named = dict(re.findall(r'(\w[\w-]*)="([^"]*)"', tag))
        if named.get("type") != "checkbox" or " checked" in tag:
            found[named["name"]] = unescape(named["value"])
    for name, options in re.findall(r'<select [^>]*name="(\w+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        first, chosen = (
            re.search(r"<option([^>]*)>([^<]*)", options),
            re.search(r"<option([^>]*) selected>([^<]*)", options),
        )
        attributes, shown = (chosen or first).groups()  # type: ignore[union-attr]
        value = re.search(r'value="([^"]*)"', attributes)
        found[name] = value.group(1) if value else shown
    return found


async def given(school: School) -> list[dict[str, Any]]:
    return list((await school.api.client.get("/api/teacher/assignments")).json())


async def make_class(school: School, *students: int) -> int:
    made = (await school.api.client.post("/api/teacher/classes", json={"name": "2B"})).json()["id"]
    await school.api.client.patch(f"/api/teacher/classes/{made}/students", json={"add": list(students)})
    return int(made)


async def test_homework_is_given_to_a_class_and_held_back_until_it_is_released(
    school: School, teacher: httpx.AsyncClient
) -> None:
    class_id = await make_class(school, school.student)
    typed = await filled(teacher, cefr_level="B1", grammar_focus="parole mie")
    assert typed["whom"] == f"class-{class_id}", "the newest class is chosen"
    answer = await teacher.post(FORM, data=typed)
    assert answer.status_code == 303
    page = await teacher.get(answer.headers["Location"])
    assert "The homework is given" in words_of(page)
    assert "2B · B1 · 5 exercises" in words_of(page)
    [made] = await given(school)
    assert (made["class_id"], made["grammar_focus"], made["topic"]) == (class_id, "parole mie", "il mare")
    assert (made["review"], made["held_back"], made["due_at"]) == (True, True, "2026-11-30T17:00:00Z")
    assert (made["late_work"], made["quantity"], len(made["exercise_types"])) == ("mark", 5, 3)


async def test_every_choice_of_the_form_reaches_the_service(
    school: School, teacher: httpx.AsyncClient
) -> None:
    other = await school.api.add_student("luca@example.org", "Luca")
    typed = await filled(
        teacher, whom="some", quantity="2", late_work="refuse", ready_by="2026-11-23T11:00",
        due_at="2026-11-27T18:30", release_at="2026-11-24T08:00", **{f"student-{other}": "1"},
    )  # fmt: skip
    del typed["type-translation"], typed["type-multiple_choice"]
    assert (await teacher.post(FORM, data=typed)).status_code == 303
    [made] = await given(school)
    assert (made["student_ids"], made["quantity"], made["exercise_types"]) == ([other], 2, ["fill_in_blank"])
    assert (made["deadline_at"], made["due_at"]) == ("2026-11-23T10:00:00Z", "2026-11-27T17:30:00Z")
    assert (made["late_work"], made["release_at"]) == ("refuse", "2026-11-24T07:00:00Z")


async def test_all_students_get_it_and_without_review_at_once(
    school: School, teacher: httpx.AsyncClient
) -> None:
    other = await school.api.add_student("luca@example.org", "Luca")
    typed = await filled(teacher, whom="all", due_at="")
    del typed["review"]
    await teacher.post(FORM, data=typed)
    [made] = await given(school)
    assert sorted(made["student_ids"]) == [school.student, other]
    assert (made["review"], made["due_at"]) == (False, None)


async def test_a_double_click_and_a_lost_answer_give_it_once(
    school: School, teacher: httpx.AsyncClient
) -> None:
    typed = await filled(teacher)
    answers = await asyncio.gather(*(teacher.post(FORM, data=typed) for _ in range(3)))
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert len(await given(school)) == 1
    assert (await filled(teacher))["key"] != typed["key"], "a new page is good for another one"


async def test_an_answer_of_the_service_that_is_lost_is_sent_for_again_and_gives_it_once(
    school: School, teacher: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed, fetch = await filled(teacher), AsyncClient.fetch
    with monkeypatch.context() as patch:

        async def lose(client: AsyncClient, request: Any, **more: Any) -> Any:
            answer = await fetch(client, request, **more)
            if request.method == "POST":
                raise Unreachable("the connection broke")
            return answer

        patch.setattr(AsyncClient, "fetch", lose)
        lost = await teacher.post(FORM, data=typed)
    assert lost.status_code == 503
    carried = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', lost.text))
    again = {name: unescape(value) for name, value in carried.items() if name != "back"}
    assert again == typed
    assert (await teacher.post(FORM, data=again)).status_code == 303
    assert len(await given(school)) == 1


async def test_the_back_button_and_other_words_ask_before_they_give_another(
    school: School, teacher: httpx.AsyncClient
) -> None:
    typed = await filled(teacher)
    await teacher.post(FORM, data=typed)
    refused = await teacher.post(FORM, data=typed | {"topic": "il cibo"})
    assert refused.status_code == 400
    assert "This form has given homework already." in words_of(refused)
    assert len(await given(school)) == 1
    again = fields_of(refused)
    assert (again["topic"], again["key"] == typed["key"]) == ("il cibo", False)
    assert (await teacher.post(FORM, data=again)).status_code == 303
    assert [each["topic"] for each in await given(school)] == ["il cibo", "il mare"]


WRONG: list[tuple[dict[str, str], str, str]] = [
    ({"due_at": "2027-03-28T02:30"}, "due_at", "This time does not exist"),
    ({"due_at": "2027-10-31T02:30"}, "due_at", "This time occurs twice"),
    ({"ready_by": "soon"}, "ready_by", "This is not a date with a time."),
    ({"ready_by": "2027-11-23T10:00"}, "ready_by", "Choose a time between now and 7 days from now"),
    ({"due_at": "2026-11-23T09:00"}, "due_at", "Choose a later time"),
    ({"release_at": "2026-11-20T09:00"}, "release_at", "This time is over."),
    ({"whom": "some"}, "whom", "Choose for whom it is"),
    ({"whom": "class-99"}, "whom", "not there any more"),
    ({"whom": "class-x"}, "whom", "Choose for whom it is"),
    ({"quantity": "21"}, "quantity", "less than or equal to 20"),
    ({"quantity": "many"}, "quantity", "valid integer"),
    ({"topic": "x" * 201}, "topic", "shorten it to 200"),
    ({"cefr_level": "D1"}, "cefr_level", "Input should be"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "field", "sentence"), WRONG)
async def test_an_error_is_shown_beside_its_field_and_the_typed_values_stay(
    wrong: dict[str, str], field: str, sentence: str, school: School, teacher: httpx.AsyncClient
) -> None:
    typed = await filled(teacher, grammar_focus="<parole> mie") | wrong
    page = await teacher.post(FORM, data=typed)
    assert page.status_code == 400
    told = page.text.partition(f'id="wrong-{field}"')[2].partition("</p>")[0]
    assert sentence in unescape(told)
    assert re.search(rf'name="{field}"[^>]*wrong-{field}"[^>]* aria-invalid="true"', page.text)
    assert 'value="&lt;parole&gt; mie"' in page.text
    assert fields_of(page)["key"] == typed["key"]
    assert await given(school) == []


async def test_kinds_and_a_release_without_review_are_refused_in_words(
    school: School, teacher: httpx.AsyncClient
) -> None:
    typed = await filled(teacher, release_at="2026-11-24T08:00")
    del typed["review"]
    assert "Only homework that is held back can be released later" in words_of(
        await teacher.post(FORM, data=typed)
    )
    typed = {name: value for name, value in (await filled(teacher)).items() if not name.startswith("type-")}
    assert 'id="wrong-exercise_types"' in (await teacher.post(FORM, data=typed)).text
    assert await given(school) == []


async def test_an_empty_class_is_reported_beside_its_field(
    school: School, teacher: httpx.AsyncClient
) -> None:
    await make_class(school)
    page = await teacher.post(FORM, data=await filled(teacher))
    assert "Nobody is in this class." in words_of(page)
    assert 'id="wrong-whom"' in page.text


async def test_without_a_student_the_page_says_what_to_do_first(
    school: School, teacher: httpx.AsyncClient
) -> None:
    await school.api.client.delete(f"/api/teacher/students/{school.student}")
    page = await teacher.get(FORM)
    assert '<form method="post" action="/teacher/give"' not in page.text
    assert 'href="/teacher/classes"' in page.text


async def test_suggestions_have_their_levels_and_the_page_says_who_reads_the_topic(
    teacher: httpx.AsyncClient,
) -> None:
    page = await teacher.get(FORM)
    assert '<option value="passato prossimo">passato prossimo · A2, B1</option>' in page.text
    text = words_of(page)
    assert "sent to the program that writes the exercises, and the class reads them, so do not name" in text
    assert "Time of Europe/Rome." in text
    in_italian = words_of(await teacher.get(FORM, headers={"Accept-Language": "it"}))
    assert (
        "vanno al programma che scrive gli esercizi, e la classe li legge, quindi non scrivere qui"
        in in_italian
    )


async def test_an_invalid_idempotency_key_of_the_form_is_no_server_error(
    school: School, teacher: httpx.AsyncClient
) -> None:
    for key in ("è", "", "a b", "x" * 300):
        answer = await teacher.post(FORM, data=await filled(teacher, key=key))
        assert answer.status_code in {303, 400}, key


async def test_a_school_of_many_gets_boxes_for_some_and_all_of_them_homework(
    school: School, teacher: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "MOST_STUDENTS", 2)
    for number in range(3):
        await school.api.add_student(f"{number}@example.org")
    page = await teacher.get(FORM)
    assert page.text.count('name="student-') == 2
    assert "These are the newest 2 students." in words_of(page)
    await teacher.post(FORM, data=await filled(teacher, whom="all"))
    assert len((await given(school))[0]["student_ids"]) == 4
