"""A generator on the in-memory broker, and the pauses between two checks of its engine."""

import asyncio

from tests.support.broker.memory_broker import MemoryBroker

from homework_generator.engines.engine import EngineStarter
from homework_generator.serve import Generator
from homework_generator.settings import GeneratorSettings
from homework_shared.messaging.topology import RESULTS
from homework_shared.worker.stats import WorkerStats

QUALIFYING = 6


def generator(broker: MemoryBroker, starter: EngineStarter, **settings: object) -> Generator:
    given = GeneratorSettings.model_validate(
        {"worker_id": "gpu-1", "drain_seconds": 0.5, "qualifying_exercises": QUALIFYING} | settings
    )
    return Generator(given, broker, starter)


def results(broker: MemoryBroker) -> int:
    return len(broker.queues[RESULTS].ready)


class Ticks:
    """Replaces the pauses between two checks of the engine. A token arrives in each of `every` pauses."""

    def __init__(self, stats: WorkerStats, every: int | None, last: int) -> None:
        self._stats, self._every, self._last = stats, every, last
        self.count = 0

    async def __call__(self, stop: asyncio.Event, _seconds: float) -> None:
        self.count += 1
        if self._every and self.count % self._every == 0:
            self._stats.tokens += 1
        if self.count == self._last:
            stop.set()
