"""Messages that a service must survive. Every body contains CANARY, which no log may contain."""

import json
import struct
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

from homework_shared.exercises.messages import MAX_BODY_BYTES, GenerateHomework, HomeworkGenerated, Message
from homework_shared.messaging.transport import Envelope
from tests.support.broker.raw_amqp import HEADERS, MESSAGE_ID, PRIORITY, TIMESTAMP, TYPE, short, table
from tests.support.messages import generated, job

CANARY = "canary-7f3a"
Change = Callable[[dict[str, Any]], Any]

_NO_UTF8 = short(b"\xff\xfe")
_FAR_FUTURE = struct.pack(">Q", 2**64 - 1)


def _nested(depth: int) -> bytes:
    inside = table()
    for _ in range(depth):
        inside = table((b"a", b"F" + inside))
    return inside


UNREADABLE_PROPERTIES: Mapping[str, dict[int, bytes]] = {
    "a type that is no UTF-8": {TYPE: _NO_UTF8},
    "a message id that is no UTF-8": {MESSAGE_ID: _NO_UTF8},
    "a timestamp beyond all calendars": {TIMESTAMP: _FAR_FUTURE},
    "a header's name that is no UTF-8": {HEADERS: table((b"\xff", b"t\x01"))},
    "a header's timestamp beyond all calendars": {HEADERS: table((b"a", b"T" + _FAR_FUTURE))},
    "tables in tables": {HEADERS: _nested(3000)},
    "a value that is no UTF-8": {HEADERS: table((b"traceparent", b"S" + struct.pack(">I", 2) + b"\xff\xfe"))},
    "a priority beyond all queues": {PRIORITY: b"\xff"},
}

_CHANGES: tuple[Change, ...] = (
    lambda good: good | {"schema_version": 2, "x": CANARY},
    lambda good: good | {"schema_version": "1", "job_id": CANARY},
    lambda good: good | {"job_id": None, "worker_id": CANARY},
    lambda good: good | {"exercises": [CANARY] * 10_000, "quantity": 10_000},
    lambda good: good | {"exercises": [], "exercise_types": [], "x": CANARY},
    lambda good: good | {"model": CANARY * 1000, "topic": CANARY * 1000},
    lambda good: good | {"model": f"\0{CANARY}", "topic": f"\x1b[2J{CANARY}"},
    lambda good: good | {"queue_seconds": float("nan"), "quantity": -1, "x": CANARY},
    lambda good: [good, CANARY],
    lambda good: CANARY,
)
_BODIES: tuple[bytes, ...] = (
    b"",
    CANARY.encode(),
    CANARY.encode("utf-16"),
    b'{"x": "\xe8' + CANARY.encode() + b'"}',
    b"[" * 100_000 + CANARY.encode(),
    b'{"a":' * 20_000 + CANARY.encode(),
    b'{"schema_version": ' + b"9" * 200_000 + b'} "' + CANARY.encode(),
    json.dumps({CANARY + str(number): [{}] for number in range(5_000)}).encode(),
    b'{"x": "' + CANARY.encode() * 20_000 + b'"}',
    b"\0" * 1_000 + CANARY.encode(),
)
TOO_LONG = (CANARY.encode() * MAX_BODY_BYTES)[: MAX_BODY_BYTES + 1]


def malformed(kind: type[Message], count: int) -> list[Envelope]:
    """This many malformed messages, distributed over all the ways in which one of this kind can
    be malformed.
    """
    return list(islice(_malformed(kind), count))


def _malformed(kind: type[Message]) -> Iterator[Envelope]:
    name = kind.__name__
    while True:
        for change in _CHANGES:
            changed = change(_valid(kind, uuid4()))
            yield Envelope(name, str(uuid4()), json.dumps(changed).encode())
        for body in _BODIES:
            yield Envelope(name, str(uuid4()), body)
        body = json.dumps(_valid(kind, uuid4())).encode()
        for wrong_name in ("", "Nonsense", name.lower(), f"{name} "):
            yield Envelope(wrong_name, "", body)


def _valid(kind: type[Message], job_id: UUID) -> dict[str, Any]:
    message = job() if kind is GenerateHomework else generated(job_id)
    return message.model_dump(mode="json")


def lie(job_id: UUID) -> HomeworkGenerated:
    """A well-formed result for a homework that nobody requested."""
    return generated(job_id, text=CANARY)
