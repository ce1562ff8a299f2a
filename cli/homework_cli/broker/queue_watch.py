"""Checks at intervals whether the queues of a running broker accept messages."""

import asyncio
import time
from collections.abc import Callable

from pydantic import SecretStr

from homework_shared.errors import HomeworkError, QueuesDown
from homework_shared.messaging.broker import RabbitBroker
from homework_shared.messaging.link import Timeouts
from homework_shared.observability.logs import quiet_amqp_libraries
from homework_shared.settings import BrokerSettings

EVERY_SECONDS = 10.0
LOOKS = 2
"""The number of checks in a row that must find the queues down before a restart. A single one may have met a
broker that is only slow.
"""
_TIMEOUTS = Timeouts(call_seconds=5.0)


class QueueWatch:
    def __init__(self, url: Callable[[], str], clock: Callable[[], float] = time.monotonic) -> None:
        """`url` is the broker's address with a user who may probe the queues."""
        self._url = url
        self._clock = clock
        self._next_look = clock() + EVERY_SECONDS
        self._found_down = 0
        quiet_amqp_libraries()

    def are_down(self) -> bool:
        """Whether several checks in a row have found the queues down, although the broker answers.

        A broker that does not answer is not restarted, and neither is one in an alarm.
        """
        if self._is_due():
            self._found_down = self._found_down + 1 if isinstance(self._look(), QueuesDown) else 0
        return self._found_down >= LOOKS

    def problem_when_due(self) -> HomeworkError | None:
        """The result of a check, if one was due."""
        return self._look() if self._is_due() else None

    def restarted(self) -> None:
        self._found_down = 0
        self._next_look = self._clock() + EVERY_SECONDS

    def _is_due(self) -> bool:
        if self._clock() < self._next_look:
            return False
        self._next_look = self._clock() + EVERY_SECONDS
        return True

    def _look(self) -> HomeworkError | None:
        try:
            asyncio.run(self._probe())
        except HomeworkError as error:
            return error
        return None

    async def _probe(self) -> None:
        broker = RabbitBroker(
            BrokerSettings(amqp_url=SecretStr(self._url())), "homework-up", timeouts=_TIMEOUTS
        )
        async with broker.prober() as prober:
            await prober.check()
