"""Both languages have the same sentences, and each person reads their own language."""

import string
import tomllib
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from tests.support.classroom import School, words_of

from homework_classroom.language import LANGUAGES, chosen


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def shape(sentences: Any) -> Any:
    """The names of the sentences, and the values that each needs."""
    if isinstance(sentences, dict):
        return {name: shape(value) for name, value in sentences.items()}
    return len(sentences) if isinstance(sentences, list) else placeholders(sentences)


def test_both_languages_have_the_same_sentences_with_the_same_values() -> None:
    english, italian = (language.sentences for language in LANGUAGES.values())
    assert shape(english) == shape(italian)
    assert [name for name in english if english[name] == italian[name]] == []


@pytest.mark.parametrize("code", list(LANGUAGES))
def test_no_sentence_is_in_two_files(code: str) -> None:
    texts = [
        tomllib.loads(file.read_text()) for file in (files("homework_classroom") / "texts" / code).iterdir()
    ]
    assert sum(map(len, texts)) == len(LANGUAGES[code].sentences)


@pytest.mark.parametrize(
    ("preferred", "accepted", "code"),
    [
        (None, None, "en"),
        (None, "it-IT,it;q=0.9,en;q=0.8", "it"),
        (None, "de-DE,de;q=0.9,en;q=0.7,it;q=0.8", "it"),
        (None, "fr", "en"),
        (None, "it;q=0, en;q=0.1", "en"),
        (None, "it;q=much, en", "en"),
        ("en", "it", "en"),
        ("klingon", "it", "it"),
    ],
)
def test_the_language_is_the_chosen_one_or_the_browsers(
    preferred: str | None, accepted: str | None, code: str
) -> None:
    assert chosen(preferred, accepted).code == code


@pytest.mark.parametrize(
    ("code", "text"), [("en", "Friday 27 November, 18:00"), ("it", "venerdì 27 novembre, ore 18:00")]
)
def test_a_moment_is_written_in_the_language_and_the_zone(code: str, text: str) -> None:
    moment = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
    assert LANGUAGES[code].moment(moment, ZoneInfo("Europe/Rome")) == text


async def test_a_browser_in_italian_reads_italian_and_can_switch(school: School) -> None:
    async with school.browser(**{"Accept-Language": "it-IT"}) as browser:
        await school.sign_in(browser)
        page = await browser.get("/")
        assert '<html lang="it">' in page.text
        assert "Ciao Giulia! Da fare Niente da fare." in words_of(page)
        switched = await browser.post("/language", data={"language": "en", "back": "/earlier"})
        assert (switched.status_code, switched.headers["Location"]) == (303, "/earlier")
        assert '<html lang="en">' in (await browser.get("/")).text


@pytest.mark.parametrize("back", ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a\r\nb"])
async def test_the_switch_leads_to_no_other_site(school: School, back: str) -> None:
    async with school.browser() as browser:
        answer = await browser.post("/language", data={"language": "it", "back": back})
        assert answer.headers["Location"] == "/"


async def test_an_unknown_language_or_page_is_no_error_of_ours(school: School) -> None:
    async with school.browser() as browser:
        assert (await browser.post("/language", data={"language": "xx"})).status_code == 303
        for path in ("/nothing", "/homework/abc", "/static/other.js", "/earlier?before=x"):
            assert (await browser.get(path)).status_code in {401, 404}, path
        assert "does not exist" in words_of(await browser.get("/nothing"))


async def test_every_page_has_a_language_a_title_landmarks_and_one_heading(
    school: School, browser: httpx.AsyncClient
) -> None:
    pending, ready, begun = await school.assign(), await school.written(), await school.written()
    await browser.post(f"/homework/{begun}/start")
    paths = ["/", "/earlier", "/signed-out", "/nothing", "/in/token", f"/homework/{begun}/check"]
    for path in [*paths, *(f"/homework/{each}" for each in (pending, ready, begun))]:
        text = (await browser.get(path)).text
        for part in ('<html lang="en">', "<title>", "<header>", '<main id="main"', "<footer>", "<h1>"):
            assert text.count(part) == 1, (path, part)
