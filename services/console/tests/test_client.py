"""The console's messages when the API or RabbitMQ refuses, and its requests to RabbitMQ."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from homework_client import requests
from homework_client.refusals import ApiError
from homework_console.client import connect, in_sentences
from homework_console.management import ManagementClient, ManagementProblem

URL = "http://api:8000"
Handler = Callable[[httpx.Request], httpx.Response]


def answering(status: int, body: Any = None, **more: Any) -> Handler:
    return lambda _request: httpx.Response(status, json=body, **more)


async def problem(handler: Handler, key: SecretStr | None = None) -> str:
    """The message of a page after a request that this handler answers."""
    async with connect(URL, key, httpx.MockTransport(handler)) as api:
        with pytest.raises(ApiError) as caught:
            await api.send(requests.create_student("Ada", "ada"))
    return in_sentences(caught.value)


async def test_the_key_travels_as_a_bearer_token() -> None:
    seen: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(404, json={"detail": "nobody"})

    await problem(respond, SecretStr("k"))
    assert seen[0].headers["Authorization"] == "Bearer k"


async def test_an_address_that_a_browser_shows_with_a_slash_is_the_same_address() -> None:
    async with connect(f"{URL}/") as api:
        assert api.url == URL


NO_STUDENT = "The API's response does not have the form that this client expects (id: Field required)."
NO_KEY = (
    "No key. Create a key for the console with `homework keys create console --right ops`, "
    "and start the console with it as CONSOLE_API_KEY."
)
OTHER_SERVER = "The server at http://api:8000 is not the homework API (HTTP 502)."


@pytest.mark.parametrize(
    ("handler", "sentences"),
    [
        (answering(400, {"detail": "The email is taken"}), "The email is taken."),
        (answering(401, {"detail": "No key"}), NO_KEY),
        (answering(422, {"detail": [{"loc": ["body", "email"], "msg": "no address"}]}), "email: no address."),
        (answering(200, {"not": "a student"}), f"{NO_STUDENT} Run the same version of both."),
        (answering(502), f"{OTHER_SERVER} Set CONSOLE_API_URL to its address."),
    ],
)
async def test_each_problem_says_what_to_do(handler: Handler, sentences: str) -> None:
    assert await problem(handler) == sentences


async def test_an_api_that_is_away_says_how_to_start_it_or_where_to_look() -> None:
    def away(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    assert await problem(away) == (
        "The API does not answer at http://api:8000 (refused). "
        "Start it with `homework up`, or set CONSOLE_API_URL to its address."
    )


def rabbitmq(handler: Handler) -> ManagementClient:
    return ManagementClient("http://rabbit", "ops", SecretStr("s"), httpx.MockTransport(handler))


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
    ("handler", "words"),
    [
        (answering(401, {"error": "not_authorised"}), "CONSOLE_MANAGEMENT_PASSWORD"),
        (answering(404, {}), "CONSOLE_MANAGEMENT_URL"),
        (answering(200, {"not": "rows"}), "CONSOLE_MANAGEMENT_URL"),
    ],
)
async def test_without_rates_it_says_which_setting_is_wrong(handler: Handler, words: str) -> None:
    async with rabbitmq(handler) as management:
        with pytest.raises(ManagementProblem, match=words):
            await management.rates()
