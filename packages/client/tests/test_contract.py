"""The client is compared with the OpenAPI document of the API: every route, field and type."""

import inspect
import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import NoneType
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter
from tests.support.api.live import live_service

from homework_client import (
    audit,
    classes,
    dead_letters,
    requests,
    review,
    student_links,
    student_records,
    teacher_sessions,
    teachers,
)
from homework_client.models import (
    AnswerVerdict,
    AssignmentStatus,
    CefrLevel,
    DecisionScope,
    ExerciseType,
    ExportFormat,
    File,
    GeneratorKind,
    HomeworkStatus,
    LateWork,
    Scope,
    Writer,
)
from homework_client.request import Request, Stream
from homework_client.requests import NewAssignment

Schema = dict[str, Any]

ASSIGNMENT = NewAssignment(
    cefr_level="A1", student_ids=[1], class_id=1, grammar_focus="g", topic="t", quantity=1,
    exercise_types=[ExerciseType.TRANSLATION], deadline_seconds=5, ready_by=datetime.now(UTC), due_at=None,
    late_work=LateWork.REFUSE, review=True, release_at=datetime.now(UTC),
)  # fmt: skip
REQUESTS: list[Request[Any]] = [
    requests.health(),
    requests.ready(),
    requests.list_students(1, 1, 1),
    requests.create_student("a", "b"),
    requests.delete_student(1),
    student_records.correct_student(1, {"name": "a", "email": None}),
    student_records.export_student(1, "pdf"),
    classes.list_classes(1, 1, 1),
    classes.create_class("2B"),
    classes.get_class(1),
    classes.rename_class(1, "2B"),
    classes.delete_class(1),
    classes.change_members(1, add=[1], remove=[2]),
    student_links.make_link(1),
    student_links.withdraw_link(1),
    student_links.make_links_for_class(1),
    student_links.begin_session("t", "n"),
    student_links.get_session(),
    student_links.end_session(),
    teacher_sessions.make_link(),
    teacher_sessions.begin_session("t", "n"),
    teacher_sessions.begin_session_with_key("k", "n"),
    teacher_sessions.get_session(),
    teacher_sessions.end_session(),
    teacher_sessions.end_all_sessions(),
    requests.list_assignments(1, 1, 1),
    requests.create_assignment(ASSIGNMENT, "k"),
    requests.get_assignment(1),
    requests.change_due_date(1, {"due_at": datetime.now(UTC), "late_work": LateWork.ACCEPT}),
    review.release_assignment(1, datetime.now(UTC), datetime.now(UTC)),
    review.take_back_release(1),
    review.list_reviewed_homework(1, 1, 1, 1),
    review.get_reviewed_homework(1),
    review.edit_exercise(1, 1, {}, "v"),
    review.replace_exercise(1, 1, "v", 5),
    requests.follow_assignment(1),
    requests.delete_assignment(1),
    requests.retry_assignment(1, replace_mock=True, deadline_seconds=5),
    requests.get_class_results(1, answers=True),
    requests.get_class_results_as_csv(1),
    requests.get_class_results_as_xlsx(1),
    requests.decide_about_answer(1, 1, 1, right=True, answer="a", scope=DecisionScope.STUDENT),
    requests.list_decisions(1, 1, 1, 1),
    requests.withdraw_decision(1, 1),
    requests.export_assignment(1, ExportFormat.PDF, 1),
    requests.list_homework(1, HomeworkStatus.FAILED, 1, 1, 1),
    requests.get_homework(1, 1),
    requests.start_homework(1, 1),
    requests.save_answers(1, 1, []),
    requests.submit_homework(1, 1, []),
    requests.get_submission(1, 1),
    requests.get_overview(),
    requests.get_latency(),
    requests.list_jobs(HomeworkStatus.FAILED, GeneratorKind.MOCK, 1, 1, 1, 1),
    dead_letters.list_dead_letters(1),
    dead_letters.get_dead_letter("x"),
    dead_letters.replay_dead_letter("x"),
    dead_letters.send_dead_letter_to_mock("x"),
    dead_letters.drop_dead_letter("x"),
    audit.list_audit_entries(1, 1, 1),
    requests.list_api_keys(),
    requests.create_api_key("n", [Scope.OPS], 1, datetime.now(UTC), 1),
    requests.revoke_api_key("x"),
    teachers.list_teachers(),
    teachers.create_teacher("n"),
    teachers.rename_teacher(1, "n"),
    teachers.delete_teacher(1),
]
LEFT_OUT = {
    ("get", "/"): "a page for whoever opens the address in a browser",
}
UNREAD = {"schema_version": "generators say it to the API, and it means nothing beyond it"}


