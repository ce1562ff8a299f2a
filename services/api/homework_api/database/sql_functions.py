"""Times as numbers in SQL, which SQLite and PostgreSQL spell differently."""

from typing import Any

from sqlalchemy import BigInteger, Float
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class seconds_of(FunctionElement[float]):  # noqa: N801 - an SQL function
    """A time as seconds since 1970."""

    type = Float()
    inherit_cache = True


class minute_of(FunctionElement[int]):  # noqa: N801 - an SQL function
    """The whole minutes since 1970."""

    type = BigInteger()
    inherit_cache = True


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
