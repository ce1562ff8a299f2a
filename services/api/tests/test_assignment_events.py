"""Events inside the process: every waiter gets each event, and events do not accumulate."""

import asyncio
import time

from homework_api.pipeline.assignment_events import AssignmentEvents


async def test_an_event_between_rearm_and_wait_is_not_missed() -> None:
    changes = AssignmentEvents()
    with changes.subscribe(1) as news:
        news.rearm()
        changes.notify([1])
        async with asyncio.timeout(30):
            await news.wait(60)


async def test_rearming_forgets_earlier_events() -> None:
    changes = AssignmentEvents()
    with changes.subscribe(1) as news:
        changes.notify([1])
        news.rearm()
        started = time.monotonic()
        await news.wait(0.05)
        assert time.monotonic() - started >= 0.04


async def test_every_waiter_of_the_assignment_is_woken_and_no_other() -> None:
    changes = AssignmentEvents()
    with changes.subscribe(1) as one, changes.subscribe(1) as two, changes.subscribe(2) as other:
        waits = [asyncio.create_task(news.wait(60)) for news in (one, two, other)]
        await asyncio.sleep(0)
        changes.notify({1, 99})
        async with asyncio.timeout(30):
            await asyncio.gather(*waits[:2])
        assert not waits[2].done()
        waits[2].cancel()


async def test_an_event_that_nobody_waits_for_takes_no_memory() -> None:
    changes = AssignmentEvents()
    changes.notify(range(1000))
    with changes.subscribe(1), changes.subscribe(1):
        pass
    assert changes._subscriptions == {}
