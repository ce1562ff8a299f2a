"""Applies schema migrations, and checks whether any is missing."""

import functools
import threading

import structlog
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection, text

from homework_api.database.engine import Database

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_one_at_a_time = threading.Lock()  # Alembic keeps the running migration in a global


def upgrade(url: str) -> None:
    """Bring the database to the newest schema. Several processes may do this at once.

    A database of a newer version is left as it is: during a rollout, processes of this version may be
    restarted and still have to serve.

    This blocks and runs an event loop of its own; call it with `asyncio.to_thread` from async code.
    """
    with _one_at_a_time:
        try:
            command.upgrade(config(url), "head")
        except CommandError as error:
            if not isinstance(error.__cause__, ResolutionError):
                raise
            log.warning("database_is_newer", error=str(error), hint="upgrade this process too")


async def is_current(database: Database) -> bool:
    """Whether the database has every migration of this version.

    An unknown revision belongs to a newer version, whose rollout must not stop the processes of this one.
    """
    head, known = _revisions()
    current = await database.read(_current_revision)
    return current == head or (current is not None and current not in known)


def knows(revision: str) -> bool:
    """Whether this version can migrate such a database to its own schema."""
    return revision in _revisions()[1]


def config(url: str | None = None) -> Config:
    alembic = Config(attributes={"url": url})
    alembic.set_main_option("script_location", "homework_api.database:migrations")
    alembic.set_main_option("path_separator", "os")
    return alembic


@functools.cache  # readiness calls this every few seconds, and the result is read from files
def _revisions() -> tuple[str | None, frozenset[str]]:
    scripts = ScriptDirectory.from_config(config())
    return scripts.get_current_head(), frozenset(script.revision for script in scripts.walk_revisions())


def _current_revision(connection: Connection) -> str | None:
    # Alembic's own function logs two lines for each call, and readiness calls this every few seconds.
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
