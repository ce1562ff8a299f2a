"""A thousand bad messages in each queue of running services. Each is parked, refused or counted, the
processes keep running, and a class's homework that is requested meanwhile is written in time.
"""

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import Any
from uuid import UUID, uuid4

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from homework_api.pipeline.presence import MAX_PER_USER
from homework_shared.exercises.messages import (
    FaultCount,
    GenerateHomework,
    GeneratorKind,
    GeneratorStatus,
    HomeworkGenerated,
)
from homework_shared.messaging.broker import STATUS_QUEUE_BYTES
from homework_shared.messaging.topology import (
    DEAD,
    FALLBACK,
    FALLBACK_DESTINATION,
    JOB_DESTINATION,
    JOBS,
    RESULT_DESTINATION,
    RESULTS,
    STATUS_DESTINATION,
)
from homework_shared.messaging.transport import Destination, Envelope, envelop
from tests.support.broker.bad_messages import CANARY, TOO_LONG, UNREADABLE_PROPERTIES, lie, malformed
from tests.support.broker.clients import rabbit, send
from tests.support.broker.raw_amqp import RawMessage, raw_publisher
from tests.support.messages import job
from tests.support.processes import LATENESS_ALLOWED, ServiceProcess, Stack, seconds_late

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

MALFORMED, RAW, LIES = 800, 100, 50
# A batch of 300 of the longest accepted messages is 75 MiB. What Python keeps of one freed batch is not
# growth. A leak of every body would add about 100 MiB for each queue.
GROWTH_ALLOWED = 100 * 2**20
LOG_BYTES_A_MESSAGE = 1_500
IGNORED = "homework_statuses_ignored_total"


@dataclass
class Attack:
    services: Stack
    processes: Sequence[ServiceProcess]

    def __post_init__(self) -> None:
        self.pids = [process.pid for process in self.processes]
        self.memory = [self._resident(pid) for pid in self.pids]
        self.sent = 0

    def send(self, user: str, route: Destination, envelopes: Sequence[Envelope]) -> None:
        asyncio.run(self._publish(user, route, envelopes))
        self.sent += len(envelopes)

    def send_unreadable(self, user: str, route: Destination) -> None:
        with raw_publisher(self.services.broker.amqp_url(user)) as publisher:
            for properties in islice(cycle(UNREADABLE_PROPERTIES.values()), RAW):
                publisher.publish(route.exchange, route.key, RawMessage(CANARY.encode(), properties))
        self.sent += RAW

    def is_refused(self, user: str, route: Destination, body: bytes) -> bool:
        with raw_publisher(self.services.broker.amqp_url(user)) as publisher:
            try:
                publisher.publish(route.exchange, route.key, RawMessage(body, {}))
            except ConnectionRefusedError:
                return True
        return False

    def counted(self, name: str, **labels: str) -> int:
        text = self.services.metrics()
        samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
        wanted = (s.value for s in samples if s.name == name and labels.items() <= s.labels.items())
        return round(sum(wanted))

    def results(self, outcome: str) -> int:
        return self.counted("homework_results_total", outcome=outcome)

    def depth(self, queue: str) -> int:
        """The number of messages in a queue, ready and unsettled."""
        broker = self.services.broker
        auth = ("ops", broker.password("ops"))
        answer = httpx.get(f"{broker.management_url}/api/queues/%2F/{queue}", auth=auth, timeout=60)
        return int(answer.json().get("messages", -1))

    def check_that_nobody_was_hurt(self) -> None:
        assert [process.pid for process in self.processes if process.running] == self.pids
        growth = [self._resident(pid) - was for pid, was in zip(self.pids, self.memory, strict=True)]
        assert max(growth) < GROWTH_ALLOWED, growth
        for process in self.processes:
            log = process.log.read_text()
            assert CANARY not in log
            assert "Traceback" not in log
            assert len(log) < LOG_BYTES_A_MESSAGE * self.sent, len(log)

    def check_that_nothing_waits(self) -> None:
        self.services.wait(lambda: not any(map(self.depth, (JOBS, FALLBACK, RESULTS))), 60)

    async def _publish(self, user: str, route: Destination, envelopes: Sequence[Envelope]) -> None:
        client = rabbit(self.services.broker, user)
        if route is not STATUS_DESTINATION:
            await send(client, route, *envelopes)
            return
        async with client.publisher() as publisher:
            for envelope in envelopes:
                await publisher.announce(route, envelope)

    def _resident(self, pid: int) -> int:
        memory: int = psutil.Process(pid).memory_info().rss
        return memory


def class_in_time(services: Stack, assignment_id: int) -> None:
    done = services.wait_for_completion(assignment_id, 60)
    assert (done["status"], done["progress"]["available"]) == ("completed", 3), services.logs()
    assert seconds_late(done) < LATENESS_ALLOWED


def job_ids(services: Stack, assignment_id: int) -> list[UUID]:
    with closing(sqlite3.connect(services.folder / "homework.db")) as database:
        asked = "SELECT job_id FROM homework WHERE assignment_id = ?"
        return [UUID(row[0]) for row in database.execute(asked, (assignment_id,))]


