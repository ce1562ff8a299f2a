"""With RETENTION_DAYS, assignments that ended long ago are deleted with their homework, and
nothing else is.
"""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlmodel import col
from tests.support.api.application import Api, statements_of
from tests.support.api.rows import execute, scalar, scalars

from homework_api.database.models import Assignment, Decision, Homework, Student
from homework_api.database.queries.retention import delete_ended, find_ended
from homework_api.pipeline import housekeeping
from homework_api.pipeline.housekeeping import Housekeeping
from homework_api.settings import ApiSettings, settings_from_environment

DAYS = 100
DAY = 86_400


async def tidy(api: Api, days: int | None = DAYS) -> int:
    keeper = Housekeeping(api.db, api.clock, None if days is None else timedelta(days=days))
    return (await keeper.tidy())["assignments"]


async def written(api: Api, students: list[int], **more: Any) -> int:
    """An assignment whose homework is written and whose deadline is in five seconds."""
    made = await api.assign(students, deadline_seconds=5, **more)
    for one in await api.homework(made["id"]):
        await api.settle(one)
    return int(made["id"])


async def send(api: Api, assignment: int) -> None:
    for one in await api.homework(assignment):
        path = f"/api/student/{one.student_id}/homework/{one.id}"
        assert (await api.client.post(f"{path}/start")).status_code == 200
        sent = await api.client.post(f"{path}/submission", json={"answers": ["siamo andate"]})
        assert sent.status_code == 200, sent.text


async def assignments(api: Api) -> list[int]:
    return [one.id or 0 for one in await scalars(api.db, select(Assignment).order_by(col(Assignment.id)))]


async def count(api: Api, table: type[Any]) -> int:
    return int(await scalar(api.db, select(func.count()).select_from(table)))


async def test_an_assignment_goes_with_all_its_homework_when_its_days_are_over(api: Api) -> None:
    students = await api.add_students(2)
    old = await written(api, students)
    await send(api, old)
    [homework, _] = await api.homework(old)
    body = {"homework_id": homework.id, "index": 1, "right": True}
    await api.client.post(f"/api/teacher/assignments/{old}/decisions", json=body)
    api.clock.advance(DAYS * DAY + 5)
    new = await written(api, students)
    assert await tidy(api) == 0
    api.clock.advance(1)
    assert await tidy(api) == 1
    assert await assignments(api) == [new]
    left = [await count(api, table) for table in (Student, Homework, Decision)]
    assert left == [2, 2, 0], "students stay"
    assert await tidy(api) == 0


async def test_without_the_setting_nothing_is_deleted_by_age(api: Api) -> None:
    await written(api, await api.add_students(1))
    api.clock.advance(50 * 365 * DAY)
    assert await tidy(api, None) == 0
    assert len(await assignments(api)) == 1


@pytest.mark.parametrize("date", ["due_at", "release_at"])
async def test_its_days_begin_with_the_last_of_its_dates(api: Api, date: str) -> None:
    later = api.clock() + timedelta(days=40)
    more = {"review": True} if date == "release_at" else {}
    await written(api, await api.add_students(1), **{date: later.isoformat()}, **more)
    api.clock.advance((DAYS + 40) * DAY)
    assert await tidy(api) == 0
    api.clock.advance(1)
    assert await tidy(api) == 1


async def test_a_late_submission_extends_the_retention_for_the_whole_class(api: Api) -> None:
    students = await api.add_students(2)
    made = await written(api, students)
    api.clock.advance(50 * DAY)
    await send(api, made)
    api.clock.advance(DAYS * DAY)
    assert await tidy(api) == 0
    api.clock.advance(1)
    assert await tidy(api) == 1


async def test_pending_homework_is_kept_however_old_it_is(api: Api) -> None:
    [student] = await api.add_students(1)
    made = await api.assign([student], deadline_seconds=5)
    api.clock.advance(10 * DAYS * DAY)
    assert await tidy(api) == 0
    [homework] = await api.homework(made["id"])
    await api.settle(homework)
    anew = update(Homework).values(replacing=[0])
    await execute(api.db, anew)
    assert await tidy(api) == 0, "an exercise of it is being written anew"
    await execute(api.db, update(Homework).values(replacing=None))
    assert await tidy(api) == 1


async def test_homework_that_nobody_sent_and_an_assignment_without_students_go_too(api: Api) -> None:
    leaver, stayer = await api.add_students(2)
    await written(api, [stayer])
    await written(api, [leaver])
    await api.client.delete(f"/api/teacher/students/{leaver}")
    api.clock.advance(DAYS * DAY + 6)
    assert await tidy(api) == 2


async def test_many_are_deleted_in_batches_and_those_that_stay_are_passed_by(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 3)
    [student] = await api.add_students(1)
    made = [await written(api, [student]) for _ in range(10)]
    for late in made[:4]:
        await execute(
            api.db,
            update(Homework)
            .where(col(Homework.assignment_id) == late)
            .values(completed_at=api.clock() + timedelta(days=1)),
        )
    api.clock.advance(DAYS * DAY + 6)
    assert await tidy(api) == 6
    assert await assignments(api) == made[:4]


async def test_a_later_date_given_at_the_last_moment_counts(api: Api) -> None:
    made = await written(api, await api.add_students(1))
    before = api.clock() + timedelta(days=1)
    due = {"due_at": (api.clock() + timedelta(days=2)).isoformat()}
    assert (await api.client.patch(f"/api/teacher/assignments/{made}", json=due)).status_code == 200
    assert not await api.db.write(lambda connection: delete_ended(connection, made, before))
    assert await assignments(api) == [made]


@pytest.mark.parametrize(("given", "kept"), [(None, None), ("", None), ("0", None), (" 400 ", 400)])
def test_the_setting_is_a_number_of_days_and_off_by_default(
    monkeypatch: pytest.MonkeyPatch, given: str | None, kept: int | None
) -> None:
    if given is not None:
        monkeypatch.setenv("RETENTION_DAYS", given)
    assert ApiSettings().retention == (kept and timedelta(days=kept))


@pytest.mark.parametrize("wrong", ["29", "-1", "1.5", "a year", "36501", "²", "9" * 40])
def test_a_wrong_number_ends_the_process_before_anything_is_deleted(
    monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setenv("RETENTION_DAYS", wrong)
    with pytest.raises(SystemExit) as ended:
        settings_from_environment()
    said = "homework-api: RETENTION_DAYS is a number of days from 30 to 36500, or 0 to keep everything, not "
    assert ended.value.code == said + wrong


async def test_old_assignments_are_found_by_their_index(sqlite_api: Api) -> None:
    before = sqlite_api.clock()
    with statements_of(sqlite_api.db) as statements:
        await sqlite_api.db.read(lambda connection: find_ended(connection, before, 0, 10))
    [statement] = statements
    named = statement
    for place in range(named.count("?")):
        named = named.replace("?", f":p{place}", 1)
    values = {f"p{place}": "1" for place in range(named.count(":p"))}
    plan = await sqlite_api.db.read(
        lambda connection: list(connection.execute(text(f"EXPLAIN QUERY PLAN {named}"), values))
    )
    assert "SCAN" not in str(plan), plan
