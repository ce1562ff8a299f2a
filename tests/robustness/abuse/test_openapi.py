"""The service conforms to its OpenAPI document: allowed requests are accepted, forbidden ones are refused as
documented, and no request causes a server error.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from homework_shared.exercises.messages import GeneratorKind
from homework_shared.messaging.transport import Envelope
from tests.support.api.live import Live, live_service

pytestmark = pytest.mark.timeout(600)

CONFIG = Path(__file__).with_name("schemathesis.toml")
# Schemathesis reads a response to its end, and a stream does not end before its assignment is final.
STREAMS = "/events$"


KEY = "k" * 32
AUTHORIZATION = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture
def live(sqlite_url: str) -> Iterator[Live]:
    generators = (GeneratorKind.VLLM, GeneratorKind.MOCK)
    with live_service(sqlite_url, *generators, admin_key=SecretStr(KEY)) as live:
        yield live


@pytest.fixture
def known(live: Live) -> dict[str, object]:
    """Make the objects that requests must name to get beyond 404: a student who has started, a class, a dead
    letter.
    """
    live.bury(Envelope("GenerateHomework", "", b"{}"))
    with httpx.Client(base_url=live.url, timeout=60, headers=AUTHORIZATION) as client:
        person = {"name": "Ada", "email": "ada@example.org"}
        student = client.post("/api/teacher/students", json=person).json()["id"]
        class_ = client.post("/api/teacher/classes", json={"name": "2B"}).json()["id"]
        client.patch(f"/api/teacher/classes/{class_}/students", json={"add": [student]})
        asked = {"cefr_level": "A2", "student_ids": [student]}
        assignment = client.post("/api/teacher/assignments", json=asked).json()["id"]
        client.get(
            f"/api/teacher/assignments/{assignment}/events"
        )  # The stream ends when the assignment is final.
        [homework] = client.get(f"/api/student/{student}/homework").json()["homework"]
        started = client.post(f"/api/student/{student}/homework/{homework['id']}/start")
        assert started.status_code == 200, started.text
        [letter] = client.get("/api/ops/dead").json()["letters"]
    return {
        "path.student_id": student, "path.assignment_id": assignment, "path.class_id": class_,
        "path.homework_id": homework["id"], "path.id": letter["id"],
        # The id of a teacher in a response would become a numeric header, which httpx refuses.
        "header.Teacher-Id": 1,
    }  # fmt: skip


def test_requests_of_every_kind_are_answered_as_documented(live: Live, tmp_path: Path) -> None:
    run(live.url, CONFIG, tmp_path, "--max-examples", "20")


def test_requests_for_what_exists_are_answered_as_documented(
    live: Live, known: dict[str, object], tmp_path: Path
) -> None:
    lines = [f'"{name}" = "{value}"' for name, value in known.items()]
    config = tmp_path / "known.toml"
    config.write_text("\n".join(["[parameters]", *lines, "", CONFIG.read_text()]))
    # A DELETE would leave nothing to request. In place of a bad id, Schemathesis sends the configured one.
    options = ("--exclude-method", "DELETE", "--exclude-checks", "negative_data_rejection")
    run(live.url, config, tmp_path, "--max-examples", "20", *options)


def run(url: str, config: Path, folder: Path, *options: str) -> None:
    program = str(Path(sys.executable).with_name("schemathesis"))
    done = subprocess.run(
        [
            *(program, "--config-file", str(config), "run", f"{url}/openapi.json"),
            *("--header", f"Authorization: {AUTHORIZATION['Authorization']}"),
            *("--exclude-path-regex", STREAMS, "--checks", "all"),
            *("--generation-deterministic", "--no-color", "--warnings", "off", *options),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=560,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:]
