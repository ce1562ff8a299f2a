"""Real processes with a real broker are killed and stopped at the worst moments, and no homework is lost."""

import time
from datetime import datetime
from typing import Any

import pytest

from tests.support.broker.brokers import BrokerProcess
from tests.support.broker.leftovers import clear
from tests.support.processes import LATENESS_ALLOWED, Stack, seconds_late


@pytest.fixture
def broker(fragile_broker: BrokerProcess) -> BrokerProcess:
    """A broker for this file alone, because its tests stop and kill it."""
    clear(fragile_broker)
    return fragile_broker


def texts(homework: dict[str, Any]) -> list[str]:
    return [exercise["question"] for exercise in homework["exercises"]]


def test_a_class_without_a_gpu_reads_its_homework_from_the_mock_by_the_deadline(services: Stack) -> None:
    services.api()
    services.mock()
    services.wait_until_up()
    created = services.assign(students=3, deadline_seconds=None)
    assert created["status"] == "pending"
    assert created["progress"] == {
        "total": 3,
        "available": 0,
        "failed": 0,
        "by_generator": {"mock": 0, "vllm": 0},
        "submitted": 0,
    }
    done = services.wait_for_completion(created["id"], 60)
    assert done["status"] == "completed"
    assert seconds_late(done) < LATENESS_ALLOWED
    assert done["progress"]["by_generator"] == {"mock": 3, "vllm": 0}
    for student_id in created["student_ids"]:
        [homework] = services.homework(student_id)
        assert (homework["status"], homework["generated_by"]) == ("available", "mock")
        assert len(homework["exercises"]) == 3
    first, second, third = (texts(services.homework(id_)[0]) for id_ in created["student_ids"])
    assert first != second != third != first


def test_an_online_gpu_writes_the_homework_and_the_default_deadline_is_a_minute(services: Stack) -> None:
    services.api()
    services.gpu_like(seconds=0.2)
    services.wait_until_up()
    services.wait(lambda: services.client.get("/api/ops/overview").json()["mode"] == "gpu", 60)
    created = services.assign(students=5, deadline_seconds=None)
    given = datetime.fromisoformat(created["deadline_at"]) - datetime.fromisoformat(created["created_at"])
    assert given.total_seconds() == 60
    done = services.wait_for_completion(created["id"], 60)
    assert done["progress"]["by_generator"] == {"mock": 0, "vllm": 5}


def test_an_api_killed_between_commit_and_publish_still_delivers(services: Stack) -> None:
    http = services.api("http")  # No relay runs, so the jobs are committed and not published.
    services.mock()
    services.wait_until_up()
    created = services.assign(students=3)
    http.kill()
    services.api("serve")
    done = services.wait_for_completion(created["id"], 60)
    assert done["progress"]["by_generator"] == {"mock": 3, "vllm": 0}


def test_while_the_broker_is_stopped_posts_are_accepted_and_everything_arrives_afterwards(
    services: Stack,
) -> None:
    services.api()
    services.mock()
    services.wait_until_up()
    services.broker.stop()
    created = []
    for _ in range(8):
        created.append(services.assign(students=2)["id"])
        time.sleep(1)
    ready = services.client.get("/ready")
    assert (ready.status_code, ready.json()["down"]) == (200, ["broker"])
    services.broker.start()
    for assignment_id in created:
        done = services.wait_for_completion(assignment_id, 60)
        assert done["progress"]["by_generator"] == {"mock": 2, "vllm": 0}


def test_a_broker_killed_with_jobs_in_its_queues_loses_none(services: Stack) -> None:
    services.api()
    services.mock()
    services.wait_until_up()
    created = services.assign(students=20, deadline_seconds=15)
    services.wait(lambda: services.assignment(created["id"])["status"] == "generating", 60)
    services.broker.kill()
    services.broker.start()
    done = services.wait_for_completion(created["id"], 60)
    assert done["progress"]["by_generator"] == {"mock": 20, "vllm": 0}


def test_a_job_whose_worker_is_killed_is_done_by_another(services: Stack) -> None:
    services.api()
    first = services.gpu_like(seconds=60)
    services.wait_until_up()
    created = services.assign(students=3, deadline_seconds=600)
    services.wait(lambda: b'"worker_connected"' in first.log.read_bytes(), 60)
    services.wait(lambda: services.assignment(created["id"])["status"] == "generating", 60)
    time.sleep(1)
    first.kill()
    services.gpu_like(seconds=0.1)
    done = services.wait_for_completion(created["id"], 60)
    assert done["progress"]["by_generator"] == {"mock": 0, "vllm": 3}


def test_a_short_deadline_behind_a_long_one_is_served_in_time(services: Stack) -> None:
    services.api()
    services.mock()
    services.wait_until_up()
    patient = services.assign(deadline_seconds=600)
    services.wait(lambda: services.assignment(patient["id"])["status"] == "generating", 60)
    urgent = services.assign(deadline_seconds=5)
    done = services.wait_for_completion(urgent["id"], 60)
    assert seconds_late(done) < LATENESS_ALLOWED
    assert done["progress"]["by_generator"] == {"mock": 1, "vllm": 0}
    assert services.assignment(patient["id"])["progress"]["available"] == 0


def test_a_worker_that_hangs_past_the_deadline_does_not_hold_the_homework(services: Stack) -> None:
    services.api()
    services.mock()
    services.gpu_like(seconds=600)
    services.wait_until_up()
    created = services.assign(students=2, deadline_seconds=5)
    done = services.wait_for_completion(created["id"], 60)
    assert seconds_late(done) < LATENESS_ALLOWED
    assert done["progress"]["by_generator"] == {"mock": 2, "vllm": 0}
    [homework] = services.homework(created["student_ids"][0])
    assert homework["generated_by"] == "mock"


def test_sigterm_ends_every_process_cleanly(services: Stack) -> None:
    api, mock, gpu = services.api(), services.mock(), services.gpu_like(seconds=600)
    services.wait_until_up()
    services.assign(deadline_seconds=600)
    time.sleep(1)
    started = time.monotonic()
    assert [gpu.stop(), mock.stop(), api.stop()] == [0, 0, 0]
    assert time.monotonic() - started < 40  # Kubernetes allows each of them as much.
