"""Executes one statement for many rows directly on the driver.

SQLAlchemy would take a dict for each row, sort it into the statement's order, and convert each value. Here a
row is read from its record in one call, and values that all rows share, such as the deadline of a class, are
converted once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, Update

_Convert = Callable[[Any], Any]


class ManyRows:
    """A statement, compiled once for each dialect. `attributes` maps each column to the attribute of a record
    with its value, which may be nested, such as "job.seed". `shared` names the columns that have the same
    value in all rows of an execution."""

    def __init__(
        self, statement: Insert | Update, attributes: Mapping[str, str], shared: Sequence[str] = ()
    ) -> None:
        self._statement = statement
        self._attributes = attributes
        self._shared = shared
        self._compiled: dict[str, _Compiled] = {}

    def execute(self, connection: Connection, records: Sequence[object], **shared: object) -> None:
        """Execute the statement for each record, in their order."""
        if not records:
            return
        compiled = self._compiled.get(connection.dialect.name)
        if compiled is None:
            compiled = _Compiled(self._statement, self._attributes, self._shared, connection.dialect)
            self._compiled[connection.dialect.name] = compiled
        connection.exec_driver_sql(compiled.sql, compiled.parameters(records, shared))


class _Compiled:
    """The text of a statement, and how its parameters are made from a record."""

    def __init__(
        self,
        statement: Insert | Update,
        attributes: Mapping[str, str],
        shared: Sequence[str],
        dialect: Dialect,
    ) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=[*attributes, *shared])
        order = compiled.positiontup
        if order is None or set(order) != {*attributes, *shared}:
            raise TypeError(f"{statement} does not take the parameters {[*attributes, *shared]}")
        self.sql = str(compiled)
        self._attributes = tuple(attributes)
        self._read = attrgetter(*attributes.values())
        types = {name: compiled.binds[name].type.dialect_impl(dialect) for name in order}
        self._order = [(name, type_.bind_processor(dialect)) for name, type_ in types.items()]

    def parameters(self, records: Sequence[object], shared: Mapping[str, object]) -> list[tuple[object, ...]]:
        values = zip(*map(self._read, records), strict=True)
        columns: dict[str, Iterable[object]] = dict(zip(self._attributes, values, strict=True))
        columns |= {name: repeat(value, len(records)) for name, value in shared.items()}
        ordered = [
            _converted(columns[name], convert) if convert else columns[name] for name, convert in self._order
        ]
        return list(zip(*ordered, strict=True))


def _converted(values: Iterable[Any], convert: _Convert) -> list[Any]:
    """Convert the values. Consecutive rows of a class often have the same value, which is converted once."""
    converted: list[Any] = []
    last, made = object(), None
    for value in values:
        if value is not last:
            last, made = value, convert(value)
        converted.append(made)
    return converted
