"""The messages that the services send to each other: frozen models, version 1, JSON in UTF-8.

A command is named in the imperative and an event in the past tense. A job contains the teacher's request, a
random id and a seed. It contains no student's name, no e-mail address and no id of the database.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    ValidationError,
    model_validator,
)
from pydantic_core import from_json

from homework_shared.errors import MalformedMessage
from homework_shared.exercises.exercise import (
    MAX_EXERCISES,
    CefrLevel,
    Exercise,
    ExerciseText,
    ExerciseType,
    GrammarFocus,
    ShortText,
)

MAX_BODY_BYTES = 256 * 1024
MAX_FAULTS = 8

Count = Annotated[int, Field(ge=0)]
TryCount = Annotated[int, Field(ge=0, lt=2**53)]
"""Readers of JSON may round larger numbers."""
FaultName = Annotated[str, Field(max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
Place = Annotated[int, Field(ge=0, lt=MAX_EXERCISES)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
DeliveryToken = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""128 random bits in hexadecimal. The API sends them with a job, and a result returns them, which proves that
its sender received the job."""


def server_address(url: str) -> str:
    """The scheme, host and port of `url`. Only these may be shown, because users, paths and queries hold
    secrets.

    Raises:
        ValueError: it is not the address of an HTTP server.
    """
    # The parser would drop some of these characters, and the result would be another address.
    if not url.isprintable():
        raise ValueError("must not contain control characters")
    try:
        parsed = HttpUrl(url)
    except ValidationError:
        raise ValueError("must be an address such as http://127.0.0.1:11434") from None
    is_usual = parsed.port == {"http": 80, "https": 443}[parsed.scheme]
    return f"{parsed.scheme}://{parsed.host}" + ("" if is_usual else f":{parsed.port}")


ServerAddress = Annotated[
    ShortText, BeforeValidator(lambda url: server_address(url) if isinstance(url, str) else url)
]
"""The limits apply to the scheme, host and port that are left of the URL."""


class GeneratorKind(StrEnum):
    """The kind of a generator: `vllm` for a language model on any engine, `mock` for the mock generator."""

    VLLM = "vllm"
    MOCK = "mock"


class FallbackReason(StrEnum):
    """Why the mock generator wrote the homework, and not a GPU."""

    EXPIRED = "expired"
    REJECTED = "rejected"
    DELIVERY_LIMIT = "delivery_limit"
    OVERDUE = "overdue"
    INCOMPLETE = "incomplete"
    """A GPU wrote some exercises, and the mock generator the others. Only the API sets it, and no message
    contains it."""


class Message(BaseModel):
    """Base of all messages. Unknown fields are ignored, so a new field does not change the version."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)
    max_bytes: ClassVar[int] = MAX_BODY_BYTES

    schema_version: Literal[1] = 1
    """The version of the message's format."""

    def encode(self) -> bytes:
        return self.model_dump_json().encode()


class GenerateHomework(Message):
    """Command: write one homework. It contains nothing about the student."""

    job_id: UUID
    """The id of the job. The result returns it."""
    cefr_level: CefrLevel
    """The level of the exercises."""
    grammar_focus: GrammarFocus | None = None
    """The grammar to practise, in the teacher's words."""
    topic: ShortText | None = None
    """What the exercises are about, in the teacher's words."""
    quantity: int = Field(ge=1, le=MAX_EXERCISES)
    """The number of exercises to write."""
    exercise_types: tuple[ExerciseType, ...] = Field(
        min_length=1, max_length=len(ExerciseType), fail_fast=True
    )
    """The types of the exercises, which alternate in this order."""
    seed: int = Field(ge=0, lt=2**63)
    """A random number. Classmates' jobs have different seeds, so that their homework differs."""
    delivery_token: DeliveryToken | None = None
    """A random text that the result returns. An older API sends none."""
    created_at: AwareDatetime
    """When the homework was requested."""
    deadline_at: AwareDatetime
    """When the homework has to be written."""

    def milliseconds_left(self, now: datetime) -> int:
        """The time until the deadline. It is never negative, because the broker closes the channel on a
        negative TTL.
        """
        return max(0, round((self.deadline_at - now).total_seconds() * 1000))

    def encode_for(self, classmates: Iterable[tuple[UUID, int, str | None]]) -> list[str]:
        """The bodies of the same job with other ids, seeds and tokens, because classmates' jobs differ in
        nothing else.
        """
        shared = self.model_dump_json(exclude={"job_id", "seed", "delivery_token"}).removesuffix("}")
        return [
            f'{shared},"job_id":"{job_id}","seed":{seed},"delivery_token":{_json_of(token)}}}'
            for job_id, seed, token in classmates
        ]


