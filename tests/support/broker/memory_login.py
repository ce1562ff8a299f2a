"""The in-memory broker as one of its users."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from homework_shared.messaging.transport import Delivery
from tests.support.broker.memory_broker import (
    MemoryBroker,
    MemoryConsumer,
    MemoryMonitor,
    MemoryProber,
    MemoryPublisher,
)


@dataclass(frozen=True)
class MemoryLogin:
    """A `Broker` whose links sign in as `user`. It does not check the user's rights, which the tests with
    RabbitMQ do.
    """

    broker: MemoryBroker
    user: str

    def publisher(self) -> AbstractAsyncContextManager[MemoryPublisher]:
        return self.broker.publisher(self.user)

    def consumer(self, queue: str, prefetch: int) -> AbstractAsyncContextManager[MemoryConsumer]:
        return self.broker.consumer(queue, prefetch, self.user)

    def monitor(self) -> AbstractAsyncContextManager[MemoryMonitor]:
        return self.broker.monitor(self.user)

    def prober(self) -> AbstractAsyncContextManager[MemoryProber]:
        return self.broker.prober()

    def browse(self, queue: str, limit: int) -> AbstractAsyncContextManager[Sequence[Delivery]]:
        return self.broker.browse(queue, limit, self.user)
