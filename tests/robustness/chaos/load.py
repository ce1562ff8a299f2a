"""A steady stream of classes, and students who start and submit some of their homework.

Like a teacher's app, it repeats a request without a response, with the same idempotency key, until it gets
one. Only requests that were answered with 201 count as accepted.
"""

import asyncio
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx

from homework_shared.runtime.retry import pause

CLASS_SIZE = 25
DEADLINES_SECONDS = (6, 8, 10, 15, 25)
REPEAT_SECONDS = 0.5
AFTERWARDS_SECONDS = 2.0
SENT_SHARE = 0.2
FINAL = {"completed", "failed"}


@dataclass
class Load:
    """Requests `jobs` homework spread over `seconds`, and then a class every two seconds until all faults are
    done, because a fault without load proves nothing.
    """

    client: httpx.AsyncClient
    jobs: int
    seconds: float
    random: random.Random
    accepted: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)
    """The assignments, and the time at which each was answered with 201."""
    sent: dict[int, tuple[datetime, int]] = field(default_factory=dict)
    """For each homework, the time at which the API accepted the student's answers, and their score."""
    students: list[int] = field(default_factory=list)
    """The ids of a class."""

    async def run(self, faults_done: asyncio.Event) -> None:
        sizes = [min(CLASS_SIZE, self.jobs - first) for first in range(0, self.jobs, CLASS_SIZE)]
        async with asyncio.TaskGroup() as group:
            for size in sizes:
                group.create_task(self._teach(self.students[:size]))
                await asyncio.sleep(self.seconds / len(sizes))
            while not faults_done.is_set():
                group.create_task(self._teach(self.students))
                await pause(faults_done, AFTERWARDS_SECONDS)

    async def enrol(self) -> None:
        """Create the students. No fault may happen meanwhile, because these requests are not repeated."""
        people = [{"name": f"S{number}", "email": f"s{number}@example.org"} for number in range(CLASS_SIZE)]
        answers = [await self.client.post("/api/teacher/students", json=each) for each in people]
        self.students = [int(answer.json()["id"]) for answer in answers]

    async def _teach(self, students: list[int]) -> None:
        deadline = self.random.choice(DEADLINES_SECONDS)
        request = {
            "cefr_level": self.random.choice(["A1", "A2", "B1"]),
            "quantity": self.random.choice([1, 2]),
            "student_ids": students,
            "deadline_seconds": deadline,
        }
        key = {"Idempotency-Key": str(UUID(int=self.random.getrandbits(128)))}
        created = await self._until_answered("POST", "/api/teacher/assignments", json=request, headers=key)
        assert created.status_code == 201, created.text
        self.accepted.append((datetime.now(UTC), created.json()))
        await asyncio.sleep(deadline * self.random.random())
        if self.random.random() < SENT_SHARE:
            await self._study(self.random.choice(students))

    async def _study(self, student: int) -> None:
        path = f"/api/student/{student}/homework"
        found = (await self._until_answered("GET", path, params={"status": "available"})).json()["homework"]
        if not found:
            return
        homework = f"{path}/{found[0]['id']}"
        # The student starts first, so that the exercises read here are the ones that are graded.
        await self._until_answered("POST", f"{homework}/start")
        got = await self._until_answered("GET", homework)
        if got.status_code == 404:  # A backup has replaced the database that contained it.
            return
        read = got.json()
        answers = [exercise["correct_answer"] for exercise in read["exercises"]]
        sent = await self._until_answered("POST", f"{homework}/submission", json={"answers": answers})
        if sent.status_code == 200:  # Otherwise an earlier attempt was accepted and its response was lost.
            self.sent[int(read["id"])] = datetime.now(UTC), int(sent.json()["score"])

    async def _until_answered(self, method: str, path: str, **more: Any) -> httpx.Response:
        while True:
            try:
                answer = await self.client.request(method, path, **more)
            except httpx.HTTPError:
                answer = None
            if answer is not None and answer.status_code < 500:
                return answer
            await asyncio.sleep(REPEAT_SECONDS)
