"""One statement for many rows, and many ids in one parameter, on SQLite and on PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Row, bindparam, select, update
from sqlalchemy.exc import DBAPIError
from tests.support.api.application import Api, statements_of

from homework_api.database.many_rows import ManyRows
from homework_api.database.models import OUTBOX
from homework_api.database.queries.outbox import claim_outbox, insert_outbox, settle_outbox
from homework_api.database.rows import OutboxRow

HOUR = timedelta(hours=1)


async def rows_of(api: Api, count: int) -> list[OutboxRow]:
    """Rows of one class, with a value in every column. Their deadlines have another UTC offset than the
    database.
    """
    assignment_id = (await api.assign(await api.add_students(1)))["id"]
    due = api.clock().astimezone(timezone(HOUR)) + HOUR
    return [
        OutboxRow(
            uuid4(), assignment_id, number % 2 == 1, f'{{"è": {number}}}', "trace" if number else None, due
        )
        for number in range(count)
    ]


async def outbox(api: Api, jobs: Sequence[UUID]) -> list[Row[Any]]:
    wanted = select(*(OUTBOX.c[name] for name in (*OutboxRow.__slots__, "created_at", "claimed_until")))
    found = await api.db.read(
        lambda connection: list(connection.execute(wanted.where(OUTBOX.c.job_id.in_(jobs))))
    )
    return sorted(found, key=lambda row: jobs.index(row.job_id))


async def test_rows_are_stored_as_they_are_with_what_they_share(api: Api) -> None:
    rows, now = await rows_of(api, 3), api.clock()
    with statements_of(api.db) as statements:
        await api.db.write(lambda connection: insert_outbox(connection, rows, now, now + HOUR))
        await api.db.write(lambda connection: insert_outbox(connection, [], now))
    assert len(statements) == 1
    stored = await outbox(api, [row.job_id for row in rows])
    assert [OutboxRow(*tuple(row)[:-2]) for row in stored] == rows
    assert {tuple(row)[-2:] for row in stored} == {(now, now + HOUR)}
    moments = [moment for row in stored for moment in row if isinstance(moment, datetime)]
    assert {moment.utcoffset() for moment in moments} == {timedelta(0)}


async def test_one_row_that_cannot_be_stored_leaves_none_of_them(api: Api) -> None:
    [row, other], now = await rows_of(api, 2), api.clock()
    with pytest.raises(DBAPIError):
        await api.db.write(lambda connection: insert_outbox(connection, [row, other, row], now))
    assert await outbox(api, [row.job_id, other.job_id]) == []


async def test_many_ids_are_one_statement_whatever_their_number(api: Api) -> None:
    rows, now = await rows_of(api, 5), api.clock()
    await api.db.write(lambda connection: insert_outbox(connection, rows, now))
    await api.db.write(lambda connection: claim_outbox(connection, now, now + HOUR, 100))
    seen: set[str] = set()
    for some in ([], rows[:1], rows[1:4]):
        with statements_of(api.db) as statements:
            await api.db.write(partial(settle_outbox, confirmed=some, lease=now + HOUR, now=now))
        seen.add(statements[0])
    assert len(seen) == 1
    left = await outbox(api, [row.job_id for row in rows])
    assert [row.job_id for row in left] == [rows[4].job_id]


async def test_a_statement_that_wants_other_values_is_refused_before_it_reaches_the_database(
    sqlite_api: Api,
) -> None:
    changed = update(OUTBOX).where(OUTBOX.c.job_id == bindparam("job"))
    statement = ManyRows(changed, {"body": "body", "overdue": "overdue"})
    rows = await rows_of(sqlite_api, 1)

    def work(connection: Connection) -> None:
        statement.execute(connection, rows)

    with pytest.raises(TypeError, match="does not take the parameters"):
        await sqlite_api.db.write(work)
