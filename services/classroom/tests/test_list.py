"""The first page shows what to do, ordered by urgency, and what was done."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from tests.support.classroom import CHOICE, School, typed, words_of

from homework_classroom.routes.students import homework as pages


async def submit(browser: httpx.AsyncClient, homework_id: int, *answers: str) -> None:
    await browser.post(f"/homework/{homework_id}/start")
    sent = await browser.post(f"/homework/{homework_id}/send", data=typed(*answers))
    assert sent.status_code == 303, sent.text


def order(text: str, *topics: str) -> list[str]:
    return sorted(topics, key=text.index)


async def test_what_is_due_first_comes_first_and_what_has_no_date_last(
    school: School, browser: httpx.AsyncClient
) -> None:
    now = school.api.clock()
    for topic, days in (("la scuola", None), ("il mare", 9), ("il cibo", 2), ("lo sport", 5)):
        due: dict[str, Any] = {"due_at": (now + timedelta(days=days)).isoformat()} if days else {}
        await school.written(topic=topic, grammar_focus="passato prossimo", **due)
    text = words_of(await browser.get("/"))
    topics = ("la scuola", "il mare", "il cibo", "lo sport")
    assert order(text, *topics) == ["il cibo", "lo sport", "il mare", "la scuola"]
    assert "passato prossimo · il cibo Send it by Wednesday 25 November, 10:00 3 exercises" in text
    assert "la scuola No fixed date" in text


async def test_what_is_over_says_so_and_stays_first(school: School, browser: httpx.AsyncClient) -> None:
    due = (school.api.clock() + timedelta(hours=1)).isoformat()
    await school.written(topic="il mare", due_at=due)
    school.api.clock.advance(7200)
    assert "It was due on Monday 23 November, 11:00" in words_of(await browser.get("/"))


async def test_homework_without_a_topic_is_called_by_its_day(
    school: School, browser: httpx.AsyncClient
) -> None:
    await school.written()
    assert "Homework of Monday 23 November, 10:00" in words_of(await browser.get("/"))


async def test_sent_homework_moves_to_earlier_work_with_its_marks(
    school: School, browser: httpx.AsyncClient
) -> None:
    homework_id = await school.written([CHOICE], topic="il mare")
    await submit(browser, homework_id, "andrò")
    text = words_of(await browser.get("/"))
    assert "Nothing to do. Well done!" in text
    assert "Earlier il mare 100 of 100 points" in text


async def test_while_homework_is_being_written_the_list_fills_itself(
    school: School, browser: httpx.AsyncClient
) -> None:
    homework_id = await school.assign(topic="il mare")
    waiting = await browser.get("/")
    assert "It is being written" in words_of(waiting)
    assert 'hx-get="/" hx-trigger="every 5s" hx-select="#main"' in waiting.text
    assert '<noscript><meta http-equiv="refresh"' in waiting.text
    await school.write(homework_id)
    ready = await browser.get("/")
    assert "hx-get" not in ready.text
    assert "htmx" not in ready.text, "and no page loads it that does not need it"


async def test_nothing_to_do_is_missed_however_much_was_done(
    school: School, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "NEWEST", 3)
    monkeypatch.setattr(pages, "EARLIER", 2)
    old = await school.written(topic="una cosa vecchia")
    for _ in range(4):
        await submit(browser, await school.written([CHOICE], topic="fatta"), "andrò")
    page = await browser.get("/")
    assert f"/homework/{old}/start" in page.text
    assert page.text.count("100 of 100 points") == 2
    earlier = await browser.get("/earlier")
    assert earlier.text.count("100 of 100 points") == 3
    [following] = [each for each in earlier.text.split('"') if each.startswith("/earlier?before=")]
    assert (await browser.get(following)).text.count("100 of 100 points") == 1


async def test_a_page_asks_the_api_the_same_however_much_homework_there_is(
    school: School, browser: httpx.AsyncClient
) -> None:
    counts = []
    for _ in range(2):
        for _ in range(5):
            homework_id = await school.written()
        await browser.post(f"/homework/{homework_id}/start")
        asked = []
        for path in ("/", f"/homework/{homework_id}", f"/homework/{homework_id}/check"):
            school.asked.clear()
            await browser.get(path)
            asked.append(len(school.asked))
        counts.append(asked)
    assert counts == [[1, 1, 1]] * 2


async def test_the_first_page_weighs_less_than_50_kilobytes(
    school: School, browser: httpx.AsyncClient
) -> None:
    """The size includes everything that the page loads, as transferred, while homework is being written and
    otherwise.
    """
    await school.assign()
    for _ in range(8):
        await school.written(topic="il mare", grammar_focus="passato prossimo")
    page = await browser.get("/")
    weight, loaded = len(page.content), 0
    for part in page.text.split('"'):
        if part.startswith("/static/"):
            async with browser.stream("GET", part) as file:
                weight += sum([len(chunk) async for chunk in file.aiter_raw()])
                loaded += 1
    assert loaded == 2
    assert weight < 50_000, weight
