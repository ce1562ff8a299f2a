"""SQL that differs between SQLite and PostgreSQL: times as numbers, lists of values, and a search in stored
exercises."""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Float
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class seconds_of(FunctionElement[float]):  # noqa: N801 - an SQL function
    """The time in seconds since 1970."""

    type = Float()
    inherit_cache = True


class minute_of(FunctionElement[int]):  # noqa: N801 - an SQL function
    """The whole minutes since 1970."""

    type = BigInteger()
    inherit_cache = True


class asks(FunctionElement[bool]):  # noqa: N801 - an SQL function
    """Whether one of the stored exercises, the first argument, has this question, the second argument."""

    type = Boolean()
    inherit_cache = True


class is_one_of(FunctionElement[bool]):  # noqa: N801 - an SQL function
    """Whether a column, the first argument, has one of the values of a `ListOf`, the second.

    For any number of values it is the same statement with one parameter, so the driver prepares it once.
    """

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: object = None) -> "is_one_of":
        # Without this, SQLAlchemy would compare the function to 1 on SQLite, and no index could be used.
        return self


@compiles(is_one_of)
def _is_one_of(element: is_one_of, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} = ANY ({values})"


@compiles(is_one_of, "sqlite")
def _is_one_of_on_sqlite(element: is_one_of, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608


@compiles(asks)
def _asks(element: asks, compiler: Any, **options: Any) -> str:
    exercises, question = (compiler.process(each, **options) for each in element.clauses)
    # A JSON null is not an array, and to expand it would be an error.
    array = f"CASE json_typeof({exercises}) WHEN 'array' THEN {exercises} END"
    parts = f"json_array_elements({array}) AS part(exercise)"
    return f"EXISTS (SELECT 1 FROM {parts} WHERE part.exercise ->> 'question' = {question})"  # noqa: S608


@compiles(asks, "sqlite")
def _asks_on_sqlite(element: asks, compiler: Any, **options: Any) -> str:
    exercises, question = (compiler.process(each, **options) for each in element.clauses)
    parts = f"json_each({exercises}) AS part"
    return f"EXISTS (SELECT 1 FROM {parts} WHERE json_extract(part.value, '$.question') = {question})"  # noqa: S608


@compiles(seconds_of)
def _seconds(element: seconds_of, compiler: Any, **options: Any) -> str:
    return f"CAST(EXTRACT(EPOCH FROM {compiler.process(element.clauses, **options)}) AS DOUBLE PRECISION)"


@compiles(seconds_of, "sqlite")
def _seconds_on_sqlite(element: seconds_of, compiler: Any, **options: Any) -> str:
    return f"((julianday({compiler.process(element.clauses, **options)}) - 2440587.5) * 86400.0)"


@compiles(minute_of)
def _minute(element: minute_of, compiler: Any, **options: Any) -> str:
    # A cast to integer would round; the floor is what SQLite's integer division gives.
    return f"CAST(FLOOR(EXTRACT(EPOCH FROM {compiler.process(element.clauses, **options)}) / 60) AS BIGINT)"


@compiles(minute_of, "sqlite")
def _minute_on_sqlite(element: minute_of, compiler: Any, **options: Any) -> str:
    return f"(CAST(strftime('%s', {compiler.process(element.clauses, **options)}) AS INTEGER) / 60)"
