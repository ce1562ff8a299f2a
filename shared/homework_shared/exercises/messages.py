"""The messages that travel between the services: frozen models, version 1, JSON in UTF-8.

A command is imperative, an event is past tense. A job carries the pedagogical request, an opaque
id and a seed: no student name, no e-mail address, no database id.
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
"""Below what a reader of JSON may round."""
FaultName = Annotated[str, Field(max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
Place = Annotated[int, Field(ge=0, lt=MAX_EXERCISES)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
DeliveryToken = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""128 random bits that come with a job and go back with its result: the sender was given the job."""


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
"""The limits hold for what is left of the URL."""


class GeneratorKind(StrEnum):
    """Who writes: a language model, whatever engine runs it, or the mock generator."""

    VLLM = "vllm"
    MOCK = "mock"


class FallbackReason(StrEnum):
    """Why the mock generator got the job and not a GPU."""

    EXPIRED = "expired"
    REJECTED = "rejected"
    DELIVERY_LIMIT = "delivery_limit"
    OVERDUE = "overdue"
    INCOMPLETE = "incomplete"
    """A GPU wrote a part, and the mock generator the rest. Only the API says so, no message does."""


class Message(BaseModel):
    """Base of all messages. Unknown fields are ignored: adding one does not change the version."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)
    max_bytes: ClassVar[int] = MAX_BODY_BYTES

    schema_version: Literal[1] = 1
    """The version of the message's format."""

    def encode(self) -> bytes:
        return self.model_dump_json().encode()


class GenerateHomework(Message):
    """Command: write one homework. It says nothing about the student."""

    job_id: UUID
    """The id of the request; a result gives it back."""
    cefr_level: CefrLevel
    """The level of the exercises."""
    grammar_focus: GrammarFocus | None = None
    """The grammar to practise, in the teacher's words."""
    topic: ShortText | None = None
    """What the exercises are about, in the teacher's words."""
    quantity: int = Field(ge=1, le=MAX_EXERCISES)
    """How many exercises to write."""
    exercise_types: tuple[ExerciseType, ...] = Field(
        min_length=1, max_length=len(ExerciseType), fail_fast=True
    )
    """The types to use, in turn."""
    seed: int = Field(ge=0, lt=2**63)
    """It makes classmates' homework differ."""
    delivery_token: DeliveryToken | None = None
    """A random text that the result gives back. An older API sends none."""
    created_at: AwareDatetime
    """When the homework was requested."""
    deadline_at: AwareDatetime
    """When the homework has to be there."""

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
    """Event: a homework is written, or as much of it as this generator could write."""

    job_id: UUID
    """The id of the job."""
    delivery_token: DeliveryToken | None = None
    """The random text that came with the job: the sender was given this job. Older senders have none."""
    # Without fail_fast, a list of ten thousand malformed exercises would cause ten thousand errors.
    exercises: tuple[Exercise, ...] = Field(min_length=1, max_length=MAX_EXERCISES, fail_fast=True)
    """The exercises that could be written, in their order."""
    missing: tuple[Place, ...] = Field(default=(), max_length=MAX_EXERCISES - 1)
    """The positions, counted from 0, of exercises that failed every try. Older senders do not know them."""
    generated_by: GeneratorKind
    """Who wrote it."""
    model: ShortText
    """The name of the model, or of the mock generator."""
    worker_id: ShortText
    """The name of the worker."""
    fallback_reason: FallbackReason | None = None
    """Why the mock generator was asked and not a GPU."""
    prompt_tokens: Count = 0
    """Tokens that the model read."""
    completion_tokens: Count = 0
    """Tokens that it wrote."""
    queue_seconds: Seconds
    """From the request until a worker took the job."""
    generation_seconds: Seconds
    """How long it took to write."""


class HomeworkFailed(Message):
    """Event: not even the last resort could write this homework. From a GPU it means: ask the last resort."""

    job_id: UUID
    """The id of the job."""
    delivery_token: DeliveryToken | None = None
    """The random text that came with the job: the sender was given this job. Older senders have none."""
    code: ShortText
    """What went wrong, as a word."""
    message: ExerciseText
    """What went wrong, as a sentence."""
    worker_id: ShortText
    """The name of the worker."""


class FaultCount(BaseModel):
    """How many tries ended with one fault: with a check, or with another reason not to use an exercise."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    name: FaultName
    """The check that failed, or another reason."""
    count: TryCount
    """How many tries ended with it."""


class GeneratorStatus(Message):
    """Event, transient, every five seconds: a generator is alive, how busy it is and how well it writes.

    The mock generator and older senders name no engine and no server, and count no tries.
    """

    max_bytes = 8 * 1024

    worker_id: ShortText
    """The name of the worker."""
    kind: GeneratorKind
    """Whether a language model writes, or the mock generator."""
    model: ShortText
    """The name of the model, or of the mock generator."""
    engine: ShortText | None = None
    """The program that runs the model, such as "vLLM" or "Ollama"."""
    server: ServerAddress | None = None
    """The address of that program as the worker reaches it. None if it runs in the worker itself."""
    gpu: ShortText | None = None
    """The name of the GPU."""
    gpu_memory_gb: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """Its memory in gigabytes."""
    in_flight: Count
    """Jobs that the worker holds now."""
    done: Count
    """Jobs that it has finished since it started."""
    tokens_per_second: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    """Tokens that the model writes per second."""
    version: ShortText
    """The worker's version."""
    started_at: AwareDatetime
    """When the worker started."""
    sent_at: AwareDatetime | None = None
    """When the status was sent, by the sender's clock. Older senders do not say it."""
    tries: TryCount = 0
    """Exercises that the model wrote since the worker started."""
    usable: TryCount = 0
    """Those of them that passed every check."""
    faults: tuple[FaultCount, ...] = Field(default=(), max_length=MAX_FAULTS, fail_fast=True)
    """The most frequent reasons why the others did not pass."""

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
