"""A request hands its outbox rows to the relay in its own process. Rows that the relay does not take stay in
the outbox.
"""

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

from tests.support.api.application import FakeClock

from homework_api.database.rows import OutboxRow
from homework_api.pipeline.outbox_handoff import CAPACITY, LEASE, OutboxHandoff


def row(deadline_at: datetime) -> OutboxRow:
    return OutboxRow(uuid4(), 1, False, "{}", None, deadline_at)


async def test_without_a_relay_in_this_process_nothing_is_claimed() -> None:
    handoff = OutboxHandoff(FakeClock())
    assert handoff.lease(1) is None
    handoff.give([row(FakeClock().now)], None)
    assert handoff.in_outbox.is_set()
    assert handoff.close()[0] == []


async def test_handed_over_rows_are_taken_most_urgent_first_with_the_longest_lease() -> None:
    clock = FakeClock()
    handoff = OutboxHandoff(clock)
    handoff.open()
    late, soon = row(clock() + timedelta(seconds=60)), row(clock() + timedelta(seconds=5))
    handoff.give([late], handoff.lease(1))
    clock.advance(1)
    handoff.give([soon], handoff.lease(1))
    await handoff.wait()
    rows, lease = handoff.take(10)
    assert rows == [soon, late]
    assert lease == clock() + LEASE
    assert handoff.close()[0] == []


async def test_handed_over_rows_not_taken_in_time_are_left_for_any_relay_to_claim() -> None:
    clock = FakeClock()
    handoff = OutboxHandoff(clock)
    handoff.open()
    handoff.give([row(clock())], handoff.lease(1))
    clock.advance(LEASE.total_seconds())
    assert handoff.take(10)[0] == []
    assert handoff.close()[0] == []


async def test_a_relay_that_is_behind_is_handed_no_more_rows() -> None:
    clock = FakeClock()
    handoff = OutboxHandoff(clock)
    handoff.open()
    handoff.give([row(clock()) for _ in range(CAPACITY)], handoff.lease(CAPACITY))
    assert handoff.lease(1) is None
    assert len(handoff.close()[0]) == CAPACITY
    assert handoff.lease(1) is None


async def test_a_waiting_relay_is_woken_by_new_rows() -> None:
    handoff = OutboxHandoff(FakeClock())
    handoff.open()
    waiting = asyncio.create_task(handoff.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    handoff.give([row(FakeClock().now)], handoff.lease(1))
    async with asyncio.timeout(30):
        await waiting


async def test_rows_given_after_the_relay_has_gone_are_left_for_any_relay_to_claim() -> None:
    handoff = OutboxHandoff(FakeClock())
    handoff.open()
    lease = handoff.lease(1)
    handoff.close()
    handoff.give([row(FakeClock().now)], lease)
    handoff.open()
    assert handoff.take(10)[0] == []
