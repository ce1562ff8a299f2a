"""Each way in which a request can fail has its own error class, its reason, and the caller's advice."""

import json
from typing import Any

import httpx
import pytest

from homework_client import dead_letters, requests
from homework_client.client import AsyncClient, Client
from homework_client.refusals import (
    Advice,
    ApiError,
    Misused,
    Refused,
    Unauthorized,
    UnexpectedResponse,
    Unreachable,
)

URL = "http://api:8000"
ADVICE = Advice(
    start="turn it on", locate="look at the address", authorize="fetch a key", update="update it",
    address_source="from the note",
)  # fmt: skip
READY = {"status": "unavailable", "down": ["database"], "checks": {"database": "locked"}}


def answering(status: int, body: Any = None, seen: list[httpx.Request] | None = None) -> httpx.MockTransport:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    def answer(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        return httpx.Response(status, content=content)

    return httpx.MockTransport(answer)


def failure(transport: httpx.BaseTransport) -> ApiError:
    with (
        Client(URL, advice=ADVICE, transport=transport) as client,
        pytest.raises(ApiError) as caught,
    ):
        client.send(requests.create_student("Ada", "ada"))
    return caught.value


@pytest.mark.parametrize(
    ("status", "detail", "kind", "text"),
    [
        (400, "Student with this email already exists", Refused, "Student with this email already exists"),
        (404, "Student not found", Refused, "Student not found"),
        (401, "No key", Unauthorized, "No key: fetch a key"),
        (403, "Not yours", Unauthorized, "Not yours: fetch a key"),
        (422, [{"loc": ["body", "email"], "msg": "no address"}], Misused, "email: no address"),
        (422, ["odd", 1], Misused, "odd; 1"),
        (418, 7, Refused, "7"),
        (500, "Internal error", Refused, "Internal error"),
        (503, "The broker is down", Unreachable, "The broker is down"),
    ],
)
def test_a_refusing_response_becomes_an_error_of_its_class(
    status: int, detail: object, kind: type[ApiError], text: str
) -> None:
    error = failure(answering(status, {"detail": detail}))
    assert (type(error), str(error), error.status_code) == (kind, text, status)


def test_each_refused_field_keeps_the_message_of_the_api() -> None:
    detail = [
        {"loc": ["body", "email"], "msg": "not an address", "type": "value_error"},
        {"loc": ["body", "student_ids", 0], "msg": "too small", "type": "ge"},
        {"loc": ["body"], "msg": "not an object", "type": "object"},
    ]
    error = failure(answering(422, {"detail": detail}))
    assert isinstance(error, Misused)
    fields = {"email": "not an address", "student_ids": "too small", "request": "not an object"}
    assert error.fields == fields
    assert "student_ids.0: too small" in str(error)


@pytest.mark.parametrize(("status", "body"), [(502, b"<html>"), (404, b"[]"), (302, b"")])
def test_a_server_that_is_not_the_homework_api_is_recognised(status: int, body: bytes) -> None:
    error = failure(answering(status, body))
    assert isinstance(error, UnexpectedResponse)
    assert error.reason.startswith("the server at http://api:8000 (from the note) is not the homework API")
    assert error.advice == "look at the address"


@pytest.mark.parametrize("body", [b"<html>", b'{"not": "a student"}'])
def test_a_response_of_another_version_says_what_is_missing(body: bytes) -> None:
    error = failure(answering(200, body))
    assert isinstance(error, UnexpectedResponse)
    assert "does not have the form that this client expects" in error.reason
    assert error.advice == "update it"


def test_an_api_that_does_not_answer_is_unreachable_and_the_error_names_its_address() -> None:
    def away(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    error = failure(httpx.MockTransport(away))
    assert isinstance(error, Unreachable)
    assert error.reason == "the API does not answer at http://api:8000 (from the note; refused)"
    assert error.advice == "turn it on, or look at the address"


def test_a_service_without_its_database_still_says_what_is_down() -> None:
    with Client(URL, transport=answering(503, READY)) as client:
        assert client.send(requests.ready()).down == ["database"]
    with (
        Client(URL, transport=answering(503, b"<html>")) as client,
        pytest.raises(UnexpectedResponse, match="not the homework API"),
    ):
        client.send(requests.ready())


def test_the_key_is_sent_as_a_bearer_token_and_empty_filters_are_left_out() -> None:
    seen: list[httpx.Request] = []
    transport = answering(200, {"jobs": [], "total": 0}, seen)
    with Client(f"{URL}/", "k", transport=transport) as client:
        client.send(requests.list_jobs(status="failed", generator="", limit=50))
    assert seen[0].headers["Authorization"] == "Bearer k"
    assert dict(seen[0].url.params) == {"status": "failed", "limit": "50"}


def test_an_id_cannot_name_another_route() -> None:
    seen: list[httpx.Request] = []
    with Client(URL, transport=answering(204, None, seen)) as client:
        client.send(dead_letters.drop_dead_letter("../keys/k?x=1"))
    assert seen[0].url.raw_path == b"/api/ops/dead/..%2Fkeys%2Fk%3Fx%3D1"


@pytest.mark.parametrize("url", ["http://host:port", "http://a\nb"])
@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_an_invalid_address_is_a_usage_error(url: str, kind: type[Client] | type[AsyncClient]) -> None:
    with pytest.raises(Misused, match=r"\(from the note\) is not an address"):
        kind(url, advice=ADVICE)


@pytest.mark.parametrize("key", ["clé", "line\nbreak"])
def test_a_key_that_no_header_can_carry_is_a_usage_error(key: str) -> None:
    with pytest.raises(Misused, match="the API key contains characters"):
        Client(URL, key)
