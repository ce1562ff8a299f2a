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
    job_id: UUID = Field(
        description="The id in messages and logs. It changes when the homework is requested again."
    )
    assignment_id: int
    status: HomeworkStatus = Field(description="The status of the homework.")
    generated_by: GeneratorKind | None = Field(
        description="The generator that wrote it. It is null until it is written."
    )
    model: str | None = Field(description="The name of the model that wrote it, or of the mock generator.")
    worker_id: str | None = Field(description="The name of the worker that wrote it.")
    fallback_reason: str | None = Field(
        description="Why the mock generator wrote it, or a part of it, and not a GPU."
    )
    error: str | None = Field(description="Why it could not be written.")
    accepted_at: datetime = Field(description="When it was requested.")
    published_at: datetime | None = Field(description="When the broker confirmed the job.")
    taken_at: datetime | None = Field(description="When a worker took the job.")
    generated_at: datetime | None = Field(description="When the worker had written it.")
    stored_at: datetime | None = Field(description="When the result was stored.")
    deadline_at: datetime = Field(description="The time by which it has to be written.")


class JobsResponse(BaseModel):
    """A page of jobs."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"jobs": [_JOB_EXAMPLE], "total": 1}]})

    jobs: list[JobResponse] = Field(description="The jobs of this page, newest first.")
    total: int = Field(description="How many jobs match the filter, on all pages.")


class LatencyFigures(BaseModel):
    """Seconds are measured from the request until the homework is stored. Percentiles are by nearest rank,
    and null if no homework was stored.
    """

    count: int = Field(default=0, description="How much homework was stored.")
    by_generator: GeneratorCounts = Field(
        default_factory=GeneratorCounts, description="The same, by generator."
    )
    p50_seconds: float | None = Field(default=None, description="Half of the homework took no longer.")
    p95_seconds: float | None = Field(default=None, description="95 % of the homework took no longer.")
    p99_seconds: float | None = Field(default=None, description="99 % of the homework took no longer.")
    deadline_misses: int = Field(
        default=0, description="How much homework was not stored two seconds after its deadline."
    )
    fallback_share: float | None = Field(
        default=None, description="The share of the homework that the mock generator wrote, from 0 to 1."
    )


class MinuteFigures(LatencyFigures):
    minute: datetime = Field(description="The beginning of the minute.")


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

    since: datetime = Field(description="The beginning of the first minute.")
    hour: LatencyFigures = Field(description="The figures of all minutes together.")
    minutes: list[MinuteFigures] = Field(description="The figures of each minute, the earliest first.")
