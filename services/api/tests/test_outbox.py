"""Outbox rows are claimed for a lease by one relay, and settled or released by the relay that holds them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ClauseElement, Connection, Dialect, select
from sqlalchemy.dialects import postgresql, sqlite
from tests.support.api.application import FakeClock
from tests.support.api.outbox_steps import claim, unpublished
from tests.support.api.pipeline import Pipeline
from tests.support.api.rows import scalars

from homework_api.database.models import Homework
from homework_api.database.queries.outbox import LONGEST_SKEW, claim_outbox, release_outbox, settle_outbox
from homework_api.database.rows import OutboxRow
from homework_api.domain.access import EVERYTHING
from homework_api.pipeline.outbox_handoff import LEASE

MOMENT = timedelta(microseconds=1)


async def test_a_killed_relays_rows_are_claimed_again_when_their_lease_has_run_out(
    pipeline: Pipeline, clock: FakeClock
) -> None:
    await pipeline.assign(2)
    first = await claim(pipeline)  # Nothing follows, because the relay was killed.
    clock.now += LEASE
    assert await claim(pipeline) == []
    clock.now += MOMENT
    assert {row.job_id for row in await claim(pipeline)} == {row.job_id for row in first}


async def test_the_most_urgent_rows_are_claimed_first(pipeline: Pipeline) -> None:
    for seconds in (60, 5, 30):
        await pipeline.assign(deadline_seconds=seconds)
    rows = await claim(pipeline, 2)
    assert [row.deadline_at - pipeline.clock() for row in rows] == [
        timedelta(seconds=seconds) for seconds in (5, 30)
    ]


async def test_a_row_that_another_relay_holds_by_now_is_neither_settled_nor_released(
    pipeline: Pipeline, clock: FakeClock
) -> None:
    await pipeline.assign(2)
    slow, lease = await claim(pipeline), clock() + LEASE
    clock.now += LEASE + MOMENT
    await claim(pipeline)

    def settle_and_release(connection: Connection) -> None:
        settle_outbox(connection, slow[:1], lease, clock())
        release_outbox(connection, [slow[1].job_id], lease)

    await pipeline.database.write(settle_and_release)
    assert [row.claimed_until for row in await unpublished(pipeline)] == [clock() + LEASE] * 2


async def test_a_settled_row_is_deleted_and_a_released_one_can_be_claimed_by_any_relay(
    pipeline: Pipeline, clock: FakeClock
) -> None:
    await pipeline.assign(2)
    [one, other], lease = await claim(pipeline), clock() + LEASE

    def settle_and_release(connection: Connection) -> None:
        settle_outbox(connection, [one], lease, clock())
        release_outbox(connection, [other.job_id], lease)

    await pipeline.database.write(settle_and_release)
    [left] = await unpublished(pipeline)
    assert (left.job_id, left.claimed_until) == (other.job_id, None)
    homework = await scalars(pipeline.database, select(Homework))
    assert {each.job_id for each in homework if each.published_at == clock()} == {one.job_id}


class Recorder:
    """A connection to PostgreSQL that only records its statements."""

    def __init__(self) -> None:
        self.dialect: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
        self.statements: list[str] = []

    def execute(self, statement: ClauseElement, _parameters: object) -> list[object]:
        self.statements.append(" ".join(str(statement.compile(dialect=self.dialect)).split()))
        return []


def test_where_relays_share_a_database_each_skips_the_rows_that_another_one_is_claiming() -> None:
    recorder: Any = Recorder()
    claim_outbox(recorder, FakeClock().now, FakeClock().now + LEASE, 1)
    assert "FOR UPDATE SKIP LOCKED" in recorder.statements[0]


def test_where_many_write_rows_are_locked_in_their_order_before_they_are_updated() -> None:
    recorder: Any = Recorder()
    row = OutboxRow(uuid4(), 1, False, "{}", None, FakeClock().now)
    settle_outbox(recorder, [row], FakeClock().now + LEASE, FakeClock().now)
    assert [statement.split()[0] for statement in recorder.statements] == [
        "DELETE", "SELECT", "UPDATE", "SELECT", "UPDATE",
    ]  # fmt: skip
    for lock, change in [recorder.statements[1:3], recorder.statements[3:5]]:
        table = change.split()[1]
        assert lock.endswith(f"ORDER BY {table}.id FOR NO KEY UPDATE")


def test_on_sqlite_which_has_one_writer_nothing_is_locked() -> None:
    recorder: Any = Recorder()
    recorder.dialect = sqlite.dialect()
    row = OutboxRow(uuid4(), 1, False, "{}", None, FakeClock().now)
    settle_outbox(recorder, [row], FakeClock().now + LEASE, FakeClock().now)
    assert [statement.split()[0] for statement in recorder.statements] == ["DELETE", "UPDATE", "UPDATE"]


async def test_a_lease_that_ends_impossibly_late_is_of_a_clock_before_it_was_set_back(
    pipeline: Pipeline, clock: FakeClock
) -> None:
    await pipeline.assign()
    await claim(pipeline)
    clock.now -= LONGEST_SKEW
    assert await claim(pipeline) == []  # The clock of another relay may be ahead by this much.
    clock.now -= MOMENT
    assert len(await claim(pipeline)) == 1


async def test_the_rows_of_a_deleted_assignment_or_student_are_published_no_more(pipeline: Pipeline) -> None:
    deleted, _ = await pipeline.assign(2)
    kept, [leaver, _] = await pipeline.assign(2)
    await pipeline.services.assignments.delete(deleted, EVERYTHING)
    assert [row.assignment_id for row in await unpublished(pipeline)] == [kept] * 2
    await pipeline.services.students.delete(leaver, EVERYTHING)
    [left] = await unpublished(pipeline)
    assert [left.job_id] == [
        homework.job_id for homework in await scalars(pipeline.database, select(Homework))
    ]
