"""A file keeps the list of deleted students, and deletes them again after pg_restore."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import select
from tests.support.api.application import Api, api_over
from tests.support.api.dumps import DumpedPostgres, dumped_postgres
from tests.support.api.rows import rows, scalars
from typer.testing import CliRunner, Result

from homework_api.database.engine import Database
from homework_api.database.erasures import read_list
from homework_api.database.migrate import config, upgrade
from homework_api.database.models import DECISIONS, ERASURES, HOMEWORK, STUDENTS
from homework_api.main import app

NAME = "Zdeslava Quixotovna"


async def erasures(url: str, *words: str | Path, given: str | None = None) -> Result:
    """Run `homework-api erasures` with these arguments on this database."""

    def run() -> Result:
        arguments = ["erasures", *map(str, words)]
        return CliRunner().invoke(app, arguments, input=given, env={"DATABASE_URL": url})

    return await asyncio.to_thread(run)


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[DumpedPostgres]:
    with dumped_postgres() as server:
        yield server


@pytest.fixture
def dumped(own_postgres: DumpedPostgres) -> DumpedPostgres:
    own_postgres.empty()
    upgrade(own_postgres.url)
    return own_postgres


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "homework.erasures.jsonl"


async def names(url: str) -> list[str]:
    """The students in a database that no API has open."""
    database = Database(url)
    try:
        return await scalars(database, select(STUDENTS.c.name).order_by(STUDENTS.c.id))
    finally:
        await database.close()


def text_of(file: Path) -> str:
    return file.read_text("utf-8")


def files_in(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir() if not file.name.endswith(("-wal", "-shm"))}


async def delete(api: Api, student: int) -> None:
    assert (await api.client.delete(f"/api/teacher/students/{student}")).status_code == 204


async def a_day_of(url: str, postgres: DumpedPostgres) -> int:
    """Two students with homework, and a dump. After it one of them is deleted, and another student is added
    and deleted.
    """
    async with api_over(url) as api:
        gone = await api.add_student("gone@example.org", NAME)
        stays = await api.add_student("stays@example.org", "Bruno")
        await api.assign([gone, stays])
        await asyncio.to_thread(postgres.dump, "monday")
        await delete(api, gone)
        await delete(api, await api.add_student("later@example.org"))
    return gone


async def test_whoever_was_deleted_since_the_dump_is_deleted_again_after_pg_restore(
    dumped: DumpedPostgres, kept: Path
) -> None:
    url = dumped.url
    gone = await a_day_of(url, dumped)
    assert (await erasures(url, "export", kept)).exit_code == 0
    assert NAME not in text_of(kept)
    await asyncio.to_thread(dumped.restore, "monday")
    assert await names(url) == [NAME, "Bruno"], "or this test would prove nothing"
    done = await erasures(url, "replay", kept)
    assert done.exit_code == 0, done.output
    assert done.stdout == f"student {gone} is deleted again, as on 2026-11-23\n"
    assert done.stderr == "deleted again: 1; deletions in the list: 2\n"
    assert await names(url) == ["Bruno"]
    database = Database(url)
    assert gone not in await scalars(database, select(HOMEWORK.c.student_id))
    assert await rows(database, select(DECISIONS)) == []
    assert len(await rows(database, select(ERASURES))) == 2, "the next dump has the list"
    await database.close()


async def test_another_student_who_got_the_id_after_pg_restore_stays(
    dumped: DumpedPostgres, kept: Path
) -> None:
    url = dumped.url
    gone = await a_day_of(url, dumped)
    await erasures(url, "export", kept)
    await asyncio.to_thread(dumped.restore, "monday")
    async with api_over(url) as api:
        api.clock.advance(86_400)
        assert await api.add_student("new@example.org", "Carla") == gone + 2
    await erasures(url, "replay", kept)
    assert await names(url) == ["Bruno", "Carla"]
    again = await erasures(url, "replay", kept)
    assert (again.stdout, again.exit_code) == ("", 0)


@pytest.mark.parametrize("from_a_file", [True, False])
async def test_the_list_goes_through_a_file_or_through_standard_output_and_input(
    api: Api, database_url: str, kept: Path, from_a_file: bool
) -> None:
    await delete(api, await api.add_student("ada@example.org"))
    if from_a_file:
        exported = await erasures(database_url, "export", kept)
        replayed = await erasures(database_url, "replay", kept)
    else:
        exported = await erasures(database_url, "export", "-")
        twice = exported.stdout * 2  # The lists of two nights are imported one after the other.
        replayed = await erasures(database_url, "replay", "-", given=twice)
    assert exported.stderr == "deletions in the list: 1\n"
    assert replayed.stderr == "deleted again: 0; deletions in the list: 1\n"
    assert len(await rows(api.db, select(ERASURES))) == 1


async def test_the_list_only_grows(api: Api, database_url: str, kept: Path, sqlite_template: Path) -> None:
    await delete(api, await api.add_student("ada@example.org"))
    await erasures(database_url, "export", kept)
    before = await asyncio.to_thread(read_list, kept)
    another = f"sqlite:///{sqlite_template}"
    assert (await erasures(another, "export", kept)).stderr == "deletions in the list: 1\n"
    api.clock.advance(60)
    await delete(api, await api.add_student("bea@example.org"))
    await erasures(database_url, "export", kept)
    after = await asyncio.to_thread(read_list, kept)
    assert (len(after), after[:1]) == (2, before)


async def test_a_dump_of_an_older_version_is_brought_to_this_one_first(tmp_path: Path, kept: Path) -> None:
    old = f"sqlite:///{tmp_path}/old.db"
    await asyncio.to_thread(command.upgrade, config(old), "v0019")
    await asyncio.to_thread(kept.write_text, "")
    done = await erasures(old, "replay", kept)
    assert (done.exit_code, done.stderr) == (0, "deleted again: 0; deletions in the list: 0\n")


@pytest.mark.parametrize(
    "line", ["{", "{}", "[]", "7", '{"student_id": 1, "student_created_at": "x", "erased_at": ""}']
)
async def test_a_list_that_is_none_changes_nothing_and_is_not_written_over(
    api: Api, database_url: str, kept: Path, line: str
) -> None:
    await api.add_student("ada@example.org")
    await asyncio.to_thread(kept.write_text, line)
    for what in ("export", "replay"):
        refused = await erasures(database_url, what, kept)
        assert (refused.exit_code, f"a line of {kept} is no erasure" in refused.stderr) == (1, True)
    assert text_of(kept) == line
    assert len(await names(database_url)) == 1


async def test_what_is_missing_is_named(database_url: str, tmp_path: Path, kept: Path) -> None:
    for url, words, told in (
        (database_url, ("replay", kept), f"there is no list at {kept}: `homework-api erasures export` makes"),
        (f"sqlite:///{tmp_path}/none.db", ("export", kept), "there is no database at"),
        ("postgresql://u:p@127.0.0.1:1/homework", ("export", kept), "does not answer"),
        (database_url, ("export", tmp_path / "nowhere/list"), "No such file or directory"),
    ):
        refused = await erasures(url, *words)
        assert (refused.exit_code, told in refused.stderr) == (1, True), refused.output
    assert files_in(tmp_path) <= {"homework.db"}, "neither a list nor a database was made"
