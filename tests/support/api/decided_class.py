"""A class whose answers a teacher accepts or rejects."""

from typing import Any

import httpx

from homework_api.database.models import Homework
from tests.support.api.application import Api

ASSIGNMENTS = "/api/teacher/assignments"
MIDNIGHT: dict[str, Any] = {
    "type": "fill_in_blank",
    "question": "Ci vediamo a ___. (midnight)",
    "correct_answer": "mezzanotte",
    "options": None,
    "explanation": "Midnight has no article.",
}
CHOICE: dict[str, Any] = {
    "type": "multiple_choice",
    "question": "Vado ___ Roma.",
    "correct_answer": "a",
    "options": ["in", "a", "da", "su"],
    "explanation": "A with cities.",
}
BOTH = [MIDNIGHT, CHOICE]


class Class:
    """An assignment whose students have these exercises."""

    def __init__(self, api: Api, assignment_id: int, homework: list[Homework]) -> None:
        self.api, self.id, self.homework = api, assignment_id, homework

    @property
    def path(self) -> str:
        return f"{ASSIGNMENTS}/{self.id}/decisions"

    def homework_path(self, student: int) -> str:
        one = self.homework[student]
        return f"/api/student/{one.student_id}/homework/{one.id}"

    async def start(self, student: int) -> None:
        answer = await self.api.client.post(f"{self.homework_path(student)}/start")
        assert answer.status_code == 200, answer.text

    async def send(self, student: int, *answers: str | None) -> dict[str, Any]:
        await self.start(student)
        return await self.submit(student, *answers)

    async def submit(self, student: int, *answers: str | None) -> dict[str, Any]:
        path = f"{self.homework_path(student)}/submission"
        answer = await self.api.client.post(path, json={"answers": answers})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def submission(self, student: int) -> dict[str, Any]:
        return dict((await self.api.client.get(f"{self.homework_path(student)}/submission")).json())

    async def verdicts(self, student: int) -> list[str]:
        return [each["verdict"] for each in (await self.submission(student))["exercises"]]

    async def ask(self, student: int, index: int = 1, **more: Any) -> httpx.Response:
        body = {"homework_id": self.homework[student].id, "index": index, "right": True, **more}
        return await self.api.client.post(self.path, json=body)

    async def decide(self, student: int, index: int = 1, **more: Any) -> dict[str, Any]:
        answer = await self.ask(student, index, **more)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def take_back(self, decision: dict[str, Any]) -> dict[str, Any]:
        answer = await self.api.client.delete(f"{self.path}/{decision['id']}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


async def class_with(api: Api, *exercises: list[dict[str, Any]]) -> Class:
    """An assignment with one student for each list, who has that homework."""
    students = [await api.add_student(f"s{n}@example.com", f"Student {n}") for n in range(len(exercises))]
    types = [each["type"] for each in exercises[0]]
    assignment = await api.assign(students, quantity=len(types), exercise_types=types)
    homework = await api.homework(assignment["id"])
    for one, theirs in zip(homework, exercises, strict=True):
        await api.settle(one, "mock", theirs)
    return Class(api, assignment["id"], homework)
