"""The cost of reading routes does not grow with the tables, counted in instructions of SQLite's virtual
machine.
"""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event
from tests.support.api.application import Api, api_over
from tests.support.api.filled_database import READ_ROUTES, TEACHERS_ROUTES, as_teacher, fill, give_the_ends

from homework_api.schemas.teachers import TeacherName

SMALL, LARGE = 900, 18_000
PER_STUDENT = 20
"""The student has the same homework in both databases, because a student's own list may grow with their own
work.
"""


class Counted:
    """The API on a database file. It runs a route's statements again to count their instructions."""

    def __init__(self, api: Api, file: Path) -> None:
        self.api = api
        self._file = file

    async def instructions(self, path: str) -> int:
        seen: list[tuple[str, Any]] = []

        def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            if statement.startswith(("SELECT", "WITH")):
                seen.append((statement, parameters))

        [engine, _] = self.api.db.engines  # Reads use the first engine.
        event.listen(engine, "before_cursor_execute", note)
        try:
            answer: httpx.Response = await self.api.client.get(path)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        assert answer.status_code == 200, answer.text
        return sum(self._run(statement, parameters) for statement, parameters in seen)

    def _run(self, statement: str, parameters: Any) -> int:
        steps = 0

        def step() -> None:
            nonlocal steps
            steps += 1

        with closing(sqlite3.connect(self._file)) as connection:
            connection.set_progress_handler(step, 1)
            connection.execute(statement, parameters).fetchall()
        return steps


@pytest.fixture
async def small(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Counted]:
    async for counted in _filled(sqlite_template, tmp_path / "small.db", SMALL):
        yield counted


@pytest.fixture
async def large(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Counted]:
    async for counted in _filled(sqlite_template, tmp_path / "large.db", LARGE):
        yield counted


async def _filled(template: Path, file: Path, homework: int) -> AsyncIterator[Counted]:
    await asyncio.to_thread(shutil.copy, template, file)
    async with api_over(f"sqlite:///{file}") as api:
        await fill(api.db, homework, PER_STUDENT)
        yield Counted(api, file)


async def grown_with_the_tables(small: Counted, large: Counted, paths: Sequence[str]) -> dict[str, Any]:
    costs = {path: (await small.instructions(path), await large.instructions(path)) for path in paths}
    assert all(few for few, _ in costs.values())
    return {path: (few, many) for path, (few, many) in costs.items() if many > 1.2 * few + 50}


async def test_a_route_that_reads_costs_the_same_however_many_rows_there_are(
    small: Counted, large: Counted
) -> None:
    assert await grown_with_the_tables(small, large, READ_ROUTES) == {}


async def test_a_reading_route_costs_the_same_for_the_teacher_who_owns_all_rows(
    small: Counted, large: Counted
) -> None:
    for counted in (small, large):
        await as_teacher(counted.api)
    assert await grown_with_the_tables(small, large, TEACHERS_ROUTES) == {}


async def test_a_teachers_lists_cost_the_same_however_much_others_have_between(
    small: Counted, large: Counted
) -> None:
    for counted in (small, large):
        second = (await counted.api.services.teachers.create(TeacherName(name="Bea"))).id
        await give_the_ends(counted.api.db, second)
        await as_teacher(counted.api, second)
    lists = [f"/api/teacher/{what}" for what in ("students", "classes", "assignments")]
    assert await grown_with_the_tables(small, large, [*lists, "/api/teacher/assignments?limit=10"]) == {}
