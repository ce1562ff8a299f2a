"""Where Prometheus finds what `homework up` runs; `deploy/prometheus/prometheus.yml` reads it."""

import json
from collections.abc import Mapping
from pathlib import Path

from homework_cli.files import write_atomically


def write_targets(folder: Path, ports: Mapping[str, int | None]) -> None:
    """`ports` on loopback by role; a role without one is not scraped."""
    folder.mkdir(parents=True, exist_ok=True)
    targets = [
        {"targets": [f"127.0.0.1:{port}"], "labels": {"role": role}} for role, port in ports.items() if port
    ]
    write_atomically(folder / "targets.json", json.dumps(targets, indent=2).encode(), 0o644)