class HomeworkGenerated(Message):
    """Event: a homework is written, or those of its exercises that this generator could write."""

    job_id: UUID
    """The id of the job."""
    delivery_token: DeliveryToken | None = None
    """The random text of the job. It proves that the sender received the job. Older senders send none."""
    # Without fail_fast, a list of ten thousand malformed exercises would cause ten thousand errors.
    exercises: tuple[Exercise, ...] = Field(min_length=1, max_length=MAX_EXERCISES, fail_fast=True)
    """The exercises that could be written, in order."""
    missing: tuple[Place, ...] = Field(default=(), max_length=MAX_EXERCISES - 1)
    """The positions, counted from 0, of the exercises that could not be written. Older senders send none."""
    generated_by: GeneratorKind
    """The kind of the generator that wrote it."""
    model: ShortText
    """The name of the model, or of the mock generator."""
    worker_id: ShortText
    """The name of the worker."""
    fallback_reason: FallbackReason | None = None
    """Why the mock generator got the job, and not a GPU."""
    prompt_tokens: Count = 0
    """The number of tokens that the model read."""
    completion_tokens: Count = 0
    """The number of tokens that the model wrote."""
    queue_seconds: Seconds
    """The seconds from the request until a worker took the job."""
    generation_seconds: Seconds
    """The seconds that the worker needed to write it."""


class HomeworkFailed(Message):
    """Event: this generator could not write the homework. After a GPU, the mock generator gets the job. After
    the mock generator, the homework has failed.
    """

    job_id: UUID
    """The id of the job."""
    delivery_token: DeliveryToken | None = None
    """The random text of the job. It proves that the sender received the job. Older senders send none."""
    code: ShortText
    """The kind of the error, as one word."""
    message: ExerciseText
    """The error, as a sentence."""
    worker_id: ShortText
    """The name of the worker."""


class FaultCount(BaseModel):
    """One reason why exercises were not used, and how many tries ended with it."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    name: FaultName
    """The name of the check that failed, or of another reason."""
    count: TryCount
    """The number of tries that ended with it."""


class GeneratorStatus(Message):
    """Event: the state of a generator and the figures of its work. Each generator sends it every five
    seconds, and the broker does not store it on disk.

    The mock generator and older senders send no engine and no server, and count no tries.
    """

    max_bytes = 8 * 1024

    worker_id: ShortText
    """The name of the worker."""
    kind: GeneratorKind
    """Whether the worker runs a language model or is the mock generator."""
    model: ShortText
    """The name of the model, or of the mock generator."""
    engine: ShortText | None = None
    """The program that runs the model, such as "vLLM" or "Ollama"."""
    server: ServerAddress | None = None
    """The address at which the worker reaches that program. It is null if the program runs in the worker."""
    gpu: ShortText | None = None
    """The name of the GPU."""
    gpu_memory_gb: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """The memory of the GPU in gigabytes."""
    in_flight: Count
    """The number of jobs that the worker holds now."""
    done: Count
    """The number of jobs that it has finished since it started."""
    tokens_per_second: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    """The number of tokens that the model writes per second."""
    version: ShortText
    """The worker's version."""
    started_at: AwareDatetime
    """When the worker started."""
    sent_at: AwareDatetime | None = None
    """When the status was sent, by the sender's clock. Older senders send none."""
    tries: TryCount = 0
    """The number of exercises that the model wrote since the worker started."""
    usable: TryCount = 0
    """The number of these exercises that passed every check."""
    faults: tuple[FaultCount, ...] = Field(default=(), max_length=MAX_FAULTS, fail_fast=True)
    """The most frequent reasons why the other exercises were not used."""

    @model_validator(mode="after")
    def _ends_each_try_once(self) -> Self:
        if self.usable + sum(fault.count for fault in self.faults) > self.tries:
            raise ValueError("more outcomes than tries")
        return self


def _json_of(token: str | None) -> str:
    # The token is hexadecimal, so nothing has to be escaped.
    return "null" if token is None else f'"{token}"'


M = TypeVar("M", bound=Message)


def decode(expected: type[M], type_name: str | None, body: bytes) -> M:
    """Parse one message body.

    Raises:
        MalformedMessage: it has another type or version, is too large, or is not valid.
    """
    wanted = expected.__name__
    if type_name != wanted:
        raise MalformedMessage(f"expected a {wanted} message, got type {type_name!r:.60}")
    if len(body) > expected.max_bytes:
        raise MalformedMessage(f"{wanted} of {len(body)} bytes is over {expected.max_bytes}")
    try:
        return expected.model_validate(_known_fields(expected, body))
    except ValidationError as error:
        raise MalformedMessage(f"{wanted}: {_first_problem(error)}") from error


def _known_fields(expected: type[Message], body: bytes) -> dict[str, Any]:
    # model_validate_json would copy the whole body into a Python object for each field that is missing.
    try:
        written = from_json(body)
    except ValueError as error:
        raise MalformedMessage(f"{expected.__name__}: body: {error}"[:300]) from error
    if not isinstance(written, dict):
        raise MalformedMessage(f"{expected.__name__}: body: not a JSON object")
    return {name: written[name] for name in expected.model_fields if name in written}


def _first_problem(error: ValidationError) -> str:
    # The input stays out of the text: it may be huge, and content does not belong in logs.
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"][:4]) or "body"
    return f"{where}: {first['msg']}"[:300]
