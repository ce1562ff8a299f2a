"""The rules and dashboards as files, and the metric names that their queries use."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARDS = sorted((DEPLOY / "grafana/dashboards").glob("*.json"))
_METRIC = re.compile(r"\b(?:homework|rabbitmq)_[a-z_]+")


def alerts() -> list[dict[str, Any]]:
    [group] = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"]
    rules: list[dict[str, Any]] = group["rules"]
    return rules


def panels(dashboard: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(dashboard.read_text())["panels"]
    return found


def queries(dashboard: Path) -> Iterator[tuple[str, str]]:
    """The title and a query of each panel, with a value for Grafana's variable."""
    for panel in panels(dashboard):
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"].replace("$__rate_interval", "1m")


def metrics_in(query: str) -> set[str]:
    return {name for name in _METRIC.findall(query) if name not in ("homework_", "rabbitmq_")}
