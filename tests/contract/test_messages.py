"""Golden files: the next version must be able to read a message of this version, byte for byte."""

import json
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import ValidationError
from pydantic_core import to_json

from homework_shared.errors import MalformedMessage
from homework_shared.exercises.checks import Check
from homework_shared.exercises.exercise import ExerciseType
from homework_shared.exercises.messages import (
    MAX_BODY_BYTES,
    MAX_FAULTS,
    FaultCount,
    GenerateHomework,
    GeneratorStatus,
    HomeworkFailed,
    HomeworkGenerated,
    Message,
    decode,
)

GOLDEN = Path(__file__).parent / "golden"
TYPES: list[type[Message]] = [GenerateHomework, HomeworkGenerated, HomeworkFailed, GeneratorStatus]


def golden(kind: type[Message]) -> bytes:
    return (GOLDEN / f"{kind.__name__}.json").read_bytes()


@pytest.mark.parametrize("kind", TYPES)
def test_a_golden_message_survives_decoding_and_encoding(kind: type[Message]) -> None:
    message = decode(kind, kind.__name__, golden(kind))
    assert json.loads(message.encode()) == json.loads(golden(kind))


@pytest.mark.parametrize("token", ["0" * 32, None])
def test_classmates_jobs_are_what_each_would_be_by_itself(token: str | None) -> None:
    job = decode(GenerateHomework, "GenerateHomework", golden(GenerateHomework))
    mates = [(uuid4(), seed, token) for seed in (0, 2**63 - 1)]
    alone = [
        job.model_copy(update={"job_id": id_, "seed": seed, "delivery_token": token})
        for id_, seed, token in mates
    ]
    bodies = job.encode_for(mates)
    assert [json.loads(body) for body in bodies] == [json.loads(each.encode()) for each in alone]
    assert [decode(GenerateHomework, "GenerateHomework", body.encode()) for body in bodies] == alone


def test_an_exercise_is_stored_as_the_json_that_it_travels_as() -> None:
    exercises = decode(HomeworkGenerated, "HomeworkGenerated", golden(HomeworkGenerated)).exercises
    assert {each.type for each in exercises} == set(ExerciseType)
    assert any(each.accepted_answers for each in exercises)
    assert not all(each.accepted_answers for each in exercises)
    for exercise in exercises:
        assert to_json(exercise.as_stored()) == exercise.model_dump_json().encode()


@pytest.mark.parametrize("kind", TYPES)
def test_an_unknown_field_is_ignored_so_that_adding_one_is_no_new_version(kind: type[Message]) -> None:
    body = json.loads(golden(kind)) | {"added_next_year": 1}
    assert decode(kind, kind.__name__, json.dumps(body).encode()) == decode(kind, kind.__name__, golden(kind))


@pytest.mark.parametrize("kind", [GenerateHomework, HomeworkGenerated, HomeworkFailed])
def test_a_message_of_a_version_that_knew_no_tokens_has_none(kind: type[Message]) -> None:
    body = json.loads(golden(kind))
    del body["delivery_token"]
    assert json.loads(decode(kind, kind.__name__, json.dumps(body).encode()).encode()) == body | {
        "delivery_token": None
    }


@pytest.mark.parametrize("token", ["", "0" * 31, "0" * 33, "Z" * 32, "0" * 32 + "\n", 1])
def test_a_token_that_we_did_not_make_is_malformed(token: object) -> None:
    body = json.loads(golden(HomeworkFailed)) | {"delivery_token": token}
    with pytest.raises(MalformedMessage, match="delivery_token"):
        decode(HomeworkFailed, "HomeworkFailed", json.dumps(body).encode())


def test_a_result_of_an_older_generator_has_all_exercises() -> None:
    body = json.loads(golden(HomeworkGenerated))
    del body["missing"]
    result = decode(HomeworkGenerated, "HomeworkGenerated", json.dumps(body).encode())
    assert (len(result.exercises), result.missing) == (3, ())


def test_a_status_of_an_older_generator_counts_no_tries_and_names_no_engine() -> None:
    body = json.loads(golden(GeneratorStatus))
    for name in ("tries", "usable", "faults", "sent_at", "engine", "server"):
        del body[name]
    status = decode(GeneratorStatus, "GeneratorStatus", json.dumps(body).encode())
    assert (status.sent_at, status.engine, status.server) == (None, None, None)
    assert (status.worker_id, status.tries, status.usable, status.faults) == ("gpu-colab-1a2b3c", 0, 0, ())


