"""The classroom with the real API, both in memory. SQLite stores the homework."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import httpx

from homework_api.domain.access import ANYBODY, Reach
from homework_classroom.visit import Classroom
from homework_shared.runtime.asgi import App
from tests.support.api.application import EXERCISE, Api

URL = "http://127.0.0.1:8002"
CHOICE = {
    "type": "multiple_choice",
    "question": "Domani ___ a Roma.",
    "correct_answer": "andrò",
    "options": ["andrò", "andato", "andare", "andavo"],
    "explanation": "Domani wants the future.",
}
TRANSLATION = {
    "type": "translation",
    "question": "Translate: The book is on the table.",
    "correct_answer": "Il libro è sul tavolo.",
    "options": None,
    "explanation": "Su and il become sul.",
}
EXERCISES: list[dict[str, Any]] = [EXERCISE, CHOICE, TRANSLATION]


@dataclass
class School:
    """A classroom, its API, and one student. `asked` has the requests of the classroom to the API."""

    api: Api
    app: App
    classroom: Classroom
    student: int
    asked: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def browser(self, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        """A browser that is not signed in."""
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url=URL, headers=headers) as browser:
            yield browser

    async def link(self) -> str:
        """The path of a new link."""
        made = await self.api.client.post(f"/api/teacher/students/{self.student}/link")
        return f"/in/{made.json()['token']}"

    async def sign_in(self, browser: httpx.AsyncClient) -> httpx.Response:
        path = await self.link()
        return await browser.post(path, data={"nonce": nonce_of(await browser.get(path))})

    async def teacher_link(self, teacher_id: int = 1) -> str:
        """The path of a new link for a teacher. It also works while keys are in use."""
        made = await self.api.services.teacher_sessions.make_link(ANYBODY, Reach(teacher_id))
        return f"/teacher/in/{made.token}"

    async def sign_in_teacher(self, browser: httpx.AsyncClient, teacher_id: int = 1) -> httpx.Response:
        path = await self.teacher_link(teacher_id)
        return await browser.post(path, data={"nonce": nonce_of(await browser.get(path))})

    async def assign(self, **more: Any) -> int:
        """The id of a homework that is not written yet."""
        assignment = await self.api.assign([self.student], **more)
        [homework] = await self.api.homework(assignment["id"])
        assert homework.id is not None
        return homework.id

    async def written(self, exercises: list[dict[str, Any]] | None = None, **more: Any) -> int:
        """The id of a homework that is ready for its student."""
        homework_id = await self.assign(**more)
        await self.write(homework_id, exercises)
        return homework_id

    async def write(self, homework_id: int, exercises: list[dict[str, Any]] | None = None) -> None:
        shown = await self.api.client.get(f"/api/student/{self.student}/homework/{homework_id}")
        [homework] = await self.api.homework(shown.json()["assignment_id"])
        await self.api.settle(homework, exercises=exercises or EXERCISES)

    async def stored(self, homework_id: int) -> dict[str, Any]:
        """The homework as the API has it now."""
        found = await self.api.client.get(f"/api/student/{self.student}/homework/{homework_id}")
        return dict(found.json())

    async def withdraw_assignment(self, homework_id: int) -> None:
        assignment = (await self.stored(homework_id))["assignment_id"]
        gone = await self.api.client.delete(f"/api/teacher/assignments/{assignment}")
        assert gone.status_code == 204


def nonce_of(page: httpx.Response) -> str:
    [nonce] = re.findall(r'name="nonce" value="([^"]+)"', page.text)
    return unescape(nonce)


def words_of(page: httpx.Response) -> str:
    """The text that a person reads, without the markup."""
    body = re.split(r"<body[^>]*>", page.text)[-1]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def carried(page: httpx.Response) -> dict[str, str]:
    """The hidden fields of the form with which a homework is submitted."""
    form = page.text.partition("/send")[2].partition("</form>")[0]
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    return {name: unescape(value) for name, value in fields}


def typed(*answers: str, then: str = "save") -> dict[str, str]:
    """The fields that the form of a homework submits."""
    given = {f"answer-{number}": answer for number, answer in enumerate(answers)}
    return {"count": str(len(answers)), "then": then, **given}
