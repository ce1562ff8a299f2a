"""The jobs and the figures of the last hour, for operators."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from homework_api.domain.statuses import HomeworkStatus
from homework_api.schemas.assignments import GeneratorCounts
from homework_shared.exercises.messages import GeneratorKind

_JOB_EXAMPLE: JsonDict = {
    "homework_id": 12,
    "job_id": "7c1f9a52-3e0b-4a51-9d6e-0f4b6a2f1c11",
    "assignment_id": 7,
    "status": "available",
    "generated_by": "vllm",
    "model": "italian-3b",
    "worker_id": "colab-3f2a",
    "fallback_reason": None,
    "error": None,
    "accepted_at": "2026-11-23T09:00:00Z",
    "published_at": "2026-11-23T09:00:00.020Z",
    "taken_at": "2026-11-23T09:00:00.110Z",
    "generated_at": "2026-11-23T09:00:14.300Z",
    "stored_at": "2026-11-23T09:00:14.350Z",
    "deadline_at": "2026-11-23T09:01:00Z",
}
_FIGURES_EXAMPLE: JsonDict = {
    "count": 30,
    "by_generator": {"vllm": 28, "mock": 2},
    "p50_seconds": 14.2,
    "p95_seconds": 31.0,
    "p99_seconds": 60.1,
    "deadline_misses": 0,
    "fallback_share": 0.0667,
}


@dataclass(frozen=True, slots=True)
class JobFilter:
    """The filter of the list of jobs; None leaves a field open."""

    status: HomeworkStatus | None = None
    generator: GeneratorKind | None = None
    assignment_id: int | None = None


class JobResponse(BaseModel):
    """A homework as a job, with the times of the steps of its latest request. `generated_by`, `model` and
    `worker_id` describe the homework that is stored, also while a replacement is being written."""

    model_config = ConfigDict(json_schema_extra={"examples": [_JOB_EXAMPLE]})

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


class JobsResponse(BaseModel):
    """A page of jobs. `total` counts what matches the filter on all pages."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"jobs": [_JOB_EXAMPLE], "total": 1}]})

    jobs: list[JobResponse]
    total: int


class LatencyFigures(BaseModel):
    """Seconds are measured from the request until the homework is stored. Percentiles are by nearest rank,
    and null if no homework was stored. `deadline_misses` counts homework that was not stored two seconds
    after its deadline.
    """

    count: int = 0
    by_generator: GeneratorCounts = Field(default_factory=GeneratorCounts)
    p50_seconds: float | None = None
    p95_seconds: float | None = None
    p99_seconds: float | None = None
    deadline_misses: int = 0
    fallback_share: float | None = Field(
        default=None, description="The share of the homework that the mock generator wrote, from 0 to 1."
    )


class MinuteFigures(LatencyFigures):
    minute: datetime


class LatencyResponse(BaseModel):
    """The figures of the last sixty minutes. Minutes in which no homework was stored and no deadline missed
    are left out.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "since": "2026-11-23T08:01:00Z",
                    "hour": _FIGURES_EXAMPLE,
                    "minutes": [{"minute": "2026-11-23T09:00:00Z", **_FIGURES_EXAMPLE}],
                }
            ]
        }
    )

    since: datetime
    hour: LatencyFigures
    minutes: list[MinuteFigures]
