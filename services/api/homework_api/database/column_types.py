"""Column types that neither database has."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Text, TypeDecorator

ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite autoincrements INTEGER keys only.
# Without this, SQLite would reuse a deleted assignment's id, and a client that still holds the old id would
# see another assignment.
NEVER_REUSE_IDS = {"sqlite_autoincrement": True}


class UtcDateTime(TypeDecorator[datetime]):
    """Reads and writes aware UTC moments; SQLite would return naive ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], str | None] | None:
        # SQLAlchemy's own formatting takes five times as long, and a job has a dozen timestamps.
        return _utc_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


def _utc_text(value: datetime | None) -> str | None:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds") if value else None


class EnumText(TypeDecorator[StrEnum]):
    """An enum stored as its text: readable in any SQL client, and without a database type to migrate when it
    grows.
    """

    impl = Text
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.enum(value)
