"""The responses for operators and for health probes."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from homework_client.models.base import Model
from homework_client.models.teaching import GeneratorCounts
from homework_client.models.values import GeneratorKind, HomeworkStatus, Mode, ReadyStatus, Scope


class Health(Model):
    status: str
    version: str


class Ready(Model):
    """`checks` has one sentence, or `ok`, for each part that the API depends on."""

    status: ReadyStatus
    down: list[str]
    checks: dict[str, str]


class QueueState(Model):
    ready: int
    consumers: int


class BrokerState(Model):
    """The state of the broker. `queues` is None while the broker does not answer. `problem` says why it
    accepts no messages, and what to do; an older API does not send it.
    """

    connected: bool
    problem: str | None = None
    queues: dict[str, QueueState] | None


class FaultCount(Model):
    name: str
    count: int


class Generator(Model):
    """A generator that has announced itself within the last seconds.

    `kind` is `vllm` for every engine that runs a language model. `engine` is that program, and `server` is
    its address; it is None for an engine in the worker's own process. `tries` and `usable` are counts since
    the worker started, and `faults` are the most frequent ones. A mock generator and an older generator name
    no engine and count no tries, and an older API does not pass these fields on.
    """

    worker_id: str
    kind: GeneratorKind
    model: str
    engine: str | None = None
    server: str | None = None
    gpu: str | None
    gpu_memory_gb: float | None
    in_flight: int
    done: int
    tokens_per_second: float
    version: str
    started_at: datetime
    sent_at: datetime | None = None
    last_seen: datetime
    tries: int = 0
    usable: int = 0
    faults: list[FaultCount] = Field(default_factory=list)

    @property
    def usable_share(self) -> float | None:
        """The share of usable tries, between 0 and 1; None before the first try."""
        return self.usable / self.tries if self.tries else None


class TunnelState(Model):
    """The tunnel to the broker; `homework tunnel` writes the same JSON to a file that the API reads."""

    up: bool
    note: str
    address: str | None
    address_changes: int
    connections_used: int
    connections_limit: int | None
    updated_at: datetime


class OutboxState(Model):
    waiting: int
    oldest_seconds: float


class HomeworkCounts(Model):
    by_status: dict[HomeworkStatus, int]
    by_generator: dict[GeneratorKind, int]


class Overview(Model):
    mode: Mode
    broker: BrokerState
    generators: list[Generator]
    tunnel: TunnelState | None = None
    outbox: OutboxState
    homework: HomeworkCounts

    def queue(self, name: str) -> QueueState | None:
        return (self.broker.queues or {}).get(name)

    def gpus(self) -> list[Generator]:
        return [each for each in self.generators if each.kind is GeneratorKind.VLLM]


class Job(Model):
    homework_id: int
    job_id: UUID
    assignment_id: int
    status: HomeworkStatus
    generated_by: GeneratorKind | None
    model: str | None
    worker_id: str | None
    fallback_reason: str | None
    error: str | None
    accepted_at: datetime
    published_at: datetime | None
    taken_at: datetime | None
    generated_at: datetime | None
    stored_at: datetime | None
    deadline_at: datetime


class Jobs(Model):
    jobs: list[Job]
    total: int


class LatencyFigures(Model):
    """Percentiles are None while nothing was stored. `fallback_share` is between 0 and 1."""

    count: int
    by_generator: GeneratorCounts
    p50_seconds: float | None
    p95_seconds: float | None
    p99_seconds: float | None
    deadline_misses: int
    fallback_share: float | None


class MinuteFigures(LatencyFigures):
    minute: datetime


class Latency(Model):
    since: datetime
    hour: LatencyFigures
    minutes: list[MinuteFigures]


class DeadLetter(Model):
    id: str
    message_id: str
    job_id: UUID | None
    type: str
    queue: str | None
    reason: str | None
    deaths: int
    copies: int
    first_death_at: datetime | None
    last_death_at: datetime | None
    size: int
    preview: str


class Death(Model):
    queue: str
    reason: str
    count: int
    at: datetime


class DeadLetterDetail(DeadLetter):
    body: str
    history: list[Death]
    headers: dict[str, str]


class DeadLetters(Model):
    letters: list[DeadLetter]
    total: int


class SentAgain(Model):
    """The answer to a replay. `sent_to` is the queue."""

    id: str
    sent_to: str


class ApiKey(Model):
    """An API key without its secret. `teacher_id` is the teacher to whom the key or its student belongs; None
    for operators.
    """

    id: str
    name: str
    rights: list[Scope]
    student_id: int | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    teacher_id: int | None = None


class Teacher(Model):
    id: int
    name: str
    created_at: datetime


class AuditEntry(Model):
    """An entry of the audit log. `done_by` is None if no API keys were in use: a user of the service's
    machine did it. `action` is a plain text, because a newer API may have further actions.
    """

    id: int
    done_at: datetime
    done_by: str | None
    done_by_key: str | None
    action: str
    kind: str
    thing: str


class NewApiKey(ApiKey):
    """`key` is shown only in the answer that created it."""

    key: str
