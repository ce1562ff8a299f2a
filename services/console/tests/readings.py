"""Responses of the API. A test changes one value in them."""

from datetime import UTC, datetime
from typing import Any

from homework_client.models import Latency, Overview
from homework_console.snapshot import Snapshot

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
GPU = {
    "worker_id": "colab-1", "kind": "vllm", "model": "italian-3b", "engine": "vLLM", "server": None,
    "gpu": "Tesla T4", "gpu_memory_gb": 15.0, "in_flight": 3, "done": 40, "tokens_per_second": 812.4,
    "version": "0.1.0", "started_at": NOW, "last_seen": NOW, "tries": 50, "usable": 40,
    "faults": [{"name": "answer_visible", "count": 7}, {"name": "unsolved", "count": 3}],
}  # fmt: skip
FIGURES: dict[str, Any] = {
    "count": 10, "by_generator": {"vllm": 10, "mock": 0}, "p50_seconds": 1.0, "p95_seconds": 2.0,
    "p99_seconds": 3.0, "deadline_misses": 0, "fallback_share": 0.0,
}  # fmt: skip


def queues(**ready: int) -> dict[str, Any]:
    """The four queues with the consumers that `homework up` has, and with this many ready messages."""
    names = ("jobs", "fallback", "results", "dead")
    return {
        f"generation.{name}": {"ready": ready.get(name, 0), "consumers": int(name != "dead")}
        for name in names
    }


def tunnel(*, up: bool, note: str = "", address: str | None = None) -> dict[str, Any]:
    return {
        "up": up, "note": note, "address": address, "address_changes": 0, "connections_used": 12,
        "connections_limit": 5000, "updated_at": NOW,
    }  # fmt: skip


def overview(**changed: Any) -> Overview:
    known: dict[str, Any] = {
        "mode": "gpu",
        "broker": {"connected": True, "queues": queues()},
        "generators": [GPU],
        "outbox": {"waiting": 0, "oldest_seconds": 0.0},
        "homework": {"by_status": {}, "by_generator": {}},
        "tunnel": tunnel(up=True, address="4.tcp.eu.ngrok.io:12345"),
    }
    return Overview.model_validate(known | changed)


def latency(minutes: list[dict[str, Any]] | None = None, **hour: Any) -> Latency:
    known = {"since": NOW, "hour": FIGURES | hour, "minutes": minutes or []}
    return Latency.model_validate(known)


def snapshot(**changed: Any) -> Snapshot:
    return Snapshot(overview=overview(**changed), latency=latency(), read_at=NOW)
