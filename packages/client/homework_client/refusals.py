"""The errors of a request, and how a response that refuses it becomes an error."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import ValidationError

_PLACES = frozenset({"body", "query", "path", "header"})


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do next, in the words of the program that shows the error: it names that program's options and
    variables.
    """

    start: str = "start the service"
    locate: str = "correct the address"
    authorize: str = "use an API key that has the right for this request"
    update: str = "install the same version of client and service"
    address_source: str = ""
    """Where the program found the address, if its user should know."""


class ApiError(Exception):
    """The root of these errors. `reason` says why the request failed, `advice` what to do next; the text
    contains both.
    """

    def __init__(self, reason: str, advice: str = "", status_code: int | None = None) -> None:
        super().__init__(f"{reason}: {advice}" if advice else reason)
        self.reason = reason
        self.advice = advice
        self.status_code = status_code


class Refused(ApiError):
    """The API does not carry out the request: the object does not exist, or the action is
    not possible now.
    """


class Unauthorized(Refused):
    """The request needs an API key, or a key with more rights."""


class Misused(ApiError):
    """The request itself is wrong. `fields` has the API's message for each field that it refused."""

    def __init__(
        self,
        reason: str,
        advice: str = "",
        status_code: int | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(reason, advice, status_code)
        self.fields = dict(fields or {})


class Unreachable(ApiError):
    """The API, or something that it needs for this request, did not answer."""


class UnexpectedResponse(Unreachable):
    """The answer is not one of the homework API of this version."""


def not_answering(error: Exception, url: str, advice: Advice) -> Unreachable:
    """The error for a request that got no response."""
    cause = str(error) or type(error).__name__
    source = f"{advice.address_source}; " if advice.address_source else ""
    return Unreachable(
        f"the API does not answer at {url} ({source}{cause})", f"{advice.start}, or {advice.locate}"
    )


def unreadable(error: ValidationError, advice: Advice) -> UnexpectedResponse:
    """The error for a response that succeeded and that the models cannot read."""
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(map(str, first["loc"])) or "the whole of it"
    return UnexpectedResponse(
        f"the API's response does not have the form that this client expects ({where}: {first['msg']})",
        advice.update,
    )


def refusal(response: httpx.Response, url: str, advice: Advice) -> ApiError:
    """The error for a response that did not succeed."""
    status = response.status_code
    try:
        detail = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        source = f" ({advice.address_source})" if advice.address_source else ""
        reason = f"the server at {url}{source} is not the homework API (HTTP {status})"
        return UnexpectedResponse(reason, advice.locate, status)
    problems = detail if isinstance(detail, list) else [detail]
    text = "; ".join(_sentence(problem) for problem in problems)
    match status:
        case 401 | 403:
            return Unauthorized(text, advice.authorize, status)
        case 422:
            return Misused(text, status_code=status, fields=_fields(problems))
        case 503:
            return Unreachable(text, status_code=status)
    return Refused(text, status_code=status)


def _sentence(problem: Any) -> str:
    if isinstance(problem, str):
        return problem
    if not isinstance(problem, dict):
        return json.dumps(problem)
    return f"{'.'.join(_path(problem)) or 'request'}: {problem.get('msg')}"


def _fields(problems: list[Any]) -> dict[str, str]:
    named = [each for each in problems if isinstance(each, dict)]
    return {(_path(problem) or ["request"])[0]: str(problem.get("msg")) for problem in named}


def _path(problem: Mapping[str, Any]) -> list[str]:
    return [str(part) for part in problem.get("loc", ()) if part not in _PLACES]
