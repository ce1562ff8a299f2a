"""Queues are browsed, measured and probed without a change to what is in them."""

import asyncio

from tests.support.broker.contract import As, browsed, message, parked, publish

from homework_shared.errors import Verdict
from homework_shared.messaging.topology import DEAD, FALLBACK, FALLBACK_DESTINATION, JOBS, STATUS_DESTINATION
from homework_shared.messaging.transport import Envelope


async def test_a_status_says_which_user_announced_it(contract: As) -> None:
    async with contract("api").monitor() as monitor, contract("generator").publisher() as publisher:
        await publisher.announce(STATUS_DESTINATION, Envelope("GeneratorStatus", "w1", b"{}"))
        async with asyncio.timeout(30):
            [status] = await monitor.take(10)
    assert (status.user_id, status.is_from_own_user) == ("generator", False)


async def test_browsing_a_queue_changes_nothing(contract: As) -> None:
    await parked(contract, "a", "b", "c")
    assert await browsed(contract) == await browsed(contract) == ["a", "b", "c"]
    assert len(await browsed(contract, 2)) == 2
    assert sorted(await browsed(contract)) == ["a", "b", "c"]


async def test_a_browsed_message_that_is_settled_is_gone_and_the_others_stay(contract: As) -> None:
    await parked(contract, "a", "b", "c")
    async with contract("api").browse(DEAD, 100) as deliveries:
        await deliveries[1].settle(Verdict.ACK)
    assert await browsed(contract) == ["a", "c"]


async def test_browsing_waits_until_nobody_else_browses_and_then_sees_everything(contract: As) -> None:
    await parked(contract, "a", "b")
    async with contract("api").browse(DEAD, 100):
        second = asyncio.create_task(browsed(contract))
        await asyncio.sleep(0.5)
        assert not second.done()
    async with asyncio.timeout(30):
        assert await second == ["a", "b"]


async def test_a_monitor_receives_statuses_and_reads_depths(contract: As) -> None:
    await publish(contract("api"), FALLBACK_DESTINATION, message())
    async with contract("api").monitor() as monitor, contract("generator").publisher() as publisher:
        await publisher.announce(STATUS_DESTINATION, Envelope("GeneratorStatus", "w1", b"{}"))
        async with asyncio.timeout(30):
            [status] = await monitor.take(10)
            while (await monitor.depths())[FALLBACK].ready != 1:
                await asyncio.sleep(0.05)
        assert status.envelope.message_id == "w1"
        assert (await monitor.depths())[JOBS].consumers == 0


async def test_a_probe_goes_through_a_queue_that_works_and_leaves_nothing_behind(contract: As) -> None:
    async with contract("api").prober() as prober, asyncio.timeout(30):
        for _ in range(3):
            await prober.check()


async def test_two_processes_probe_the_same_queue(contract: As) -> None:
    async with contract("api").prober() as one, contract("api").prober() as other, asyncio.timeout(30):
        for _ in range(5):
            await asyncio.gather(one.check(), other.check())
