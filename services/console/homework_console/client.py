"""The REST API as the console speaks it: typed answers, and problems that say what to do next."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any, Self, TypeVar

import httpx
from pydantic import BaseModel, SecretStr, TypeAdapter, ValidationError

from homework_console import models

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 30.0
# The API sends a sign of life every 15 s.
SILENCE_SECONDS = 60.0

M = TypeVar("M", bound=BaseModel)
R = TypeVar("R")
_STUDENTS = TypeAdapter(list[models.Student])
_ASSIGNMENTS = TypeAdapter(list[models.Assignment])


class ApiProblem(Exception):
    """Why the API did not do it, in one sentence. `fields` names what of the request it refused."""

    def __init__(self, text: str, fields: Mapping[str, str] | None = None) -> None:
        self.fields = dict(fields or {})
        super().__init__(text)


class ApiClient:
    """Every method raises ApiProblem."""

    def __init__(
        self, url: str, key: SecretStr | None = None, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
        timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=timeout, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def overview(self, seconds: float) -> models.Overview:
        return await self._get(models.Overview, "/api/ops/overview", timeout=seconds)

    async def latency(self) -> models.Latency:
        return await self._get(models.Latency, "/api/ops/latency")

    async def jobs(self, **wanted: Any) -> models.Jobs:
        given = {name: value for name, value in wanted.items() if value not in (None, "")}
        return await self._get(models.Jobs, "/api/ops/jobs", params=given)

    async def dead_letters(self) -> models.DeadLetters:
        return await self._get(models.DeadLetters, "/api/ops/dead")

    async def dead_letter(self, id_: str) -> models.DeadLetterDetail:
        return await self._get(models.DeadLetterDetail, f"/api/ops/dead/{id_}")

    async def replay(self, id_: str) -> models.SentAgain:
        return _read(models.SentAgain, await self._ask("POST", f"/api/ops/dead/{id_}/replay"))

    async def send_to_mock(self, id_: str) -> models.SentAgain:
        return _read(models.SentAgain, await self._ask("POST", f"/api/ops/dead/{id_}/mock"))

    async def drop(self, id_: str) -> None:
        await self._ask("DELETE", f"/api/ops/dead/{id_}")

    async def students(self) -> list[models.Student]:
        return _checked(_STUDENTS.validate_json, await self._ask("GET", "/api/teacher/students"))

    async def create_student(self, name: str, email: str) -> models.Student:
        body = {"name": name, "email": email}
        return _read(models.Student, await self._ask("POST", "/api/teacher/students", json=body))

    async def assignments(self, limit: int) -> list[models.Assignment]:
        answer = await self._ask("GET", "/api/teacher/assignments", params={"limit": limit})
        return _checked(_ASSIGNMENTS.validate_json, answer)

    async def create_assignment(self, body: Mapping[str, Any], key: str) -> models.Assignment:
        """`key` makes a second sending of the same form harmless."""
        headers = {"Idempotency-Key": key}
        answer = await self._ask("POST", "/api/teacher/assignments", json=body, headers=headers)
        return _read(models.Assignment, answer)

    async def follow(self, assignment_id: int) -> AsyncGenerator[models.Assignment]:
        """The assignment at each change, until it is final."""
        path = f"/api/teacher/assignments/{assignment_id}/events"
        try:
            async with self._http.stream("GET", path, timeout=SILENCE_SECONDS) as stream:
                if not stream.is_success:
                    await stream.aread()
                    raise self._refusal(stream)
                async for line in stream.aiter_lines():
                    if line.startswith("data:"):
                        data = line.removeprefix("data:").strip()
                        yield _checked(models.Assignment.model_validate_json, data)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    async def export(self, assignment_id: int, format_: str) -> httpx.Response:
        """The file as the API makes it, or what it says against it."""
        path = f"/api/teacher/assignments/{assignment_id}/export"
        try:
            return await self._http.get(path, params={"format": format_})
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    async def class_results(self, assignment_id: int) -> models.ClassResults:
        return await self._get(models.ClassResults, f"/api/teacher/assignments/{assignment_id}/results")

    async def homework(self, student_id: int, homework_id: int) -> models.Homework:
        return await self._get(models.Homework, f"/api/student/{student_id}/homework/{homework_id}")

    async def start(self, student_id: int, homework_id: int) -> models.Homework:
        path = f"/api/student/{student_id}/homework/{homework_id}/start"
        return _read(models.Homework, await self._ask("POST", path))

    async def save(self, student_id: int, homework_id: int, answers: Sequence[str | None]) -> models.Homework:
        path = f"/api/student/{student_id}/homework/{homework_id}/answers"
        return _read(models.Homework, await self._ask("PUT", path, json={"answers": list(answers)}))

    async def submit(
        self, student_id: int, homework_id: int, answers: Sequence[str | None]
    ) -> models.Submission:
        path = f"/api/student/{student_id}/homework/{homework_id}/submission"
        return _read(models.Submission, await self._ask("POST", path, json={"answers": list(answers)}))

    async def submission(self, student_id: int, homework_id: int) -> models.Submission:
        path = f"/api/student/{student_id}/homework/{homework_id}/submission"
        return await self._get(models.Submission, path)

    async def _get(self, model: type[M], path: str, **more: Any) -> M:
        return _read(model, await self._ask("GET", path, **more))

    async def _ask(self, method: str, path: str, **more: Any) -> bytes:
        try:
            answer = await self._http.request(method, path, **more)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        if answer.is_success:
            return answer.content
        raise self._refusal(answer)

    def _unreachable(self, error: Exception) -> ApiProblem:
        return ApiProblem(
            f"The API does not answer at {self.url} ({str(error) or type(error).__name__}). "
            "Start it with `homework up`, or say where it is with CONSOLE_API_URL."
        )

    def _refusal(self, answer: httpx.Response) -> ApiProblem:
        try:
            detail = answer.json()["detail"]
        except (ValueError, KeyError, TypeError):
            return ApiProblem(
                f"What answers at {self.url} is not the homework API (HTTP {answer.status_code}). "
                "Say where it is with CONSOLE_API_URL."
            )
        if answer.status_code in {401, 403}:
            return ApiProblem(f"{detail}: start the console with CONSOLE_API_KEY.")
        if isinstance(detail, list):
            fields = {_field(problem): str(problem.get("msg")) for problem in detail}
            return ApiProblem("; ".join(f"{name}: {text}" for name, text in fields.items()), fields)
        return ApiProblem(str(detail))


def _field(problem: Mapping[str, Any]) -> str:
    where = [str(part) for part in problem.get("loc", []) if part not in ("body", "query", "path")]
    return where[0] if where else "request"


def _read(model: type[M], answer: bytes) -> M:
    return _checked(model.model_validate_json, answer)


def _checked(validate: Callable[[bytes | str], R], answer: bytes | str) -> R:
    try:
        return validate(answer)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ApiProblem(
            f"The API's answer is not what this console reads ({where}: {first['msg']}). "
            "Run both in the same version."
        ) from error
