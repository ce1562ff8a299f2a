"""Schema migrations: apply them, and find out whether any is missing."""

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
    """Bring the database to the newest schema; safe when several processes do it at once.

    A database of a newer version stays as it is: while a rollout replaces the processes of this version,
    those that are started again still have to serve.

    Blocks, and runs an event loop of its own: from async code call it with `asyncio.to_thread`.
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

    A revision we do not know is a newer version's: its rollout must not stop the processes of this one.
    """
    head, known = _revisions()
    current = await database.read(_current_revision)
    return current == head or (current is not None and current not in known)


def knows(revision: str) -> bool:
    """Whether this version can bring such a database to its own schema."""
    return revision in _revisions()[1]


def config(url: str | None = None) -> Config:
    alembic = Config(attributes={"url": url})
    alembic.set_main_option("script_location", "homework_api.database:migrations")
    alembic.set_main_option("path_separator", "os")
    return alembic


@functools.cache  # cached: readiness asks every few seconds, and the answer is read from files
def _revisions() -> tuple[str | None, frozenset[str]]:
    scripts = ScriptDirectory.from_config(config())
    return scripts.get_current_head(), frozenset(script.revision for script in scripts.walk_revisions())


def _current_revision(connection: Connection) -> str | None:
    # Alembic's own way writes two lines into the log each time, and readiness asks every few seconds.
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
