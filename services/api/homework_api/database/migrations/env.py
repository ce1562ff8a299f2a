"""How Alembic reaches the database; run by `homework_api.database.migrate` and by the `alembic` command."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text
from sqlmodel import SQLModel

from homework_api.database import models
from homework_api.database.engine import Database

_LOCK = 4_715_901_112  # Any number that no other program locks in this database.


def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # Processes that start together run this one after another; all but the first find the work done.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    if connection.dialect.name == "sqlite":
        _check_references(connection)


def _check_references(connection: Connection) -> None:
    # SQLite rebuilds tables with foreign keys off, so they are checked before the commit.
    broken = connection.execute(text("PRAGMA foreign_key_check")).all()
    if broken:
        raise RuntimeError(f"the migration would leave {len(broken)} dangling references: {broken[:3]}")


async def _run(url: str) -> None:
    database = Database(url, for_migrations=True)
    try:
        await database.write(_migrate)
    finally:
        await database.close()


def _url() -> str:
    given = context.config.attributes.get("url") or context.get_x_argument(as_dictionary=True).get("url")
    if not given:
        raise SystemExit("no database: add `-x url=…` to the alembic command, or use `homework-api migrate`")
    return str(given)


_ = models  # its import fills SQLModel.metadata
asyncio.run(_run(_url()))
