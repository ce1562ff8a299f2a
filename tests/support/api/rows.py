"""Reads and writes a test's database directly, without the service."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, Row, Select
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from homework_api.database.engine import Database

T = TypeVar("T")


async def scalars(database: Database, statement: Select[T]) -> list[T]:
    """The first column of each row. Models of tables are returned as separate objects."""
    return await database.read(_in_session(lambda session: list(session.scalars(statement))))


async def scalar(database: Database, statement: Select[Any] | Executable) -> Any:
    return await database.read(_in_session(lambda session: session.scalar(statement)))


async def rows(
    database: Database, statement: Executable, parameters: Mapping[str, Any] | None = None
) -> list[Row[Any]]:
    return await database.read(lambda connection: list(connection.execute(statement, parameters or {})))


async def execute(
    database: Database, statement: Executable, parameters: Sequence[Mapping[str, Any]] | None = None
) -> None:
    await database.write(lambda connection: connection.execute(statement, parameters or {}).close())


async def add(database: Database, *models: SQLModel) -> None:
    """Add the models. Each gets the id of its row."""

    def work(session: Session) -> None:
        session.add_all(models)
        session.flush()

    await database.write(_in_session(work))


def _in_session(work: Callable[[Session], T]) -> Callable[[Connection], T]:
    def run(connection: Connection) -> T:
        with Session(connection, expire_on_commit=False) as session:
            done = work(session)
            session.expunge_all()
            return done

    return run
