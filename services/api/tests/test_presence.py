"""What the API keeps of the statuses that generators announce."""

import json
from pathlib import Path

from tests.support.api.pipeline import QUICK, now, running
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.waiting import eventually

from homework_api.pipeline.presence import GeneratorPresence
from homework_shared.exercises.messages import FaultCount
from homework_shared.messaging.topology import STATUS_DESTINATION
from homework_shared.messaging.transport import Envelope

COUNTED = {"tries": 4, "usable": 3, "faults": [{"name": "level", "count": 1}]}
GOLDEN = Path(__file__).parents[3] / "tests" / "contract" / "golden" / "GeneratorStatus.json"


def announcement(worker_id: str, counted: dict[str, object]) -> Envelope:
    """A status with these counts and no others."""
    golden = json.loads(GOLDEN.read_text())
    plain = {name: value for name, value in golden.items() if name not in COUNTED}
    body = json.dumps(plain | {"worker_id": worker_id} | counted).encode()
    return Envelope("GeneratorStatus", worker_id, body)


async def test_old_statuses_are_kept_beside_new_ones_and_impossible_counts_are_not() -> None:
    broker = MemoryBroker()
    presence = GeneratorPresence(broker, now, QUICK)
    async with running(presence.run), broker.publisher() as publisher:
        await eventually(lambda: presence.problem is None)
        for worker_id, counted in {
            "forged": COUNTED | {"usable": 2**60},
            "endless": COUNTED | {"faults": [{"name": "level", "count": 0}] * 10_000},
            "old": {},
            "new": COUNTED,
        }.items():
            await publisher.announce(STATUS_DESTINATION, announcement(worker_id, counted))
        await eventually(lambda: len(presence.generators()) == 2)
    kept = {seen.status.worker_id: seen.status for seen in presence.generators()}
    assert set(kept) == {"old", "new"}
    assert (kept["old"].tries, kept["old"].faults) == (0, ())
    assert (kept["new"].tries, kept["new"].usable) == (4, 3)
    assert kept["new"].faults == (FaultCount(name="level", count=1),)