@pytest.fixture(scope="module")
def text(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The OpenAPI document as the API sends it."""
    database = tmp_path_factory.mktemp("contract") / "homework.db"
    shutil.copyfile(sqlite_template, database)
    with live_service(f"sqlite+aiosqlite:///{database}") as live:
        # Making the document takes most of a second of CPU, and longer while other tests use the cores.
        return httpx.get(f"{live.url}/openapi.json", timeout=60).text


@pytest.fixture
def document(text: str) -> Schema:
    found: Schema = json.loads(text)
    return found


def operation_of(document: Schema, request: Request[Any]) -> tuple[str, str]:
    """The only operation of the document that the request addresses. A literal path takes precedence over a
    template.
    """
    method = request.method.lower()
    found = [
        (method, path)
        for path, operations in sorted(document["paths"].items(), key=lambda each: each[0].count("{"))
        if method in operations and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), request.path)
    ]
    assert found, f"{request.method} {request.path} is in no route of the document"
    return found[0]


def identity(request: Request[Any]) -> str:
    return f"{request.method} {request.path}"


def test_every_route_of_the_document_has_a_request_or_a_reason(document: Schema) -> None:
    known = {operation_of(document, request) for request in REQUESTS}
    documented = {(method, path) for path, operations in document["paths"].items() for method in operations}
    assert documented - known == set(LEFT_OUT)


def test_every_request_of_the_client_is_compared_with_the_document() -> None:
    builders = [
        name
        for module in (
            audit,
            requests,
            classes,
            dead_letters,
            review,
            student_links,
            student_records,
            teacher_sessions,
            teachers,
        )
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    ]
    assert len(builders) == len(REQUESTS)


@pytest.mark.parametrize("request_", REQUESTS, ids=identity)
def test_queries_and_bodies_have_the_names_of_the_document(document: Schema, request_: Request[Any]) -> None:
    method, path = operation_of(document, request_)
    operation = document["paths"][path][method]
    documented = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
    assert set(request_.params) == documented
    body = operation.get("requestBody")
    if request_.body is None:
        assert body is None or not body.get("required")
    else:
        schema = alternatives(body["content"]["application/json"]["schema"], document)["object"]
        assert set(request_.body) == set(schema["properties"])


@pytest.mark.parametrize("request_", REQUESTS, ids=identity)
def test_the_model_of_a_response_is_the_schema_of_the_document(
    document: Schema, request_: Request[Any]
) -> None:
    method, path = operation_of(document, request_)
    responses = document["paths"][path][method]["responses"]
    if request_.response is NoneType:
        assert "204" in responses
        return
    if request_.response is File:
        assert any("json" not in kind for kind in responses["200"]["content"])
        return
    contents = [responses[status]["content"] for status in ("200", "201", "202") if status in responses]
    if isinstance(request_, Stream):
        assert "text/event-stream" in contents[0]
        return  # The schema of the events is that of `get_assignment`.
    ours = TypeAdapter(request_.response).json_schema()
    schemas = [content["application/json"]["schema"] for content in contents]
    assert [list(differences(ours, theirs, ours, document)) for theirs in schemas] in ([[]], [[], []])


def resolved(schema: Schema, root: Schema) -> Schema:
    while reference := schema.get("$ref"):
        schema = root
        for part in reference.removeprefix("#/").split("/"):
            schema = schema[part]
    return schema


def alternatives(schema: Schema, root: Schema) -> dict[str, Schema]:
    """The types that a value may have, `null` among them."""
    schema = resolved(schema, root)
    kinds = [resolved(each, root) for each in schema.get("anyOf", [schema])]
    return {kind.get("type", "string"): kind for kind in kinds}


def differences(ours: Schema, theirs: Schema, our_root: Schema, root: Schema, at: str = "") -> Iterator[str]:
    """The differences at which our model would not read, or would not keep, what the document describes."""
    known, documented = alternatives(ours, our_root), alternatives(theirs, root)
    if set(known) != set(documented):
        yield f"{at}: {sorted(known)} instead of {sorted(documented)}"
        return
    for kind, their in documented.items():
        yield from _of_one_kind(known[kind], their, our_root, root, at)


def _of_one_kind(our: Schema, their: Schema, our_root: Schema, root: Schema, at: str) -> Iterator[str]:
    if our.get("format") != their.get("format"):
        yield f"{at}: format {our.get('format')} instead of {their.get('format')}"
    if "enum" in our and set(our["enum"]) != set(their.get("enum", ())):
        yield f"{at}: one of {our['enum']} instead of {their.get('enum')}"
    for part in ("items", "additionalProperties"):
        if isinstance(our.get(part), dict):
            yield from differences(our[part], their[part], our_root, root, f"{at}[]")
    yield from _of_the_fields(our, their, our_root, root, at)


def _of_the_fields(our: Schema, their: Schema, our_root: Schema, root: Schema, at: str) -> Iterator[str]:
    # Whether a field is required is not compared: the document calls each one with a default optional,
    # though the API always sends it.
    mine, yours = our.get("properties", {}), their.get("properties", {})
    for name in (mine.keys() ^ yours.keys()) - UNREAD.keys():
        yield f"{at}.{name}: only {'the client' if name in mine else 'the document'} has it"
    for name in mine.keys() & yours.keys():
        yield from differences(mine[name], yours[name], our_root, root, f"{at}.{name}")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"type": "string"}, ".id: ['integer'] instead of ['string']"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "instead of ['integer', 'null']"),
        (None, ".id: only the client has it"),
    ],
)
def test_the_comparison_finds_what_has_changed(document: Schema, changed: Schema | None, says: str) -> None:
    request = requests.create_student("a", "b")
    properties = document["components"]["schemas"]["StudentResponse"]["properties"]
    if changed is None:
        del properties["id"]
    else:
        properties["id"] = changed
    ours = TypeAdapter(request.response).json_schema()
    theirs = {"$ref": "#/components/schemas/StudentResponse"}
    assert any(says in found for found in differences(ours, theirs, ours, document))


@pytest.mark.parametrize(
    "words",
    [
        AnswerVerdict,
        AssignmentStatus,
        CefrLevel,
        DecisionScope,
        ExerciseType,
        ExportFormat,
        HomeworkStatus,
        LateWork,
        Scope,
        Writer,
    ],
)
def test_the_client_knows_every_value_of_the_apis_enumerations(document: Schema, words: type[Any]) -> None:
    [documented] = [
        each for name, each in document["components"]["schemas"].items() if name == words.__name__
    ]
    assert [each.value for each in words] == documented["enum"]
