"""What the console asks of the API and of RabbitMQ, and what it says when they refuse."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from homework_console.client import ApiClient, ApiProblem
from homework_console.management import ManagementClient, ManagementProblem

URL = "http://api:8000"
Answer = Callable[[httpx.Request], httpx.Response]


def api(answer: Answer, key: SecretStr | None = None) -> ApiClient:
    return ApiClient(URL, key, httpx.MockTransport(answer))


def answering(status: int, body: Any = None, **more: Any) -> Answer:
    return lambda _request: httpx.Response(status, json=body, **more)


async def refused(answer: Answer) -> ApiProblem:
    async with api(answer) as client:
        with pytest.raises(ApiProblem) as caught:
            await client.create_student("Ada", "ada")
    return caught.value


async def test_the_key_travels_as_a_bearer_token() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"jobs": [], "total": 0})

    async with api(answer, SecretStr("k")) as client:
        await client.jobs(status="failed", generator="", assignment_id=None, limit=50)
    assert seen[0].headers["Authorization"] == "Bearer k"
    assert dict(seen[0].url.params) == {"status": "failed", "limit": "50"}


async def test_what_the_api_refuses_is_told_field_by_field_in_its_own_words() -> None:
    detail = [
        {"loc": ["body", "email"], "msg": "not an address", "type": "value_error"},
        {"loc": ["body", "student_ids", 0], "msg": "too small", "type": "ge"},
    ]
    problem = await refused(answering(422, {"detail": detail}))
    assert problem.fields == {"email": "not an address", "student_ids": "too small"}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (answering(400, {"detail": "Student with this email already exists"}), "already exists"),
        (answering(401, {"detail": "No key"}), "CONSOLE_API_KEY"),
        (answering(200, {"not": "a student"}), "same version"),
        (lambda _: httpx.Response(502, text="<html>"), "not the homework API"),
    ],
)
async def test_each_problem_says_what_to_do(answer: Answer, words: str) -> None:
    assert words in str(await refused(answer))


async def test_an_api_that_is_away_says_how_to_start_it_or_where_to_look() -> None:
    def away(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    problem = await refused(away)
    assert "`homework up`" in str(problem)
    assert "CONSOLE_API_URL" in str(problem)


def rabbitmq(answer: Answer) -> ManagementClient:
    return ManagementClient("http://rabbit", "ops", SecretStr("s"), httpx.MockTransport(answer))


async def test_rates_are_those_of_the_management_api_and_nothing_is_zero() -> None:
    rows = [
        {
            "name": "generation.jobs",
            "messages_unacknowledged": 2,
            "message_stats": {"publish_details": {"rate": 3.5}, "ack_details": {"rate": 1.0}},
        },
        {"name": "generation.dead"},
    ]
    async with rabbitmq(answering(200, rows)) as management:
        rates = await management.rates()
    assert rates["generation.jobs"].model_dump() == {"incoming": 3.5, "done": 1.0, "unacknowledged": 2}
    assert rates["generation.dead"].model_dump() == {"incoming": 0.0, "done": 0.0, "unacknowledged": 0}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (answering(401, {"error": "not_authorised"}), "CONSOLE_MANAGEMENT_PASSWORD"),
        (answering(404, {}), "CONSOLE_MANAGEMENT_URL"),
        (answering(200, {"not": "rows"}), "CONSOLE_MANAGEMENT_URL"),
    ],
)
async def test_without_rates_it_says_which_setting_is_wrong(answer: Answer, words: str) -> None:
    async with rabbitmq(answer) as management:
        with pytest.raises(ManagementProblem, match=words):
            await management.rates()
