"""The cost of a request between the socket and the database, in calls of Python functions on the event loop.

These counts do not depend on the machine. Each limit is a sixth above the measured count. A change that
exceeds one either costs too much, or raises the limit here with a reason.
"""

import asyncio
import cProfile
import json
from typing import Any

import pytest
from fastapi import FastAPI
from tests.support.api.application import Api

from homework_api.http.app import create_app
from homework_api.http.middleware.rate_limits import RateLimiter
from homework_api.http.policy import HttpPolicy
from homework_shared.runtime.origin import LOOPBACK_NAMES

CALLS = {
    "POST /api/teacher/assignments": 890,
    "GET /api/teacher/assignments/{assignment}": 840,
    "GET /api/student/{student}/homework/{homework}": 960,
    "GET /health": 680,
}
TIMES = 10


class Asgi:
    """Calls the application as the server does, without a client that would cost more than the
    measured code.
    """

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def ask(self, method: str, path: str, body: bytes) -> int:
        """Send the request, and return the status of the answer."""
        status = 0
        headers = [(b"host", b"127.0.0.1:8000"), (b"accept", b"*/*"), (b"user-agent", b"a client")]
        if body:
            headers += [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
            ]

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)

        scope = {
            "type": "http", "http_version": "1.1", "scheme": "http", "method": method, "path": path,
            "raw_path": path.encode(), "root_path": "", "query_string": b"", "headers": headers,
            "client": ("127.0.0.1", 40000), "server": ("127.0.0.1", 8000), "state": {},
        }  # fmt: skip
        await self._app(scope, receive, send)
        return status


async def calls_of(asgi: Asgi, method: str, path: str, body: bytes) -> float:
    """The calls of one request in the thread of the event loop."""
    expected = 201 if body else 200
    # The first request also makes what later ones reuse.
    assert await asgi.ask(method, path, body) == expected
    profile = cProfile.Profile(builtins=False)
    profile.enable()
    try:
        answers = [await asgi.ask(method, path, body) for _ in range(TIMES)]
    finally:
        profile.disable()
    assert answers == [expected] * TIMES  # A refused request would be cheaper.
    return sum(entry.callcount for entry in profile.getstats()) / TIMES


@pytest.mark.parametrize("route", CALLS)
async def test_a_request_takes_few_calls_to_its_route_and_back(sqlite_api: Api, route: str) -> None:
    [student] = await sqlite_api.add_students(1)
    assignment = (await sqlite_api.assign([student]))["id"]
    [homework] = await sqlite_api.homework(assignment)
    rates = RateLimiter("100000/minute", "memory://")
    app = create_app(sqlite_api.services, HttpPolicy(None, LOOPBACK_NAMES, rates), asyncio.Event())
    method, _, template = route.partition(" ")
    path = template.format(assignment=assignment, student=student, homework=homework.id)
    body = json.dumps({"cefr_level": "A2", "student_ids": [student]}).encode() if method == "POST" else b""
    assert await calls_of(Asgi(app), method, path, body) <= CALLS[route]
