"""A database that fails at a statement which the test names, or answers it only on request."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event

from homework_api.database.engine import Database


@dataclass
class Failures:
    """How often the statement was refused."""

    count: int = 0


@contextmanager
def failing_at(database: Database, beginning: str) -> Iterator[Failures]:
    """While the block lasts, the database is away whenever a statement begins like this. What the transaction
    did before that statement is rolled back."""
    failures = Failures()

    def refuse(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        # SQLite is told how to end a transaction whose statement failed.
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
