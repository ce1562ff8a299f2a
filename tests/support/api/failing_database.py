"""A database that fails at a statement that the test names, or answers it only on request."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event

from homework_api.database.engine import Database


@dataclass
class Failures:
    """The number of times that the statement was refused."""

    count: int = 0


@contextmanager
def failing_at(database: Database, beginning: str) -> Iterator[Failures]:
    """While the block runs, the database is unavailable whenever a statement begins with this text. The
    earlier statements of that transaction are rolled back.
    """
    failures = Failures()

    def refuse(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        # SQLite must be told to end a transaction whose statement failed.
        if statement.replace("UPDATE OR ROLLBACK ", "UPDATE ").startswith(beginning):
            failures.count += 1
            raise OSError("the database went away")

    for engine in database.engines:
        event.listen(engine, "before_cursor_execute", refuse)
    try:
        yield failures
    finally:
        for engine in database.engines:
            event.remove(engine, "before_cursor_execute", refuse)
