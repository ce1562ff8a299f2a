"""A student works on a homework, checks the answers, submits them once and sees the marks. Each error has a
sentence.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs
from tests.support.classroom import CHOICE, EXERCISES, School, carried, typed, words_of

from homework_api.services.student_links import SESSION_LASTS
from homework_classroom import forms
from homework_client.client import AsyncClient
from homework_client.refusals import Unreachable

SCRIPT = {"X-Autosave": "1"}


async def begun(school: School, browser: httpx.AsyncClient, **more: Any) -> int:
    homework_id = await school.written(**more)
    assert (await browser.post(f"/homework/{homework_id}/start")).status_code == 303
    return homework_id


async def test_a_homework_goes_from_begin_to_marks_without_any_script(
    school: School, browser: httpx.AsyncClient
) -> None:
    homework_id = await school.written(topic="il mare")
    path = f"/homework/{homework_id}"
    assert "Your homework is ready: 3 exercises." in words_of(await browser.get(path))
    assert (await school.stored(homework_id))["status"] == "available", "looking starts nothing"
    work = await browser.get((await browser.post(f"{path}/start")).headers["Location"])
    assert "Ieri noi ___ al mare. (andare)" in words_of(work)
    assert work.text.count('type="radio"') == 4
    saved = await browser.post(
        f"{path}/answers", data=typed("siamo andati", "andavo", " Il libro\r\nè sul  tavolo ")
    )
    assert "Saved." in words_of(await browser.get(saved.headers["Location"]))
    assert (await school.stored(homework_id))["answers"] == [
        "siamo andati", "andavo", "Il libro è sul tavolo",
    ]  # fmt: skip
    looked = await browser.post(
        f"{path}/answers", data=typed("siamo andati", "andavo", "Il libro è sul tavolo", then="check")
    )
    page = await browser.get(looked.headers["Location"])
    assert "You have answered everything." in words_of(page)
    sent = await browser.post(f"{path}/send", data=carried(page))
    result = await browser.get(sent.headers["Location"])
    text = words_of(result)
    assert "67 of 100 points" in text
    assert "Not right You wrote andavo Right answer andrò" in text
    assert "Domani wants the future." in text


async def test_right_answers_are_on_no_page_before_they_are_sent(
    school: School, browser: httpx.AsyncClient
) -> None:
    homework_id = await begun(school, browser)
    for path in ("/", f"/homework/{homework_id}", f"/homework/{homework_id}/check"):
        text = (await browser.get(path)).text
        assert "Il libro è sul tavolo" not in text
        assert "takes essere" not in text


async def test_what_is_unanswered_is_shown_before_it_is_sent(
    school: School, browser: httpx.AsyncClient
) -> None:
    homework_id = await begun(school, browser)
    await browser.post(f"/homework/{homework_id}/answers", data=typed("", "  ", "Il libro"))
    page = await browser.get(f"/homework/{homework_id}/check")
    assert "2 exercises have no answer yet." in words_of(page)
    assert page.text.count('class="blank"') == 2
    assert f'href="/homework/{homework_id}#exercise-2"' in page.text
    await browser.post(f"/homework/{homework_id}/answers", data=typed("x", "", "y"))
    assert "1 exercise has no answer yet." in words_of(await browser.get(f"/homework/{homework_id}/check"))


async def test_the_script_saves_without_a_page(school: School, browser: httpx.AsyncClient) -> None:
    homework_id = await begun(school, browser)
    answer = await browser.post(
        f"/homework/{homework_id}/answers", data=typed("siamo", "", ""), headers=SCRIPT
    )
    assert (answer.status_code, answer.content) == (204, b"")
    assert 'value="siamo"' in (await browser.get(f"/homework/{homework_id}")).text


async def test_while_it_is_being_written_the_page_says_so_and_fills_itself(
    school: School, browser: httpx.AsyncClient
) -> None:
    homework_id = await school.assign()
    page = await browser.get(f"/homework/{homework_id}")
    assert "being written" in words_of(page)
    assert f'hx-get="/homework/{homework_id}" hx-trigger="every 3s"' in page.text
    await school.write(homework_id)
    assert "hx-get" not in (await browser.get(f"/homework/{homework_id}")).text


async def test_the_page_of_failed_homework_says_to_tell_the_teacher(
    school: School, browser: httpx.AsyncClient
) -> None:
    homework_id = await school.assign()
    [row] = await school.api.homework((await school.stored(homework_id))["assignment_id"])
    await school.api.settle(row, by=None)
    assert "Tell your teacher" in words_of(await browser.get(f"/homework/{homework_id}"))
    assert "It could not be written" in words_of(await browser.get("/"))


async def test_a_double_click_on_send_sends_once_and_shows_the_marks(
    school: School, browser: httpx.AsyncClient
) -> None:
    homework_id = await begun(school, browser)
    answers = typed("siamo andati", "andrò", "Il libro è sul tavolo")
    clicks = await asyncio.gather(
        *(browser.post(f"/homework/{homework_id}/send", data=answers) for _ in range(3))
    )
    assert {click.headers["Location"] for click in clicks} == {f"/homework/{homework_id}"}
    page = words_of(await browser.get(f"/homework/{homework_id}"))
    assert "100 of 100 points" in page
    assert "sent already" not in page


async def test_a_second_submission_from_another_tab_is_told_that_the_first_counts(
    school: School, browser: httpx.AsyncClient
) -> None:
    homework_id = await begun(school, browser)
    await browser.post(f"/homework/{homework_id}/send", data=typed("siamo andati", "", ""))
    second = await browser.post(f"/homework/{homework_id}/send", data=typed("andavamo", "", ""))
    page = words_of(await browser.get(second.headers["Location"]))
    assert "This homework was sent already. It was sent from another page or device" in page
    assert "You wrote siamo andati" in page


async def test_what_was_looked_over_is_sent_whatever_another_tab_has_saved_since(
    school: School, browser: httpx.AsyncClient
) -> None:
    homework_id = await begun(school, browser)
    await browser.post(f"/homework/{homework_id}/answers", data=typed("siamo andati", "andrò", ""))
    looked = await browser.get(f"/homework/{homework_id}/check")
    await browser.post(f"/homework/{homework_id}/answers", data=typed("un altro", "andato", "x"))
    await browser.post(f"/homework/{homework_id}/send", data=carried(looked))
    assert (await school.stored(homework_id))["answers"] == ["siamo andati", "andrò", None]


async def test_the_back_button_after_sending_leads_to_the_marks(
    school: School, browser: httpx.AsyncClient
) -> None:
    homework_id = await begun(school, browser)
    await browser.post(f"/homework/{homework_id}/send", data=typed("siamo andati", "", ""))
    assert "Your marks" in (await browser.get(f"/homework/{homework_id}")).text
    back = await browser.get(f"/homework/{homework_id}/check")
    assert (back.status_code, back.headers["Location"]) == (303, f"/homework/{homework_id}")
    again = await browser.post(f"/homework/{homework_id}/start")
    assert (again.status_code, again.headers["Location"]) == (303, f"/homework/{homework_id}")


async def test_a_save_after_the_homework_was_sent_says_that_it_was(
    school: School, browser: httpx.AsyncClient
) -> None:
    homework_id = await begun(school, browser)
    await browser.post(f"/homework/{homework_id}/send", data=typed("siamo andati", "", ""))
    path = f"/homework/{homework_id}/answers"
    late = await browser.post(path, data=typed("x", "", ""), headers=SCRIPT)
    assert late.status_code == 409
    assert late.text.startswith("This homework was sent already.")
    page = await browser.post(path, data=typed("x", "", ""))
    assert page.headers["Location"] == f"/homework/{homework_id}?notice=sent"


async def test_late_work_is_announced_and_marked(school: School, browser: httpx.AsyncClient) -> None:
    due = school.api.clock() + timedelta(hours=1)
    homework_id = await begun(school, browser, due_at=due.isoformat())
    school.api.clock.advance(3601)
    looked = await browser.get(f"/homework/{homework_id}/check")
    assert "it will be marked as late" in words_of(looked)
    await browser.post(f"/homework/{homework_id}/send", data=carried(looked))
    assert "You sent it late." in words_of(await browser.get(f"/homework/{homework_id}"))


async def test_late_work_that_is_refused_cannot_be_sent_and_nothing_is_lost(
    school: School, browser: httpx.AsyncClient
) -> None:
    due = school.api.clock() + timedelta(hours=1)
    homework_id = await begun(school, browser, due_at=due.isoformat(), late_work="refuse")
    looked = await browser.get(f"/homework/{homework_id}/check")
    school.api.clock.advance(3601)
    refused = await browser.post(
        f"/homework/{homework_id}/send", data=carried(looked) | typed("siamo andati", "", "")
    )
    text = words_of(refused)
    assert (refused.status_code, "ask your teacher for more time" in text) == (409, True)
    assert "What you typed siamo andati" in text
    page = await browser.get(f"/homework/{homework_id}/check")
    assert f"/homework/{homework_id}/send" not in page.text
    assert "your teacher takes no late work" in words_of(page)
    saved = await browser.post(
        f"/homework/{homework_id}/answers", data=typed("siamo", "", ""), headers=SCRIPT
    )
    assert saved.status_code == 204


async def test_a_withdrawn_assignment_gets_a_sentence_and_the_typed_answers_back(
    school: School, browser: httpx.AsyncClient
) -> None:
    homework_id = await begun(school, browser)
    await school.withdraw_assignment(homework_id)
    for answer in (
        await browser.get(f"/homework/{homework_id}"),
        await browser.post(f"/homework/{homework_id}/start"),
        await browser.post(f"/homework/{homework_id}/answers", data=typed("siamo andati")),
        await browser.post(f"/homework/{homework_id}/send", data=typed("siamo andati")),
    ):
        assert (answer.status_code, "your teacher has withdrawn it" in words_of(answer)) == (404, True)
    assert "What you typed siamo andati" in words_of(answer)


async def test_a_session_that_ends_while_a_homework_is_written_gives_the_typed_answers_back(
    school: School, browser: httpx.AsyncClient
) -> None:
    homework_id = await begun(school, browser)
    school.api.clock.advance(SESSION_LASTS.total_seconds())
    answer = await browser.post(f"/homework/{homework_id}/answers", data=typed("siamo andati", "", ""))
    assert answer.status_code == 401
    assert "Ask your teacher for a new link" in words_of(answer)
    assert "What you typed siamo andati" in words_of(answer)


async def test_a_deleted_student_gets_the_typed_answers_back(
    school: School, browser: httpx.AsyncClient
) -> None:
    homework_id = await begun(school, browser)
    await school.api.client.delete(f"/api/teacher/students/{school.student}")
    answer = await browser.post(f"/homework/{homework_id}/send", data=typed("siamo andati"))
    assert (answer.status_code, "siamo andati" in words_of(answer)) == (401, True)


async def test_an_api_that_is_away_gives_a_page_with_which_the_same_can_be_sent_again(
    school: School, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    homework_id = await begun(school, browser)
    with monkeypatch.context() as patch:

        async def away(*_: object, **__: object) -> None:
            raise Unreachable("no answer")

        patch.setattr(AsyncClient, "fetch", away)
        answer = await browser.post(f"/homework/{homework_id}/send", data=typed("siamo andati", "", ""))
        assert (answer.status_code, "not lost" in words_of(answer)) == (503, True)
        script = await browser.post(f"/homework/{homework_id}/answers", data=typed("x"), headers=SCRIPT)
        assert (script.status_code, "<" in script.text) == (503, False)
        assert (await browser.get("/")).status_code == 503
    assert f'action="/homework/{homework_id}/send"' in answer.text
    again = await browser.post(f"/homework/{homework_id}/send", data=carried(answer))
    assert again.status_code == 303
    assert (await school.stored(homework_id))["answers"] == ["siamo andati", None, None]


@pytest.mark.parametrize(
    "form",
    [{}, {"count": "3"}, {"count": "-1"}, {"count": "²"}, {"count": "99", "answer-0": "x"},
     {"count": "3", "answer-0": "x" * 2000}],
)  # fmt: skip
async def test_a_form_that_no_page_of_ours_sends_changes_nothing_that_was_saved(
    school: School, browser: httpx.AsyncClient, form: dict[str, str]
) -> None:
    homework_id = await begun(school, browser)
    await browser.post(f"/homework/{homework_id}/answers", data=typed("siamo", "", ""))
    answer = await browser.post(f"/homework/{homework_id}/answers", data=form)
    if form == {"count": "3"}:  # The form has three empty fields.
        assert (await school.stored(homework_id))["answers"] == [None] * 3
        return
    assert (answer.status_code, "Open the homework again" in words_of(answer)) == (400, True)
    assert (await school.stored(homework_id))["answers"] == ["siamo", None, None]


@pytest.mark.parametrize("body", [b"x=" + b"a" * 300_000, b"&".join(b"a=1" for _ in range(200)), b"\xff\xfe"])
async def test_a_body_that_is_too_large_or_no_text_is_refused(
    school: School, browser: httpx.AsyncClient, body: bytes
) -> None:
    homework_id = await begun(school, browser)
    answer = await browser.post(f"/homework/{homework_id}/answers", content=body)
    assert answer.status_code == 400


async def test_a_body_that_never_ends_is_refused_after_a_timeout(
    school: School, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "SLOWEST_SECONDS", 0.05)

    async def dripping() -> AsyncIterator[bytes]:
        yield b"count=3"
        await asyncio.Event().wait()

    async with asyncio.timeout(30):
        answer = await browser.post(f"/homework/{await begun(school, browser)}/answers", content=dripping())
    assert answer.status_code == 400


async def test_a_closed_connection_is_not_logged_as_an_error(
    school: School, browser: httpx.AsyncClient
) -> None:
    sent: list[Any] = []
    messages = iter(
        [{"type": "http.request", "body": b"count", "more_body": True}, {"type": "http.disconnect"}]
    )

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/homework/1/answers", "raw_path": b"/homework/1/answers",
        "query_string": b"", "headers": [(b"host", b"127.0.0.1:8002")],
    }  # fmt: skip
    with capture_logs() as logs:
        await school.app(scope, receive, send)
    assert sent[0]["status"] == 400
    assert [each for each in logs if each["log_level"] == "error"] == []


async def test_texts_of_other_users_are_escaped_and_not_executed(
    school: School, browser: httpx.AsyncClient
) -> None:
    attack = '"><script>alert(1)</script>'
    options = [attack, "b", "c", "andrò"]
    exercise = CHOICE | {"question": f"{attack} ___", "options": options, "explanation": attack}
    homework_id = await school.written([exercise, *EXERCISES], topic=attack)
    await browser.post(f"/homework/{homework_id}/start")
    await browser.post(f"/homework/{homework_id}/answers", data=typed(attack, attack, "", ""))
    for path in ("/", f"/homework/{homework_id}", f"/homework/{homework_id}/check"):
        assert "<script>alert" not in (await browser.get(path)).text
    await browser.post(f"/homework/{homework_id}/send", data=typed(attack, attack, "", ""))
    assert "<script>alert" not in (await browser.get(f"/homework/{homework_id}")).text
    assert "<script>alert" not in (await browser.get("/")).text


async def test_a_student_cannot_read_another_students_homework(
    school: School, browser: httpx.AsyncClient
) -> None:
    school.student = await school.api.add_student("luca@example.org", "Luca")
    theirs = await school.written()
    for answer in (
        await browser.get(f"/homework/{theirs}"),
        await browser.post(f"/homework/{theirs}/send", data=typed("x", "", "")),
    ):
        assert answer.status_code == 404


async def test_invisible_characters_of_a_keyboard_are_left_out(
    school: School, browser: httpx.AsyncClient
) -> None:
    homework_id = await begun(school, browser)
    await browser.post(f"/homework/{homework_id}/answers", data=typed("siamo\u200b andati\x00", "", "\x07"))
    assert (await school.stored(homework_id))["answers"] == ["siamo andati", None, None]