@pytest.fixture
def attack(services: Stack) -> Attack:
    processes = [services.api(), services.mock(), services.gpu_like(seconds=0.05)]
    services.wait_until_up()
    services.wait(lambda: services.client.get("/api/ops/overview").json()["mode"] == "gpu", 60)
    services.wait_for_completion(services.assign(students=3)["id"], 60)
    return Attack(services, processes)


@pytest.mark.parametrize("route", [JOB_DESTINATION, FALLBACK_DESTINATION], ids=["jobs", "fallback"])
def test_bad_jobs_are_parked_one_by_one(attack: Attack, route: Destination) -> None:
    services = attack.services
    attack.send("api", route, malformed(GenerateHomework, MALFORMED))
    created = services.assign(students=3)
    attack.send_unreadable("api", route)
    attack.send("api", route, [envelop(job(), "nobody asked for it") for _ in range(LIES)])
    class_in_time(services, created["id"])
    # The messages pass through every queue: a job that the GPU rejects goes to the mock, and one that the
    # mock rejects is parked.
    services.wait(lambda: attack.depth(DEAD) == MALFORMED + RAW, 60)
    services.wait(lambda: attack.results("unknown") == LIES, 60)
    assert attack.is_refused("api", route, TOO_LONG)
    attack.check_that_nothing_waits()
    attack.check_that_nobody_was_hurt()


def test_bad_results_are_parked_or_have_no_effect(attack: Attack) -> None:
    services = attack.services
    started = services.assign(students=3)
    class_in_time(services, started["id"])
    written = [start_homework(services, student_id) for student_id in started["student_ids"]]
    attack.send("generator", RESULT_DESTINATION, malformed(HomeworkGenerated, MALFORMED))
    created = services.assign(students=3)
    lies = [*cycle_of(job_ids(services, started["id"])), *cycle_of(job_ids(services, created["id"]))]
    attack.send("generator", RESULT_DESTINATION, [envelop(lie(job_id), str(job_id)) for job_id in lies])
    attack.send("generator", RESULT_DESTINATION, [envelop(lie(uuid4()), "unknown") for _ in range(LIES)])
    attack.send_unreadable("generator", RESULT_DESTINATION)
    class_in_time(services, created["id"])
    services.wait(lambda: attack.results("wrong_token") == len(lies), 60)
    services.wait(
        lambda: (attack.results("malformed"), attack.results("unknown")) == (MALFORMED + RAW, LIES), 60
    )
    services.wait(lambda: attack.depth(DEAD) == MALFORMED + RAW + len(lies), 60)
    assert attack.is_refused("generator", RESULT_DESTINATION, TOO_LONG)
    assert [services.homework(student_id)[0] for student_id in started["student_ids"]] == written
    attack.check_that_nothing_waits()
    attack.check_that_nobody_was_hurt()


def test_bad_statuses_are_counted_and_false_ones_do_not_pile_up(attack: Attack) -> None:
    services, ignored = attack.services, attack.counted(IGNORED)
    for part in parts_of(malformed(GeneratorStatus, MALFORMED // 4), STATUS_QUEUE_BYTES // 2):
        attack.send("generator", STATUS_DESTINATION, part)
        ignored += len(part)
        services.wait(lambda expected=ignored: attack.counted(IGNORED) == expected, 60)  # type: ignore[misc]
    attack.send_unreadable("generator", STATUS_DESTINATION)
    attack.send("generator", STATUS_DESTINATION, [envelop(status(number), "") for number in range(1_000)])
    created = services.assign(students=3)
    ignored += RAW + 1_000  # A GPU's user may not claim to be a mock generator.
    services.wait(lambda: attack.counted(IGNORED) == ignored, 60)
    class_in_time(services, created["id"])
    assert len(services.client.get("/api/ops/overview").json()["generators"]) <= MAX_PER_USER
    assert attack.is_refused("generator", STATUS_DESTINATION, TOO_LONG)
    attack.check_that_nobody_was_hurt()


def parts_of(envelopes: Sequence[Envelope], most_bytes: int) -> Iterator[list[Envelope]]:
    """The same in order, in parts of so many bytes. While the API stands still, its queue of statuses keeps
    no more than the newest of them.
    """
    part: list[Envelope] = []
    for envelope in envelopes:
        if part and sum(len(each.body) for each in [*part, envelope]) > most_bytes:
            yield part
            part = []
        part.append(envelope)
    yield part


def cycle_of(jobs: Sequence[UUID]) -> list[UUID]:
    return list(islice(cycle(jobs), LIES))


def start_homework(services: Stack, student_id: int) -> dict[str, Any]:
    [homework] = services.homework(student_id)
    answer = services.client.post(f"/api/student/{student_id}/homework/{homework['id']}/start")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def status(number: int) -> GeneratorStatus:
    return GeneratorStatus(
        worker_id=f"{CANARY}-{number}", kind=GeneratorKind.MOCK, model="m", in_flight=2**60, done=2**60,
        tokens_per_second=1e300, version="0", started_at=datetime.now(UTC), tries=2**53 - 1, usable=number,
        faults=tuple(FaultCount(name=letter * 40, count=2**40) for letter in "abcdefgh"),
    )  # fmt: skip
