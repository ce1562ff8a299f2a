"""Answers as the API gives them, for tests to change one thing of."""

from datetime import UTC, datetime
from typing import Any

from homework_console.models import Latency, Overview
from homework_console.snapshot import Snapshot

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
GPU = {
    "worker_id": "colab-1", "kind": "vllm", "model": "italian-3b", "gpu": "Tesla T4", "in_flight": 3,
    "done": 40, "tokens_per_second": 812.4, "version": "0.1.0", "started_at": NOW, "last_seen": NOW,
}  # fmt: skip
FIGURES: dict[str, Any] = {
    "count": 10, "by_generator": {"vllm": 10, "mock": 0}, "p50_seconds": 1.0, "p95_seconds": 2.0,
    "p99_seconds": 3.0, "deadline_misses": 0, "fallback_share": 0.0,
}  # fmt: skip


def queues(**ready: int) -> dict[str, Any]:
    """All four with a consumer each, as `homework up` has them, and so many messages ready."""
    names = ("jobs", "fallback", "results", "dead")
    return {
        f"generation.{name}": {"ready": ready.get(name, 0), "consumers": int(name != "dead")}
        for name in names
    }


def overview(**changed: Any) -> Overview:
    told: dict[str, Any] = {
        "mode": "gpu",
        "broker": {"connected": True, "queues": queues()},
        "generators": [GPU],
        "outbox": {"waiting": 0, "oldest_seconds": 0.0},
        "homework": {"by_status": {}, "by_generator": {}},
        "tunnel": {"up": True, "note": "", "address": "4.tcp.eu.ngrok.io:12345"},
    }
    return Overview.model_validate(told | changed)


def latency(minutes: list[dict[str, Any]] | None = None, **hour: Any) -> Latency:
    told = {"since": NOW, "hour": FIGURES | hour, "minutes": minutes or []}
    return Latency.model_validate(told)


def snapshot(**changed: Any) -> Snapshot:
    return Snapshot(overview=overview(**changed), latency=latency(), read_at=NOW)
