"""Steps for the results consumer on the in-memory broker."""

from homework_api.pipeline import metrics
from homework_shared.exercises.messages import Message
from homework_shared.messaging.topology import DEAD, RESULT_DESTINATION, RESULTS
from homework_shared.messaging.transport import Envelope
from tests.support.api.pipeline import Pipeline
from tests.support.api.pipeline_steps import with_tokens
from tests.support.broker.clients import send
from tests.support.broker.memory_broker import MemoryBroker


async def answer(pipeline: Pipeline, memory: MemoryBroker, *answers: Message | Envelope) -> None:
    """Send results with the tokens of their jobs."""
    await send(memory, RESULT_DESTINATION, *await with_tokens(pipeline.database, answers))


def is_settled(memory: MemoryBroker) -> bool:
    return not memory.queues[RESULTS].ready and not memory.queues[RESULTS].unsettled


def parked(memory: MemoryBroker) -> list[str]:
    return [stored.envelope.message_id for stored in memory.queues[DEAD].ready]


def count_of(outcome: str) -> float:
    return float(metrics.results.labels(outcome)._value.get())
