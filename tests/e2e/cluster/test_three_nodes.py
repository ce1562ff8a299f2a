"""In a cluster of three nodes, one may die under load. The loss of two only delays work."""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from homework_shared.messaging.topology import JOBS, QUEUES
from tests.support.broker.brokers import need_docker
from tests.support.broker.cluster import NODES, Cluster, three_nodes
from tests.support.processes import Stack

CLASS, CLASSES = 50, 100
PAUSE_SECONDS = 0.3
DOWN_SECONDS = 3.0
RELAY = "api-http-relay-results/publish"
RESUMES_WITHIN_SECONDS = 30.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    need_docker()
    with three_nodes() as cluster:
        yield cluster


@pytest.fixture
def services(cluster: Cluster, tmp_path: Path) -> Iterator[Stack]:
    broker: Any = cluster
    services = Stack(broker, tmp_path)
    services.api()
    services.mock()
    for _ in range(2):
        services.gpu_like(seconds=0.05)
    services.wait_until_up()
    try:
        yield services
    finally:
        services.close()


def published(services: Stack) -> tuple[float, float]:
    """The number of jobs that the broker has confirmed, and of rows in the outbox."""
    text = services.metrics()
    done = re.findall(r"^homework_jobs_published_total\{.*\} (\S+)$", text, re.MULTILINE)
    [owed] = re.findall(r"^homework_outbox_rows (\S+)$", text, re.MULTILINE)
    return sum(map(float, done)), float(owed)


def longest_silence(services: Stack, posting: Future[list[int]]) -> float:
    """The longest time without a confirm while rows were pending. It returns when everything is posted and no
    row is left.
    """
    longest, since, (before, _) = 0.0, time.monotonic(), published(services)
    while True:
        now, owed = published(services)
        if now > before or owed == 0:
            since, before = time.monotonic(), now
        longest = max(longest, time.monotonic() - since)
        if owed == 0 and posting.done():
            return longest
        assert longest < 60, services.logs()
        time.sleep(0.1)


def assign_classes(
    services: Stack,
    count: int,
    pause: float = 0,
    deadline_seconds: int = 300,
    go_on: Callable[[], bool] = lambda: False,
) -> list[int]:
    """Assign homework to a class `count` times, and then as long as `go_on` says. Gives the assignments."""
    students = services.assign(students=CLASS, quantity=1, deadline_seconds=300)["student_ids"]
    made: list[int] = []
    while len(made) < count or go_on():
        body = {
            "cefr_level": "A2",
            "quantity": 1,
            "student_ids": students,
            "deadline_seconds": deadline_seconds,
        }
        answer = services.client.post("/api/teacher/assignments", json=body)
        made.append(int(answer.raise_for_status().json()["id"]))
        time.sleep(pause)
    return made


def all_available(services: Stack, students: int) -> bool:
    counts = services.client.get("/api/ops/overview").json()["homework"]["by_status"]
    return bool(counts["available"] == students and sum(counts.values()) == students)


def has_all_members(cluster: Cluster, queue: str) -> bool:
    return cluster.online_members(queue) == set(NODES)


def test_every_queue_has_a_member_on_every_node(cluster: Cluster) -> None:
    for queue in QUEUES:
        cluster.until(partial(has_all_members, cluster, queue.name))


def test_nodes_die_while_five_thousand_jobs_flow_and_none_is_lost(cluster: Cluster, services: Stack) -> None:
    jobs = CLASS * (CLASSES + 1)
    nodes_died = Event()
    with ThreadPoolExecutor(2) as beside:
        posting = beside.submit(
            assign_classes, services, CLASSES, PAUSE_SECONDS, go_on=lambda: not nodes_died.is_set()
        )
        services.wait(lambda: published(services)[0] > jobs / 5, 120)
        silence = beside.submit(longest_silence, services, posting)
        try:
            let_nodes_die(cluster, posting)
        finally:
            nodes_died.set()
        print(f"\nthe longest wait for a confirm: {silence.result():.1f} s")
        assert silence.result() < RESUMES_WITHIN_SECONDS
    services.wait(lambda: all_available(services, CLASS * (len(posting.result()) + 1)), 240)


def let_nodes_die(cluster: Cluster, posting: Future[list[int]]) -> None:
    """Kill the node of the queue's leader and then the relay's own, and start each again."""
    for who in ("the queue's leader", "the relay's own node"):
        victim = cluster.leader(JOBS) if who == "the queue's leader" else cluster.node_of(RELAY)
        victim.kill()
        assert not posting.done(), "nothing flowed any more"
        time.sleep(DOWN_SECONDS)
        victim.start()
        for queue in QUEUES:
            cluster.until(partial(has_all_members, cluster, queue.name))


def test_work_that_fell_due_without_a_majority_is_done_when_it_is_back(
    cluster: Cluster, services: Stack
) -> None:
    gone = [cluster.nodes[name] for name in NODES[1:]]
    for node in gone:
        node.kill()
    made = assign_classes(services, 3, deadline_seconds=5)
    time.sleep(8)
    assert {services.assignment(each)["status"] for each in made} <= {"pending", "generating"}
    for node in gone:
        node.start()
    cluster.until(lambda: cluster.running() == set(NODES))
    services.wait(lambda: all_available(services, CLASS * 4), 240)
