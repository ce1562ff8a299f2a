"""Writes a file with the metrics addresses of `homework up`,
which `deploy/prometheus/prometheus.yml` reads.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from homework_shared.runtime.files import write_atomically


def write_targets(folder: Path, ports: Mapping[str, int | None]) -> None:
    """Write `ports`, which are on loopback, by role. Prometheus does not scrape a role without one."""
    folder.mkdir(parents=True, exist_ok=True)
    targets = [
        {"targets": [f"127.0.0.1:{port}"], "labels": {"role": role}} for role, port in ports.items() if port
    ]
    write_atomically(folder / "targets.json", json.dumps(targets, indent=2).encode(), 0o644)