@pytest.mark.parametrize("kind", TYPES)
def test_a_message_of_another_version_is_malformed(kind: type[Message]) -> None:
    body = json.loads(golden(kind)) | {"schema_version": 2}
    with pytest.raises(MalformedMessage, match="schema_version"):
        decode(kind, kind.__name__, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("type_name", "body"),
    [
        ("HomeworkGenerated", b"{}"),
        (None, b"{}"),
        ("GenerateHomework", b""),
        ("GenerateHomework", b"\xff\xfe"),
        ("GenerateHomework", b"[" * 5_000),
        ("GenerateHomework", b" " * (MAX_BODY_BYTES + 1)),
    ],
    ids=["other type", "no type", "empty", "not utf-8", "nested", "too large"],
)
def test_a_body_that_is_no_job_is_malformed(type_name: str | None, body: bytes) -> None:
    with pytest.raises(MalformedMessage):
        decode(GenerateHomework, type_name, body)


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": 0},
        {"quantity": 21},
        {"cefr_level": "Z9"},
        {"exercise_types": []},
        {"deadline_at": "2026-11-23T10:00:00"},
        {"topic": "\u0000"},
        {"topic": "x" * 201},
        {"seed": -1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_job_out_of_bounds_is_malformed(change: dict[str, object]) -> None:
    body = json.loads(golden(GenerateHomework)) | change
    with pytest.raises(MalformedMessage, match=next(iter(change))):
        decode(GenerateHomework, "GenerateHomework", json.dumps(body).encode())


@pytest.mark.parametrize(
    "change",
    [
        {"tries": -1},
        {"tries": 2**53},
        {"usable": 1131},
        {"usable": 1016},
        {"faults": [{"name": "level", "count": 1}] * (MAX_FAULTS + 1)},
        {"faults": [{"name": "x" * 41, "count": 1}]},
        {"faults": [{"name": "<b>level</b>", "count": 1}]},
        {"faults": [{"name": "level", "count": 128}]},
        {"unknown": "x" * 8_192},
        {"engine": "x" * 201},
        {"engine": "vLLM\u001b[2J"},
        {"server": 11434},
        {"server": "127.0.0.1:11434"},
        {"server": "javascript:alert(1)"},
        {"server": "http://<script>alert(1)</script>"},
        {"server": "http://127.0.0\u0000.1"},
        {"server": "http://127.0.\n0.1"},
        {"server": f"http://{'x' * 200}"},
        {"server": f"http://{'x' * 4_000}"},
    ],
    ids=[
        "negative", "too large", "more usable than tries", "more outcomes than tries", "too many faults",
        "name too long", "name that is no name", "more faults than tries", "too many bytes",
        "engine too long", "engine with an escape sequence", "server that is a number",
        "server without a scheme", "server that is a script", "server with markup", "server with a NUL",
        "server in two lines", "server too long to show", "server too long to read",
    ],
)  # fmt: skip
def test_a_status_out_of_bounds_is_malformed(change: dict[str, object]) -> None:
    body = json.loads(golden(GeneratorStatus)) | change
    with pytest.raises(MalformedMessage):
        decode(GeneratorStatus, "GeneratorStatus", json.dumps(body).encode())


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434"),
        ("http://ada:secret@127.0.0.1:11434/v1?key=secret#secret", "http://127.0.0.1:11434"),
        ("https://sk-secret@[::1]:8443/secret", "https://[::1]:8443"),
        ("https://API.Example.org:443/v1", "https://api.example.org"),
        ("https://gpu.example.org/" + "v" * 1_000, "https://gpu.example.org"),
        ("https://\u0430pple.example", "https://xn--pple-43d.example"),
        (r"http://ollama\@evil.example", "http://ollama"),
    ],
    ids=["an address", "all parts", "a key", "the usual port", "a long path",
         "a letter that looks like another", "a backslash"],
)  # fmt: skip
def test_of_a_servers_url_a_status_keeps_scheme_host_and_port(said: str, kept: str) -> None:
    body = json.loads(golden(GeneratorStatus)) | {"server": said}
    status = decode(GeneratorStatus, "GeneratorStatus", json.dumps(body).encode())
    assert status.server == kept
    assert "secret" not in status.encode().decode()
    assert GeneratorStatus.model_validate_json(status.encode()) == status


def test_every_check_can_be_announced_as_a_fault() -> None:
    assert [FaultCount(name=check, count=1).name for check in Check] == list(Check)


def test_the_error_text_does_not_repeat_the_content() -> None:
    body = json.loads(golden(GenerateHomework)) | {"cefr_level": "SECRET" * 1000}
    with pytest.raises(MalformedMessage) as caught:
        decode(GenerateHomework, "GenerateHomework", json.dumps(body).encode())
    assert "SECRET" not in str(caught.value)


def test_a_job_names_no_student_and_no_database_id() -> None:
    assert set(GenerateHomework.model_fields) == {
        "schema_version", "job_id", "cefr_level", "grammar_focus", "topic", "quantity",
        "exercise_types", "seed", "delivery_token", "created_at", "deadline_at",
    }  # fmt: skip


def test_ten_thousand_bad_exercises_are_reported_in_two_errors_at_most() -> None:
    # An error for each of them would keep a consumer busy, so that the holder of a ticket could make homework
    # late.
    with pytest.raises(ValidationError) as refused:
        HomeworkGenerated.model_validate({"exercises": ["no exercise"] * 10_000})
    assert (
        sum(error["loc"][0] == "exercises" for error in refused.value.errors()) <= 2
    )  # There are two errors: the first bad exercise, and the excessive number of exercises.


def test_ten_thousand_bad_faults_are_reported_in_two_errors_at_most() -> None:
    with pytest.raises(ValidationError) as refused:
        GeneratorStatus.model_validate({"faults": ["no fault"] * 10_000})
    assert sum(error["loc"][0] == "faults" for error in refused.value.errors()) <= 2


def test_unknown_fields_are_left_out_before_the_validation() -> None:
    body = json.dumps({f"unknown{number}": [{}] for number in range(5_000)}).encode()
    with pytest.raises(MalformedMessage) as refused:
        decode(HomeworkGenerated, "HomeworkGenerated", body)
    assert isinstance(refused.value.__cause__, ValidationError)
    assert all(error["input"] == {} for error in refused.value.__cause__.errors())
