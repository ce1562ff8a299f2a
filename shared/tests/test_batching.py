"""Calls that arrive during a send are sent together in the next one."""

import asyncio
from collections.abc import Sequence

import pytest

from homework_shared.messaging.batching import Batcher


class SlowSend:
    """Records the batches, and completes none before `go` is set."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.go = asyncio.Event()

    async def __call__(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        await self.go.wait()
        return [item * 10 for item in items]


async def test_each_caller_gets_its_own_outcome_and_the_items_that_wait_go_in_one_batch() -> None:
    send_slowly = SlowSend()
    batcher = Batcher(send_slowly)
    first = asyncio.create_task(batcher(1))
    await asyncio.sleep(0.01)
    rest = [asyncio.create_task(batcher(number)) for number in (2, 3, 4)]
    await asyncio.sleep(0.01)
    assert send_slowly.batches == [[1]]
    send_slowly.go.set()
    assert await asyncio.gather(first, *rest) == [10, 20, 30, 40]
    assert send_slowly.batches == [[1], [2, 3, 4]]


async def test_a_call_is_made_at_once_when_none_is_under_way() -> None:
    send_slowly = SlowSend()
    send_slowly.go.set()
    batcher = Batcher(send_slowly)
    assert [await batcher(number) for number in (1, 2)] == [10, 20]
    assert send_slowly.batches == [[1], [2]]


async def test_an_error_reaches_every_caller_of_the_batch_and_no_other() -> None:
    async def send(items: Sequence[int]) -> Sequence[int]:
        await asyncio.sleep(0.01)
        if 2 in items:
            raise ConnectionError("gone")
        return items

    batcher = Batcher(send)
    first = asyncio.create_task(batcher(1))
    await asyncio.sleep(0)
    outcomes = await asyncio.gather(first, batcher(2), batcher(3), return_exceptions=True)
    assert outcomes[0] == 1
    assert [type(each) for each in outcomes[1:]] == [ConnectionError, ConnectionError]
    assert await batcher(4) == 4


async def test_a_caller_that_gives_up_does_not_disturb_the_others() -> None:
    send_slowly = SlowSend()
    batcher = Batcher(send_slowly)
    impatient, patient = (asyncio.create_task(batcher(number)) for number in (1, 2))
    await asyncio.sleep(0.01)
    impatient.cancel()
    send_slowly.go.set()
    assert await patient == 20
    with pytest.raises(asyncio.CancelledError):
        await impatient
