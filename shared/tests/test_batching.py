"""Calls that come while one is under way are made together in the next."""

import asyncio
from collections.abc import Sequence

import pytest

from homework_shared.messaging.batching import Batcher


class Sent:
    """Notes the batches; holds each back until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.go = asyncio.Event()

    async def __call__(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        await self.go.wait()
        return [item * 10 for item in items]


async def test_each_caller_gets_its_own_answer_and_what_waits_goes_in_one_batch() -> None:
    sent = Sent()
    together = Batcher(sent)
    first = asyncio.create_task(together(1))
    await asyncio.sleep(0.01)
    rest = [asyncio.create_task(together(number)) for number in (2, 3, 4)]
    await asyncio.sleep(0.01)
    assert sent.batches == [[1]]
    sent.go.set()
    assert await asyncio.gather(first, *rest) == [10, 20, 30, 40]
    assert sent.batches == [[1], [2, 3, 4]]


async def test_at_rest_a_call_is_made_at_once() -> None:
    sent = Sent()
    sent.go.set()
    together = Batcher(sent)
    assert [await together(number) for number in (1, 2)] == [10, 20]
    assert sent.batches == [[1], [2]]


async def test_an_error_reaches_everybody_in_the_batch_and_nobody_else() -> None:
    async def send(items: Sequence[int]) -> Sequence[int]:
        await asyncio.sleep(0.01)
        if 2 in items:
            raise ConnectionError("gone")
        return items

    together = Batcher(send)
    first = asyncio.create_task(together(1))
    await asyncio.sleep(0)
    outcomes = await asyncio.gather(first, together(2), together(3), return_exceptions=True)
    assert outcomes[0] == 1
    assert [type(each) for each in outcomes[1:]] == [ConnectionError, ConnectionError]
    assert await together(4) == 4


async def test_a_caller_that_gives_up_takes_nothing_from_the_others() -> None:
    sent = Sent()
    together = Batcher(sent)
    impatient, patient = (asyncio.create_task(together(number)) for number in (1, 2))
    await asyncio.sleep(0.01)
    impatient.cancel()
    sent.go.set()
    assert await patient == 20
    with pytest.raises(asyncio.CancelledError):
        await impatient
