"""A queue that has room for only a few messages."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx

from homework_shared.messaging import topology
from tests.support.broker.brokers import BrokerProcess
from tests.support.broker.memory_broker import MemoryBroker


@contextmanager
def room_for(broker: MemoryBroker | BrokerProcess, queue: str, count: int) -> Iterator[None]:
    """While the block runs, `queue` holds at most `count` messages. Afterwards its limit is the
    topology's.
    """
    _limit(broker, queue, {"max-length": count})
    try:
        yield
    finally:
        _limit(broker, queue, {})


def _limit(broker: MemoryBroker | BrokerProcess, queue: str, limits: dict[str, int]) -> None:
    if isinstance(broker, MemoryBroker):
        spec = next(each for each in topology.QUEUES if each.name == queue)
        broker.queues[queue].spec = replace(spec, limits={**spec.limits, **limits})
    else:
        _limit_by_policy(broker, queue, limits)


def _limit_by_policy(broker: BrokerProcess, queue: str, limits: dict[str, int]) -> None:
    [policy] = [each for each in topology.policies() if each["name"] == queue]
    changed = policy | {"definition": policy["definition"] | limits}
    auth = ("ops", broker.password("ops"))
    with httpx.Client(base_url=broker.management_url, auth=auth, timeout=60) as client:
        client.put(f"/api/policies/%2F/{queue}", json=changed).raise_for_status()
