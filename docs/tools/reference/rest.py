"""The REST API, from its OpenAPI document."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, cast

from docs.tools.reference.markdown import code, page, sentences, table
from docs.tools.reference.schemas import Schema, in_words, referred_in, sections

from homework_api.http.app import create_app
from homework_api.http.policy import HttpPolicy
from homework_api.services.registry import Services

_INTRODUCTION = """Start with [the REST API in a minute](../rest.md). A running service shows the same at
`/docs`, where you can send requests, and as OpenAPI at `/openapi.json`. Every error is `{"detail":
…}`. [security.md](../security.md) says which key a route needs."""
_COMMON = """## Answers of most routes

Most routes can give these answers too. A route names those that it gives below its own table. The answer 422
means that the path, the query or the body is not valid."""
Operation = tuple[str, dict[str, Any]]
Answer = tuple[str, str, str]
_METHODS = ("get", "post", "put", "patch", "delete")


def write() -> str:
    document = openapi()
    operations = list(_operations(document))
    common = _common_answers([operation for _, operation in operations])
    tags = list(dict.fromkeys(operation["tags"][0] for _, operation in operations))
    groups = [_group(tag, operations, common) for tag in tags]
    schemas: dict[str, Schema] = document["components"]["schemas"]
    of_most = f"{_COMMON}\n\n{_answers(sorted(common))}"
    bodies = ["## Bodies", *sections(schemas, "###", _shown(schemas, operations).__contains__)]
    return page("REST", _INTRODUCTION, [*groups, of_most, *bodies])


def openapi() -> dict[str, Any]:
    """The document of the API. No service is asked while it is made."""
    return create_app(cast("Services", None), HttpPolicy(), asyncio.Event()).openapi()


def _operations(document: dict[str, Any]) -> Iterator[Operation]:
    """Method and path of each, as `GET /path`, and what the document says of it."""
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield f"{method.upper()} {path}", methods[method]


def _common_answers(operations: list[dict[str, Any]]) -> set[Answer]:
    """Those refusals that most operations have, so that they are told once."""
    counted = Counter(answer for operation in operations for answer in _answers_of(operation))
    return {answer for answer, count in counted.items() if count > len(operations) / 2 and answer[0] >= "400"}


def _answers_of(operation: dict[str, Any]) -> list[Answer]:
    """Status, when it comes, and the body in words."""
    return [
        (status, sentences(answer["description"]).replace("Successful Response", "Done"), _content(answer))
        for status, answer in sorted(operation["responses"].items())
    ]


def _group(tag: str, operations: list[Operation], common: set[Answer]) -> str:
    of_tag = [(route, operation) for route, operation in operations if operation["tags"][0] == tag]
    return "\n\n".join([f"## {tag.capitalize()}", *(_operation(*each, common) for each in of_tag)])


def _operation(route: str, operation: dict[str, Any], common: set[Answer]) -> str:
    answers = _answers_of(operation)
    own = [answer for answer in answers if answer not in common]
    others = ", ".join(status for status, *_ in answers if status not in {status for status, *_ in own})
    parts = [
        f"### `{route}`",
        sentences(operation["summary"]) + ".",
        sentences(operation.get("description")),
        _parameters(operation.get("parameters", [])),
        f"Body: {body}." if (body := _content(operation.get("requestBody", {}))) else "",
        _answers(own),
        f"Also [{others}](#answers-of-most-routes)." if others else "",
    ]
    return "\n\n".join(filter(None, parts))


def _parameters(parameters: list[dict[str, Any]]) -> str:
    rows = [
        [
            code(each["name"]),
            each["in"],
            in_words(each["schema"]),
            "yes" if each.get("required") else "no",
            sentences(each.get("description")),
        ]
        for each in parameters
    ]
    return table(["parameter", "in", "type", "required", "meaning"], rows) if rows else ""


def _answers(answers: Iterable[Answer]) -> str:
    return table(["status", "when", "body"], answers)


def _content(answer: dict[str, Any]) -> str:
    """The body in words; for others than JSON its media type too."""
    kinds = answer.get("content", {}).items()
    told = [
        in_words(content["schema"]) if kind == "application/json" and content.get("schema") else code(kind)
        for kind, content in kinds
    ]
    return " or ".join(told)


def _shown(schemas: dict[str, Schema], operations: list[Operation]) -> set[str]:
    """The bodies of all operations and what they are made of."""
    found: set[str] = set()
    new = referred_in([operation for _, operation in operations])
    while new:
        found |= new
        new = referred_in([schemas[name] for name in new]) - found
    return found
