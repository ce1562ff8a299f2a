"""During a rollout, processes of the previous version work beside the new ones on the same database."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.broker.brokers import BrokerProcess, free_port
from tests.support.broker.leftovers import clear
from tests.support.processes import Stack
from tests.support.version_before import COMMIT, is_in_history, unpack_version_before
from tests.support.waiting import wait_until

pytestmark = pytest.mark.skipif(not is_in_history(), reason=f"this clone's history lacks {COMMIT}")


@pytest.fixture
def broker(fragile_broker: BrokerProcess) -> BrokerProcess:
    """A broker for this file alone, because the previous version declares its own queues on it."""
    clear(fragile_broker)
    return fragile_broker


class Version:
    """The REST API of one version."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(method, self._url + path, json=body, timeout=60)
        assert answer.is_success, answer.text
        return answer.json()

    def is_ready(self) -> bool:
        return bool(httpx.get(f"{self._url}/ready", timeout=60).json()["status"] == "ready")

    def assign_to_a_class(self, name: str) -> int:
        """Assign homework to a new student in a new class. Gives the student's id."""
        person = {"name": name, "email": f"{name}@example.org"}
        student = int(self.ask("POST", "/api/teacher/students", person)["id"])
        school_class = self.ask("POST", "/api/teacher/classes", {"name": name})["id"]
        self.ask("PATCH", f"/api/teacher/classes/{school_class}/students", {"add": [student]})
        body = {"cefr_level": "A1", "quantity": 2, "class_id": school_class, "deadline_seconds": 5}
        self.ask("POST", "/api/teacher/assignments", body)
        return student

    def homework(self, student: int) -> dict[str, Any]:
        [homework] = self.ask("GET", f"/api/student/{student}/homework")["homework"]
        return dict(homework)


@pytest.mark.timeout(400)
def test_each_version_writes_and_grades_what_was_asked_of_the_other(services: Stack, tmp_path: Path) -> None:
    services.api()
    services.wait_until_up()
    old_port = free_port()
    before = unpack_version_before(tmp_path / "before")
    services.api("serve", True, API_PORT=str(old_port), METRICS_PORT=str(free_port()), **before)
    services.mock()
    old, new = Version(old_port), Version(services.port)
    services.wait(old.is_ready, 90)
    for asked, other, name in ((old, new, "Ada"), (new, old, "Bea")):
        student = asked.assign_to_a_class(name)
        wait_until(lambda o=other, s=student: o.homework(s)["status"] == "available", 60, services.logs)  # type: ignore[misc]
        path = f"/api/student/{student}/homework/{asked.homework(student)['id']}"
        other.ask("POST", f"{path}/start")
        asked.ask("POST", f"{path}/submission", {"answers": ["non lo so", "non lo so"]})
        assert other.homework(student)["status"] == "completed"
        assert other.homework(student)["score"] == asked.homework(student)["score"]
