"""A homework whose teacher requests other exercises, and the pipeline that writes them."""

from collections.abc import Sequence
from typing import Any

import httpx
from sqlalchemy import delete, select

from homework_api.database.models import Homework, OutboxEntry
from homework_shared.exercises.exercise import FillInBlank
from homework_shared.exercises.messages import GeneratorKind, HomeworkGenerated, Message
from homework_shared.messaging.topology import RESULT_DESTINATION, RESULTS
from tests.support.api.application import Api
from tests.support.api.pipeline import Pipeline, running
from tests.support.api.pipeline_steps import with_tokens
from tests.support.api.rows import execute, scalars
from tests.support.broker.clients import send
from tests.support.waiting import eventually

GPU, MOCK = GeneratorKind.VLLM, GeneratorKind.MOCK
OLD = ("andiamo", "mangiamo", "leggiamo")
NEW = ("scriviamo", "dormiamo", "usciamo")
VERBS = {
    "andiamo": "andare", "mangiamo": "mangiare", "leggiamo": "leggere", "scriviamo": "scrivere",
    "dormiamo": "dormire", "usciamo": "uscire", "finiamo": "finire", "partiamo": "partire",
}  # fmt: skip


def gap(answer: str) -> FillInBlank:
    question = f"Oggi noi ___ con {answer[:3].capitalize()}a. ({VERBS[answer]})"
    why = "The subject is “noi”, so the verb ends in -iamo."
    return FillInBlank(question=question, correct_answer=answer, explanation=why)


MINE = gap("partiamo").model_dump(mode="json")


def result(homework: Homework, by: GeneratorKind, *answers: str, missing: Sequence[int] = ()) -> Message:
    return HomeworkGenerated(
        job_id=homework.job_id, exercises=tuple(gap(each) for each in answers), missing=tuple(missing),
        generated_by=by, model="m", worker_id="w", queue_seconds=0.1, generation_seconds=0.2,
    )  # fmt: skip


class Course:
    """One homework of three exercises, and the pipeline that changes it."""

    def __init__(self, api: Api, homework: Homework) -> None:
        self.api = api
        self.id = homework.id
        self.assignment_id = homework.assignment_id
        self.student = f"/api/student/{homework.student_id}/homework/{homework.id}"
        self._pipeline = Pipeline(api.db, lambda _user: api.broker, api.clock)

    async def row(self) -> Homework:
        [homework] = await self.api.homework(self.assignment_id)
        return homework

    async def read(self) -> dict[str, Any]:
        answer = await self.api.client.get(f"/api/teacher/homework/{self.id}")
        return dict(answer.json())

    async def answers(self) -> list[str]:
        return [each["correct_answer"] for each in (await self.read())["exercises"]]

    async def writers(self) -> list[str]:
        return [each["written_by"] for each in (await self.read())["exercises"]]

    async def awaited(self) -> list[bool]:
        return [each["asked_anew"] for each in (await self.read())["exercises"]]

    async def replace(self, index: int, version: str | None = None, **more: Any) -> httpx.Response:
        seen = version or (await self.read())["exercises"][index - 1]["version"]
        url = f"/api/teacher/homework/{self.id}/exercises/{index}/replace"
        return await self.api.client.post(url, json={"version": seen, **more})

    async def edit(self, index: int, version: str | None = None) -> httpx.Response:
        seen = version or (await self.read())["exercises"][index - 1]["version"]
        url = f"/api/teacher/homework/{self.id}/exercises/{index}"
        return await self.api.client.put(url, json={"version": seen, "exercise": MINE})

    async def start(self) -> httpx.Response:
        return await self.api.client.post(f"{self.student}/start")

    async def receive(self, *results: Message) -> None:
        """Deliver results with the tokens of their jobs, and wait until they are processed."""
        broker = self.api.broker
        await send(broker, RESULT_DESTINATION, *await with_tokens(self.api.db, results))
        queue = broker.queues[RESULTS]
        async with running(self._pipeline.results.run):
            await eventually(lambda: not queue.ready and not queue.unsettled)

    async def relay(self) -> None:
        async def is_empty() -> bool:
            return not await scalars(self.api.db, select(OutboxEntry))

        async with running(self._pipeline.relay.run):
            await eventually(is_empty)

    async def rescue_after(self, seconds: float) -> int:
        self.api.clock.advance(seconds)
        return await self._pipeline.net.rescue()

    async def owed(self) -> list[OutboxEntry]:
        return await scalars(self.api.db, select(OutboxEntry))


async def written(api: Api, by: str = "vllm", **more: Any) -> Course:
    asked = {"quantity": 3, "exercise_types": ["fill_in_blank"], "review": True} | more
    made = await api.assign([await api.add_student("s@example.com")], **asked)
    [homework] = await api.homework(made["id"])
    await api.settle(homework, by, [gap(each).model_dump(mode="json") for each in OLD])
    await execute(api.db, delete(OutboxEntry))
    api.clock.advance(60)
    return Course(api, homework)
