"""A deleted student leaves no trace in the files of SQLite, and a restored backup does not
bring them back.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import select
from tests.support.api.application import EXERCISE, Api, api_over
from tests.support.api.rows import rows, scalars
from typer.testing import CliRunner

from homework_api.database import restoring
from homework_api.database.backup import BackupFailed, backup
from homework_api.database.engine import Database
from homework_api.database.erasures import list_beside
from homework_api.database.models import ERASURES, STUDENTS, Assignment, Student
from homework_api.database.restoring import Restored, restore
from homework_api.main import app
from homework_api.pipeline.housekeeping import Housekeeping

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NAME, ADDRESS, ANSWER = (
    "Zdeslava Quixotovna",
    "zdeslava@quixote.example.org",
    "parallelepipedo inconfondibile",
)
TRACES = (NAME, ADDRESS, ANSWER)


def traces(database: Path) -> set[str]:
    """The texts that occur in the bytes of the database, its log or any file beside it."""
    found = b"".join(file.read_bytes() for file in database.parent.glob(f"{database.name}*"))
    return {text for text in TRACES if text.encode() in found}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data/homework.db"


def make(file: Path, template: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        file.write_bytes(template.read_bytes())


def damage(file: Path) -> None:
    file.write_bytes(b"this is no database " * 500)


@asynccontextmanager
async def serving(file: Path, template: Path) -> AsyncIterator[Api]:
    make(file, template)
    async with api_over(f"sqlite:///{file}") as api:
        yield api


async def school(api: Api) -> int:
    """A class of thirty that has sent the homework of two assignments. Returns the id of one of them."""
    others = [await api.add_student(f"s{n}@example.org", f"Student {n}") for n in range(29)]
    student = await api.add_student(ADDRESS, NAME)
    for _ in range(2):
        made = await api.assign([*others, student])
        for homework in await api.homework(made["id"]):
            await api.settle(homework, "mock", [EXERCISE] * 3)
            path = f"/api/student/{homework.student_id}/homework/{homework.id}"
            await api.client.post(f"{path}/start")
            answers = [ANSWER if homework.student_id == student else "ciao"] * 3
            for request in ("PUT", "answers"), ("POST", "submission"):
                sent = await api.client.request(request[0], f"{path}/{request[1]}", json={"answers": answers})
                assert sent.status_code == 200, sent.text
        body = {"homework_id": homework.id, "index": 1, "right": True, "scope": "student"}
        decided = await api.client.post(f"/api/teacher/assignments/{made['id']}/decisions", json=body)
        assert decided.status_code == 201, decided.text
    return student


async def delete(api: Api, student: int) -> None:
    assert (await api.client.delete(f"/api/teacher/students/{student}")).status_code == 204


async def test_no_byte_of_a_deleted_student_stays_in_the_database_or_its_log(
    file: Path, sqlite_template: Path
) -> None:
    async with serving(file, sqlite_template) as api:
        student = await school(api)
        assert traces(file) == set(TRACES), "or this test would prove nothing"
        await delete(api, student)
        assert traces(file) == set()
        assert await scalars(api.db, select(STUDENTS.c.id).where(STUDENTS.c.id == student)) == []
    assert traces(file) == set()


async def test_no_byte_of_a_corrected_name_or_of_a_deleted_assignments_homework_stays(
    file: Path, sqlite_template: Path
) -> None:
    async with serving(file, sqlite_template) as api:
        student = await school(api)
        body = {"name": "Another", "email": None}
        assert (await api.client.patch(f"/api/teacher/students/{student}", json=body)).status_code == 200
        assert traces(file) == {ANSWER}
        for assignment in (1, 2):
            assert (await api.client.delete(f"/api/teacher/assignments/{assignment}")).status_code == 204
        assert traces(file) == set()


async def test_while_somebody_reads_the_deletion_is_done_and_housekeeping_empties_the_log_later(
    file: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(file, sqlite_template) as api:
        student = await school(api)
        with closing(sqlite3.connect(file, check_same_thread=False, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM students").fetchall()
            with structlog.testing.capture_logs() as logs:
                await delete(api, student)
            reader.execute("ROLLBACK")
        assert "deleted_data_is_in_the_log" in [line["event"] for line in logs]
        assert traces(file) != set()
        stop = asyncio.Event()
        tidying = asyncio.create_task(Housekeeping(api.db, api.clock).run(stop))
        async with asyncio.timeout(30):
            while traces(file):
                await asyncio.sleep(0.02)
        stop.set()
        await tidying


async def test_a_deletion_never_fails_because_the_log_cannot_be_emptied(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    student = await api.add_student("ada@example.org")

    async def fail() -> bool:
        raise OSError("the disk is gone")

    monkeypatch.setattr(api.db._backend, "forget_deleted", fail)
    with structlog.testing.capture_logs() as logs:
        await delete(api, student)
    assert [line["log_level"] for line in logs if line["event"] == "deleted_data_is_in_the_log"] == [
        "warning"
    ]


async def test_a_deletion_is_noted_by_ids_and_times_alone(api: Api) -> None:
    student = await api.add_student(ADDRESS, NAME)
    api.clock.advance(60)
    await delete(api, student)
    [noted] = await rows(api.db, select(ERASURES))
    assert tuple(noted) == (student, datetime(2026, 11, 23, 9, 0, tzinfo=UTC), api.clock())
    assert (await api.client.delete(f"/api/teacher/students/{student}")).status_code == 404
    assert len(await rows(api.db, select(ERASURES))) == 1


async def backed_up(file: Path, template: Path) -> tuple[Path, int]:
    """A backup with the class, and the database from which the student has since been deleted."""
    copy = file.parent.parent / "backup.db"
    async with serving(file, template) as api:
        student = await school(api)
        await asyncio.to_thread(backup, f"sqlite:///{file}", copy)
        await delete(api, student)
    assert traces(copy) == set(TRACES)
    return copy, student


async def restored(file: Path, copy: Path) -> Restored:
    return await asyncio.to_thread(restore, f"sqlite:///{file}", copy, NOW)


async def students_in(file: Path) -> list[int]:
    database = Database(f"sqlite:///{file}")
    try:
        return [one.id or 0 for one in await scalars(database, select(Student))]
    finally:
        await database.close()


async def test_whoever_was_deleted_since_the_backup_is_deleted_again_without_a_trace(
    file: Path, sqlite_template: Path
) -> None:
    copy, student = await backed_up(file, sqlite_template)
    done = await restored(file, copy)
    assert ([one.student_id for one in done.erased_again], done.unknown) == ([student], None)
    assert student not in await students_in(file)
    assert len(await students_in(file)) == 29
    assert traces(file) == set()
    # The list is part of the backup, and also of the next one.
    assert [one.student_id for one in (await restored(file, copy)).erased_again] == [student]
    database = Database(f"sqlite:///{file}")
    assert {one.status for one in await scalars(database, select(Assignment))} == {"completed"}
    assert [row.student_id for row in await rows(database, select(ERASURES))] == [student]
    await database.close()


async def test_the_file_beside_the_database_has_the_list_when_the_database_is_damaged_or_gone(
    file: Path, sqlite_template: Path
) -> None:
    copy, student = await backed_up(file, sqlite_template)
    await restored(file, copy)
    assert traces(list_beside(file)) == set()
    damage(file)
    done = await restored(file, copy)
    assert [one.student_id for one in done.erased_again] == [student]
    assert "could not be read" in str(done.unknown)
    await asyncio.to_thread(file.unlink)
    assert ((await restored(file, copy)).unknown, student in await students_in(file)) == (None, False)


def test_the_log_of_a_damaged_database_is_not_taken_for_that_of_the_restored_one(
    file: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, _ = asyncio.run(backed_up(file, sqlite_template))
    damage(file)
    file.with_name(f"{file.name}-wal").write_bytes(b"nor is this a log " * 500)
    # SQLite removes this file itself if it finds that the database is not one.
    monkeypatch.setattr(restoring, "close_for_good", lambda _: None)
    kept = asyncio.run(restored(file, copy)).kept
    assert kept is not None
    assert kept.with_name(f"{kept.name}-wal").read_bytes().startswith(b"nor is this")
    assert len(asyncio.run(students_in(file))) == 30


async def test_a_restore_that_was_interrupted_is_finished_by_the_next_one(
    file: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, student = await backed_up(file, sqlite_template)

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as during:
        during.setattr(restoring, "copy_whole", killed)
        with pytest.raises(KeyboardInterrupt):
            await asyncio.to_thread(restore, f"sqlite:///{file}", copy, NOW)
    assert [one.student_id for one in (await restored(file, copy)).erased_again] == [student]


async def test_another_student_who_got_the_id_after_a_restore_stays(
    file: Path, sqlite_template: Path
) -> None:
    copy = file.parent.parent / "backup.db"
    async with serving(file, sqlite_template) as api:
        await asyncio.to_thread(backup, f"sqlite:///{file}", copy)
        gone = await api.add_student("gone@example.org")
        await delete(api, gone)
    await restored(file, copy)
    later = file.parent.parent / "later.db"
    async with serving(file, sqlite_template) as api:
        api.clock.advance(86_400)
        assert await api.add_student("new@example.org") == gone, "the id is free in the older backup"
        await asyncio.to_thread(backup, f"sqlite:///{file}", later)
    assert (await restored(file, later)).erased_again == []
    assert await students_in(file) == [gone]


@pytest.mark.parametrize(
    "line", ["{", "{}", '{"student_id": 1, "student_created_at": "x", "erased_at": "y"}']
)
def test_a_list_that_somebody_has_broken_stops_the_restore_before_it_changes_anything(
    file: Path, sqlite_template: Path, line: str
) -> None:
    copy, student = asyncio.run(backed_up(file, sqlite_template))
    list_beside(file).write_text(line)
    with pytest.raises(BackupFailed, match="correct the line, or move the file away"):
        restore(f"sqlite:///{file}", copy, NOW)
    assert len(asyncio.run(students_in(file))) == 29
    assert student not in asyncio.run(students_in(file))


def test_the_restore_command_prints_who_is_deleted_again_and_what_is_unknown(
    file: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, student = asyncio.run(backed_up(file, sqlite_template))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
    done = CliRunner().invoke(app, ["restore", str(copy)])
    assert f"student {student} is deleted again, as on 2026-11-23" in done.stdout
    assert (done.exit_code, done.stderr) == (0, "")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file.parent}/elsewhere.db")
    elsewhere = CliRunner().invoke(app, ["restore", str(copy)])
    assert "whoever was deleted after this backup may be in it" in elsewhere.stderr
