"""A list that is read by pages is complete and without duplicates, although entries are deleted and added
meanwhile.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.support.api.application import Api

ADD, DELETE = "new", "deleted"
Change = Callable[[], Awaitable[None]]


async def read_in_pages(api: Api, path: str, change: Change) -> list[int]:
    """The ids of all pages, with a change after each."""
    seen: list[int] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        answer = await api.client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        ids = ids_of(answer.json())
        if not ids:
            return seen
        seen += ids
        params["before_id"] = ids[-1]
        await change()


def ids_of(body: Any) -> list[int]:
    rows = body if isinstance(body, list) else body.get("homework") or body.get("jobs") or []
    return [row.get("id") or row["homework_id"] for row in rows]


@pytest.mark.parametrize("kind", [ADD, DELETE])
async def test_students_are_read_whole_while_the_newest_come_and_go(api: Api, kind: str) -> None:
    ids = (await api.add_students(7))[::-1]
    newest = iter(ids)
    numbers = iter(range(100, 200))

    async def change() -> None:
        if kind == ADD:
            await api.add_student(f"{next(numbers)}@example.com")
        else:
            await api.client.delete(f"/api/teacher/students/{next(newest)}")

    assert await read_in_pages(api, "/api/teacher/students", change) == ids


@pytest.mark.parametrize(
    "path", ["/api/teacher/assignments", "/api/student/{student}/homework", "/api/ops/jobs"]
)
async def test_assignments_homework_and_jobs_are_read_whole_while_the_newest_are_deleted(
    api: Api, path: str
) -> None:
    [student] = await api.add_students(1)
    made = [(await api.assign([student]))["id"] for _ in range(7)]
    newest = iter(made[::-1])

    async def change() -> None:
        await api.client.delete(f"/api/teacher/assignments/{next(newest)}")

    listed = path.format(student=student)
    everything = ids_of((await api.client.get(listed)).json())
    assert len(everything) == 7
    assert await read_in_pages(api, listed, change) == everything


async def test_before_id_and_offset_go_together_and_the_total_is_that_of_all_pages(sqlite_api: Api) -> None:
    ids = (await sqlite_api.add_students(5))[::-1]
    query = {"limit": 2, "offset": 1, "before_id": ids[0]}
    answer = await sqlite_api.client.get("/api/teacher/students", params=query)
    assert ids_of(answer.json()) == ids[2:4]
    assert answer.headers["X-Total-Count"] == "5"


@pytest.mark.parametrize("before", [0, -1, 2**53, "x"])
async def test_a_before_id_that_is_none_is_refused(sqlite_api: Api, before: object) -> None:
    for path in ("/api/teacher/students", "/api/teacher/assignments", "/api/ops/jobs"):
        answer = await sqlite_api.client.get(path, params={"before_id": str(before)})
        assert answer.status_code == 422, path
