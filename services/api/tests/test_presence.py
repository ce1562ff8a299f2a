"""The data that the API stores from the statuses of generators."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from tests.support.api.application import FakeClock
from tests.support.api.pipeline import QUICK, now, running
from tests.support.broker import memory_broker
from tests.support.broker.memory_broker import MemoryBroker, MemoryMonitor
from tests.support.waiting import eventually

from homework_api.pipeline import presence as presence_module
from homework_api.pipeline.presence import MAX_PER_USER, ONLINE_SECONDS, GeneratorPresence
from homework_shared.errors import PublishRefused, QueuesDown, TopologyMismatch
from homework_shared.exercises.messages import FaultCount
from homework_shared.messaging.topology import STATUS_DESTINATION
from homework_shared.messaging.transport import Envelope, QueueDepth
from homework_shared.runtime import cancellation

COUNTED = {"tries": 4, "usable": 3, "faults": [{"name": "level", "count": 1}]}
GOLDEN = Path(__file__).parents[3] / "tests" / "contract" / "golden" / "GeneratorStatus.json"


def announcement(worker_id: str, said: Mapping[str, object]) -> Envelope:
    """A status with this content, and without other counts."""
    golden = json.loads(GOLDEN.read_text())
    plain = {name: value for name, value in golden.items() if name not in COUNTED}
    body = json.dumps(plain | {"worker_id": worker_id} | dict(said)).encode()
    return Envelope("GeneratorStatus", worker_id, body)


async def test_a_killed_gpu_is_gone_after_fifteen_seconds_though_the_clock_was_set_back() -> None:
    broker, clock, ticks = MemoryBroker(), FakeClock(), 0.0
    presence = GeneratorPresence(broker, clock, QUICK, lambda: ticks)
    async with running(presence.run), broker.publisher() as publisher:
        await eventually(lambda: presence.problem is None)
        await publisher.announce(STATUS_DESTINATION, announcement("gpu", COUNTED))
        await eventually(lambda: len(presence.generators()) == 1)
    clock.advance(-600)
    ticks = 14.0
    assert presence.generators()
    ticks = 16.0
    assert not presence.generators()


async def test_the_clock_of_a_generator_is_compared_with_ours() -> None:
    broker, clock = MemoryBroker(), FakeClock()
    sent_at = (clock() + timedelta(seconds=42)).isoformat()
    presence = GeneratorPresence(broker, clock, QUICK)
    async with running(presence.run), broker.publisher() as publisher:
        await eventually(lambda: presence.problem is None)
        await publisher.announce(STATUS_DESTINATION, announcement("gpu", COUNTED | {"sent_at": sent_at}))
        await eventually(lambda: len(presence.generators()) == 1)
    assert REGISTRY.get_sample_value("homework_clock_ahead_seconds", {"of": "vllm"}) == 42


class DeafMonitor(MemoryMonitor):
    """Ignores the first cancellation while it reads queue depths, as aiormq does while it
    closes a channel.
    """

    reading = asyncio.Event()

    async def depths(self) -> Mapping[str, QueueDepth]:
        if not self.reading.is_set():
            self.reading.set()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
        return await super().depths()


async def test_a_stop_that_the_broker_link_swallows_ends_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cancellation, "CANCEL_AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(memory_broker, "MemoryMonitor", DeafMonitor)
    presence = GeneratorPresence(MemoryBroker(), now, QUICK)
    async with running(presence.run):  # The test fails if a role has not ended twenty seconds after the stop.
        await DeafMonitor.reading.wait()


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


async def test_of_a_servers_url_only_the_address_is_kept_and_a_status_with_a_false_one_is_ignored() -> None:
    broker = MemoryBroker()
    presence = GeneratorPresence(broker, now, QUICK)
    async with running(presence.run), broker.publisher() as publisher:
        await eventually(lambda: presence.problem is None)
        for worker_id, said in {
            "script": {"server": "javascript:alert(1)"},
            "escape": {"engine": "\x1b[2J"},
            "endless": {"engine": "x" * 201},
            "mac": {"engine": "Ollama", "server": "http://ada:secret@127.0.0.1:11434/v1?key=secret"},
        }.items():
            await publisher.announce(STATUS_DESTINATION, announcement(worker_id, said))
        await eventually(lambda: bool(presence.generators()))
    kept = [(seen.status.worker_id, seen.status.engine, seen.status.server) for seen in presence.generators()]
    assert kept == [("mac", "Ollama", "http://127.0.0.1:11434")]


@pytest.mark.parametrize("fault", [QueuesDown(), PublishRefused("the broker is in an alarm")])
async def test_a_broker_that_accepts_no_messages_is_reported_until_it_accepts_them_again(
    fault: QueuesDown | PublishRefused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence_module, "PROBE_SECONDS", 0.01)
    broker = MemoryBroker()
    broker.queues_fail_with = fault
    presence = GeneratorPresence(broker, now, QUICK)
    async with running(presence.run):
        await eventually(lambda: presence.problem == str(fault))
        assert presence.broker_answers()
        broker.queues_fail_with = None
        await eventually(lambda: presence.problem is None)


async def test_the_service_is_ready_only_after_a_probe_message_passed_the_broker() -> None:
    broker = MemoryBroker()
    presence = GeneratorPresence(broker, now, QUICK)
    tried = asyncio.Event()

    class Slow:
        async def check(self) -> None:
            tried.set()
            await asyncio.Event().wait()

    @asynccontextmanager
    async def prober() -> AsyncIterator[Slow]:
        yield Slow()

    broker.prober = prober  # type: ignore[method-assign,assignment]
    async with running(presence.run):
        await tried.wait()
        await eventually(presence.broker_answers)
        assert presence.problem is not None


async def test_a_broker_that_has_lost_its_queues_while_connected_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(presence_module, "PROBE_SECONDS", 0.01)
    broker = MemoryBroker()
    presence = GeneratorPresence(broker, now, QUICK)
    async with running(presence.run):
        await eventually(lambda: presence.problem is None)
        broker.queues_fail_with = TopologyMismatch("run `homework broker apply`")
        await eventually(lambda: presence.problem == "run `homework broker apply`")


async def test_a_broker_that_does_not_answer_says_what_to_do() -> None:
    broker = MemoryBroker()
    broker.up = False
    presence = GeneratorPresence(broker, now, QUICK)
    async with running(presence.run):
        await eventually(lambda: "start RabbitMQ" in str(presence.problem))
    assert not presence.broker_answers()


async def test_a_new_generator_replaces_only_a_silent_one_in_the_full_list() -> None:
    broker, elapsed = MemoryBroker(), [0.0]
    presence = GeneratorPresence(broker, now, QUICK, lambda: elapsed[0])
    async with running(presence.run), broker.publisher() as publisher:
        await eventually(lambda: presence.problem is None)
        for number in range(MAX_PER_USER + 1):
            await publisher.announce(STATUS_DESTINATION, announcement(f"w{number}", {}))
        await eventually(lambda: len(presence.generators()) == MAX_PER_USER)
        elapsed[0] += ONLINE_SECONDS
        await publisher.announce(STATUS_DESTINATION, announcement("w0", {}))  # The worker is online again.
        await eventually(lambda: presence.generators()[0].heard_at == elapsed[0])
        elapsed[0] += 0.1
        await publisher.announce(STATUS_DESTINATION, announcement("newcomer", {}))
        await eventually(
            lambda: {each.status.worker_id for each in presence.generators()} == {"newcomer", "w0"}
        )
