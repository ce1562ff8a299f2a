"""What the console reads of the API. Unknown fields are ignored: the API may be newer."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from homework_shared.exercises.exercise import CefrLevel, ExerciseType
from homework_shared.exercises.messages import GeneratorKind, GeneratorStatus

HOMEWORK_STATUSES = ("pending", "available", "in_progress", "completed", "failed")


class Queue(BaseModel):
    ready: int
    consumers: int


class BrokerState(BaseModel):
    connected: bool
    queues: dict[str, Queue] | None


class Generator(GeneratorStatus):
    last_seen: datetime


class Tunnel(BaseModel):
    """Of an API that knows of one."""

    up: bool
    note: str = ""
    address: str | None = None


class Outbox(BaseModel):
    waiting: int
    oldest_seconds: float


class HomeworkCounts(BaseModel):
    by_status: dict[str, int]
    by_generator: dict[str, int]


class Overview(BaseModel):
    mode: Literal["gpu", "mock"]
    broker: BrokerState
    generators: list[Generator]
    outbox: Outbox
    homework: HomeworkCounts
    tunnel: Tunnel | None = None

    def queue(self, name: str) -> Queue | None:
        return (self.broker.queues or {}).get(name)

    def gpus(self) -> list[Generator]:
        return [each for each in self.generators if each.kind is GeneratorKind.VLLM]


class Figures(BaseModel):
    count: int
    by_generator: dict[str, int]
    p50_seconds: float | None
    p95_seconds: float | None
    p99_seconds: float | None
    deadline_misses: int
    fallback_share: float | None


class MinuteFigures(Figures):
    minute: datetime


class Latency(BaseModel):
    since: datetime
    hour: Figures
    minutes: list[MinuteFigures]


class Job(BaseModel):
    homework_id: int
    job_id: str
    assignment_id: int
    status: str
    generated_by: str | None
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


class Jobs(BaseModel):
    jobs: list[Job]
    total: int


class DeadLetter(BaseModel):
    id: str
    job_id: str | None
    type: str
    queue: str | None
    reason: str | None
    deaths: int
    copies: int
    last_death_at: datetime | None
    size: int
    preview: str


class Death(BaseModel):
    queue: str
    reason: str
    count: int
    at: datetime


class DeadLetterDetail(DeadLetter):
    body: str
    history: list[Death]


class DeadLetters(BaseModel):
    letters: list[DeadLetter]
    total: int


class SentAgain(BaseModel):
    sent_to: str


class Student(BaseModel):
    id: int
    name: str
    email: str


class Progress(BaseModel):
    total: int
    available: int
    failed: int
    by_generator: dict[str, int]


class Assignment(BaseModel):
    id: int
    cefr_level: CefrLevel
    grammar_focus: str | None
    topic: str | None
    quantity: int
    status: str
    created_at: datetime
    deadline_at: datetime
    error_message: str | None
    progress: Progress

    @property
    def is_final(self) -> bool:
        return self.status in {"completed", "failed"}


class StudentResult(BaseModel):
    student_id: int
    name: str
    homework_id: int
    status: str
    generated_by: str | None
    score: int | None


class ClassResults(BaseModel):
    students: list[StudentResult]


class Exercise(BaseModel):
    type: ExerciseType
    question: str
    options: list[str] | None


class Homework(BaseModel):
    """As its student sees it: the right answers stay where they are until it is sent."""

    id: int
    assignment_id: int
    student_id: int
    status: str
    exercises: list[Exercise]
    generated_by: str | None
    model: str | None
    answers: list[str | None] | None
    score: int | None


class Graded(BaseModel):
    verdict: str
    given: str | None
    expected: str
    feedback: str


class Submission(BaseModel):
    score: int
    exercises: list[Graded]
