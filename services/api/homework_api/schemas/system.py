"""The responses for operators and for health probes."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict
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

    message: str
    version: str
    docs: str
    endpoints: dict[str, dict[str, str]]


class HealthResponse(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "healthy", "version": "0.1.0"}]})

    status: Literal["healthy"] = "healthy"
    version: str


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

    status: Literal["ready", "degraded", "unavailable"]
    down: list[str]
    checks: dict[str, str]


class QueueState(BaseModel):
    ready: int
    consumers: int


class BrokerState(BaseModel):
    """`problem` says why messages cannot be published now, and what to do."""

    connected: bool
    problem: str | None
    queues: dict[str, QueueState] | None


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

    last_seen: datetime


class TunnelState(BaseModel):
    """The tunnel. `connections_used` and `connections_limit` are for this month."""

    up: bool
    note: str
    address: str | None
    address_changes: int
    connections_used: int
    connections_limit: int | None
    updated_at: AwareDatetime


class OutboxState(BaseModel):
    waiting: int
    oldest_seconds: float


class HomeworkState(BaseModel):
    by_status: dict[HomeworkStatus, int]
    by_generator: dict[GeneratorKind, int]


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

    mode: Literal["gpu", "mock"]
    broker: BrokerState
    generators: list[GeneratorState]
    tunnel: TunnelState | None
    outbox: OutboxState
    homework: HomeworkState
