"""The responses for operators and for health probes."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from homework_api.domain.statuses import HomeworkStatus
from homework_shared.exercises.messages import GeneratorKind, GeneratorStatus


class RootResponse(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "message": "Italian Teacher API",
                    "version": "0.1.0",
                    "docs": "/docs",
                    "endpoints": {"teacher": {"list_students": "GET /api/teacher/students"}},
                }
            ]
        }
    )

    message: str = Field(description="The name of the service.")
    version: str = Field(description="The version of the service.")
    docs: str = Field(description="The path of the page for developers.")
    endpoints: dict[str, dict[str, str]] = Field(
        description="Method and path of the most important routes, by group and name."
    )


class HealthResponse(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "healthy", "version": "0.1.0"}]})

    status: Literal["healthy"] = Field(
        default="healthy", description="Always `healthy`, because the process has answered."
    )
    version: str = Field(description="The version of the service.")


class ReadyResponse(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "degraded",
                    "down": ["broker"],
                    "checks": {"database": "ok", "broker": "connecting to 127.0.0.1:5672: refused"},
                }
            ]
        }
    )

    status: Literal["ready", "degraded", "unavailable"] = Field(
        description="`ready` if all is well. `degraded` means that requests are accepted and jobs wait for "
        "the broker. `unavailable` means that the database cannot be used, or that another installation "
        "uses the broker.",
    )
    down: list[str] = Field(description="The names of the checks that failed.")
    checks: dict[str, str] = Field(
        description="`ok`, or why the check failed. Only operators see the reasons."
    )


class QueueState(BaseModel):
    ready: int = Field(description="How many messages wait in the queue.")
    consumers: int = Field(description="How many consumers the queue has.")


class BrokerState(BaseModel):
    """The connection to the broker and its queues."""

    connected: bool = Field(description="Whether messages can be published and read now.")
    problem: str | None = Field(description="Why messages cannot be published now, and what to do.")
    queues: dict[str, QueueState] | None = Field(
        description="The state of each queue by its name, or null if it is not known."
    )


_GENERATOR: JsonDict = {
    "schema_version": 1,
    "worker_id": "generator-mac",
    "kind": "vllm",
    "model": "gemma3:4b",
    "engine": "Ollama",
    "server": "http://127.0.0.1:11434",
    "gpu": None,
    "gpu_memory_gb": None,
    "in_flight": 4,
    "done": 12,
    "tokens_per_second": 38.5,
    "version": "0.1.0",
    "started_at": "2026-11-23T08:30:00Z",
    "sent_at": "2026-11-23T09:00:00Z",
    "tries": 60,
    "usable": 54,
    "faults": [{"name": "unsolved", "count": 6}],
    "last_seen": "2026-11-23T09:00:00Z",
}


class GeneratorState(GeneratorStatus):
    model_config = ConfigDict(json_schema_extra={"examples": [_GENERATOR]})

    last_seen: datetime = Field(description="When the last status of this generator arrived.")


class TunnelState(BaseModel):
    """The tunnel through which generators on other machines reach the broker."""

    up: bool = Field(description="Whether the tunnel leads to the broker.")
    note: str = Field(description="The state of the tunnel, in words.")
    address: str | None = Field(description="The public address of the broker.")
    address_changes: int = Field(
        description="How often the address has changed since the tunnel was started."
    )
    connections_used: int = Field(description="The connections of this month.")
    connections_limit: int | None = Field(description="The connections that a free plan allows in a month.")
    updated_at: AwareDatetime = Field(description="When the tunnel last reported its state.")


class OutboxState(BaseModel):
    waiting: int = Field(description="How many jobs are not published yet.")
    oldest_seconds: float = Field(description="The age of the oldest of them.")


class HomeworkState(BaseModel):
    by_status: dict[HomeworkStatus, int] = Field(description="How much homework there is, by status.")
    by_generator: dict[GeneratorKind, int] = Field(description="How much homework is written, by generator.")


class OverviewResponse(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "mode": "gpu",
                    "broker": {
                        "connected": True,
                        "problem": None,
                        "queues": {"generation.jobs": {"ready": 0, "consumers": 1}},
                    },
                    "generators": [_GENERATOR],
                    "tunnel": None,
                    "outbox": {"waiting": 0, "oldest_seconds": 0.0},
                    "homework": {
                        "by_status": {
                            "pending": 0,
                            "available": 3,
                            "in_progress": 0,
                            "completed": 0,
                            "failed": 0,
                        },
                        "by_generator": {"vllm": 3, "mock": 0},
                    },
                }
            ]
        }
    )

    mode: Literal["gpu", "mock"] = Field(
        description="`gpu` while a GPU generator is online, and `mock` otherwise."
    )
    broker: BrokerState = Field(description="The state of the broker.")
    generators: list[GeneratorState] = Field(description="The generators that are online.")
    tunnel: TunnelState | None = Field(description="The state of the tunnel, or null if none was used here.")
    outbox: OutboxState = Field(description="Jobs that wait for the broker.")
    homework: HomeworkState = Field(description="The counts of all homework.")
