"""Whatever goes wrong, the response is JSON with `detail`."""

import asyncio

import pytest
import structlog
from tests.support.api.application import Api, api_over


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("PUT", "/api/teacher/students", 405), ("GET", "/api/teacher", 404)],
)
async def test_unknown_routes_and_methods_answer_with_detail(
    sqlite_api: Api, method: str, path: str, status: int
) -> None:
    answer = await sqlite_api.client.request(method, path)
    assert answer.status_code == status
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/api/teacher/students", "GET, POST"),
        ("PUT", "/api/teacher/assignments/1", "GET, PATCH, DELETE"),
        ("PATCH", "/api/student/1/homework/1/answers", "PUT"),
    ],
)
async def test_a_refused_method_is_answered_with_the_allowed_ones(
    sqlite_api: Api, method: str, path: str, allowed: str
) -> None:
    answer = await sqlite_api.client.request(method, path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"\xff\xfe",
        b'{"name": "x", "email": NaN}',
        b'{"name": "\\ud800", "email": "\\ud800"}',
        b'{"name": 1e999, "email": 1}',
        b"[" * 100_000,
        b'{"name": ' + b"9" * 5_000 + b"}",  # The number has more digits than Python accepts.
    ],
    ids=lambda body: repr(body[:20]),
)
async def test_an_unreadable_request_is_malformed_input(sqlite_api: Api, body: bytes) -> None:
    answer = await sqlite_api.client.post(
        "/api/teacher/students", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.json()["detail"]


LONG = "x" * 101
STUDENT, ASSIGNMENT = "/api/teacher/students", "/api/teacher/assignments"


@pytest.mark.parametrize(
    ("path", "body", "field", "said"),
    [
        (STUDENT, {"name": LONG, "email": "a@b.it"}, "name",
         "101 characters are too many: shorten it to 100"),
        (STUDENT, {"name": f" {LONG} ", "email": "a@b.it"}, "name",
         "103 characters are too many: shorten it to 100"),
        (STUDENT, {"name": "", "email": "a@b.it"}, "name", "it is empty: write something"),
        (STUDENT, {"email": "a@b.it"}, "name", "it is missing: send it"),
        (STUDENT, {"name": "\x00", "email": "a@b.it"}, "name", "must not contain control characters"),
        (ASSIGNMENT, {"cefr_level": "A1", "student_ids": []}, "student_ids",
         "nobody is chosen: choose at least one student, or create one"),
        (ASSIGNMENT, {"cefr_level": "A1", "student_ids": [1], "exercise_types": []}, "exercise_types",
         "nothing is chosen: choose at least one"),
        (ASSIGNMENT, {"cefr_level": "A1", "student_ids": [1] * 10_001}, "student_ids",
         "10001 entries are too many: send 10000 at most"),
        (ASSIGNMENT, {"cefr_level": "A1", "student_ids": [1], "topic": "x" * 201}, "topic",
         "201 characters are too many: shorten it to 200"),
        ("/api/ops/keys", {"name": LONG, "rights": ["ops"]}, "name",
         "101 characters are too many: shorten it to 100"),
    ],
)  # fmt: skip
async def test_an_error_about_a_field_says_what_to_do(
    sqlite_api: Api, path: str, body: dict[str, object], field: str, said: str
) -> None:
    answer = await sqlite_api.client.post(path, json=body)
    assert answer.status_code == 422
    [problem] = answer.json()["detail"]
    assert (problem["loc"][-1], problem["msg"]) == (field, said)


@pytest.mark.parametrize(("method", "path"), [("GET", "export?format=pdf"), ("POST", "retry")])
async def test_an_empty_class_is_reported_as_empty(sqlite_api: Api, method: str, path: str) -> None:
    [student] = await sqlite_api.add_students(1)
    made = (await sqlite_api.assign([student]))["id"]
    await sqlite_api.client.delete(f"{STUDENT}/{student}")
    answer = await sqlite_api.client.request(method, f"{ASSIGNMENT}/{made}/{path}")
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("This assignment has no students any more")


async def test_a_refused_field_named_with_a_lone_surrogate_can_still_be_reported(sqlite_api: Api) -> None:
    answer = await sqlite_api.client.post(
        "/api/teacher/assignments/1/retry",
        content=b'{"\\ud800": 1}',
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 422


async def test_the_refused_value_is_not_sent_back(sqlite_api: Api) -> None:
    body = {"name": "x", "email": "secret text"}
    answer = await sqlite_api.client.post("/api/teacher/students", json=body)
    assert "secret text" not in answer.text


async def test_a_bug_is_logged_and_answered_with_500(
    sqlite_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def explode(*_: object) -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(sqlite_api.services.students, "page", explode)
    with structlog.testing.capture_logs() as logs:
        answer = await sqlite_api.client.get("/api/teacher/students")
    assert answer.status_code == 500
    assert set(answer.json()) == {"detail"}
    assert "hunter2" not in answer.text
    assert [entry["event"] for entry in logs] == ["request_failed"]


async def test_without_a_database_requests_are_answered_with_503_and_when_to_try_again(
    broken_api: Api,
) -> None:
    for method in ("GET", "POST"):
        answer = await broken_api.client.request(
            method, "/api/teacher/students", json={"name": "x", "email": "x@example.com"}
        )
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "database" in answer.json()["detail"]


async def test_without_a_postgresql_the_answer_is_503() -> None:
    async with asyncio.timeout(30), api_over("postgresql://nobody@127.0.0.1:9/none") as api:
        answer = await api.client.get("/api/teacher/students")
        assert answer.status_code == 503
        assert (await api.client.get("/ready")).status_code == 503
