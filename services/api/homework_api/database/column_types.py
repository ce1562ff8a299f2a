"""Column types that neither database provides."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, DateTime, Dialect, Integer, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite autoincrements INTEGER keys only.
# Without this, SQLite would reuse a deleted assignment's id, and a client that still holds the old id would
# see another assignment.
NEVER_REUSE_IDS = {"sqlite_autoincrement": True}


class UtcDateTime(TypeDecorator[datetime]):
    """Reads and writes aware times in UTC. SQLite would return naive ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], str | None] | None:
        # SQLAlchemy's own formatting takes five times as long, and a job has a dozen timestamps.
        return _utc_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        # PostgreSQL's driver returns aware values, in UTC.
        return _utc_time if dialect.name == "sqlite" else None


def _utc_time(text: str | None) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    # Ours have no offset, and those that a person wrote with SQL may have one.
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _utc_text(value: datetime | None) -> str | None:
    # The last six characters are the offset. To remove it from the datetime first would take longer.
    return value.astimezone(UTC).isoformat(" ", "microseconds")[:-6] if value else None


class ListOf(TypeDecorator[Sequence[Any]]):
    """A list of values as one parameter, for `is_one_of`: an array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(self.item))

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        items = value or ()
        if dialect.name != "sqlite":
            return list(items)
        return json.dumps([item.hex if isinstance(item, UUID) else item for item in items])


class EnumText(TypeDecorator[StrEnum]):
    """An enum stored as its text. Any SQL client can read it, and there is no database type to migrate when a
    member is added.
    """

    impl = Text
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], StrEnum | None]:
        # Calling an enum takes five times as long as looking its member up.
        members: dict[str, StrEnum] = {str(each): each for each in self.enum}

        def member(value: str | None) -> StrEnum | None:
            return None if value is None else members.get(value) or self.enum(value)

        return member
