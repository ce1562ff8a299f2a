"""Migrations: they make the tables that the models describe, on both databases."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlmodel import SQLModel

from homework_api import models
from homework_api.db import Database
from homework_api.migrate import config, is_current, upgrade


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new/homework.db"
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


def differences(connection: Connection) -> list[Any]:
    options = {"compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata))


async def test_the_migrations_make_exactly_the_tables_of_the_models(database_url: str) -> None:
    assert models.Homework.__tablename__ in SQLModel.metadata.tables
    database = Database(database_url)
    async with database.read() as session:
        connection = await session.connection()
        assert await connection.run_sync(differences) == []
    await database.close()


async def test_a_database_is_current_only_after_the_upgrade_and_upgrading_again_is_harmless(
    empty_url: str,
) -> None:
    database = Database(empty_url)
    assert not await is_current(database)
    for _ in range(2):
        await asyncio.to_thread(upgrade, empty_url)
        assert await is_current(database)
    await database.close()


async def test_a_database_of_a_newer_version_does_not_stop_this_one(database_url: str) -> None:
    database = Database(database_url)
    async with database.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = 'from_the_future'"))
    assert await is_current(database)
    await database.close()


def test_processes_that_migrate_at_once_all_succeed(empty_url: str) -> None:
    code = f"from homework_api.migrate import upgrade; upgrade({empty_url!r})"
    processes = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]


async def test_the_migrations_can_be_undone(database_url: str) -> None:
    await asyncio.to_thread(command.downgrade, config(database_url), "base")
    database = Database(database_url)
    async with database.read() as session:
        connection = await session.connection()
        assert {difference[0] for difference in await connection.run_sync(differences)} >= {"add_table"}
    await database.close()
