"""Alerts and dashboards, before anything runs."""

import re
import shutil
import subprocess
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import Counter, Gauge, Histogram

from homework_shared.observability import metrics
from tests.support.broker.brokers import unavailable
from tests.support.dashboards import DASHBOARDS, DEPLOY, alerts, metrics_in, panels, queries

ROOT = DEPLOY.parent
ALL_QUERIES = [alert["expr"] for alert in alerts()] + [
    query for dashboard in DASHBOARDS for _, query in queries(dashboard)
]
SETTLED_BY_HAND = {"homework_dead_letters_settled_total"}
PROMETHEUS = DEPLOY / "prometheus"


SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}


def families() -> dict[str, set[str]]:
    """Each metric of metrics.py as it is written there, with the sample names it gives."""
    found: dict[str, set[str]] = {}
    for metric in vars(metrics).values():
        if isinstance(metric, Counter | Gauge | Histogram):
            [described] = metric.describe()
            samples = {described.name + suffix for suffix in SUFFIXES[described.type]}
            found[described.name + ("_total" if described.type == "counter" else "")] = samples
    return found


def asked_for(query: str) -> set[str]:
    return {name for name in metrics_in(query) if name.startswith("homework_")}


def promtool(*arguments: str) -> str:
    if (tool := shutil.which("promtool")) is None:
        unavailable("no promtool: install prometheus")
        raise AssertionError
    done = subprocess.run([tool, *arguments], cwd=PROMETHEUS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_prometheus_accepts_the_configuration_and_the_rules() -> None:
    assert "22 rules found" in promtool("check", "config", "prometheus.yml")


def test_each_alert_fires_on_its_fault_and_stays_quiet_without() -> None:
    promtool("test", "rules", "alerts_test.yml")
    tests = yaml.safe_load((PROMETHEUS / "alerts_test.yml").read_text())["tests"]
    named = {test["name"] for test in tests}
    assert named == {f"{alert['alert']} {what}" for alert in alerts() for what in ("fires", "is silent")}
    for test in tests:
        [expectation] = test["promql_expr_test"]
        assert bool(expectation["exp_samples"]) == test["name"].endswith(" fires"), test["name"]
        assert test["name"].split()[0] in expectation["expr"]


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: str(alert["alert"]))
def test_an_alert_says_what_it_means_and_where_it_says_what_to_do(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in {"page", "warn"}
    said = alert["annotations"]
    assert all(said[part] for part in ("summary", "description"))
    page, anchor = said["runbook_url"].split("#")
    assert anchor == alert["alert"].lower()
    assert f"### {alert['alert']}\n" in (ROOT / page).read_text()


def test_rules_and_panels_ask_for_metrics_that_exist() -> None:
    known = set().union(*families().values())
    for query in ALL_QUERIES:
        assert asked_for(query) <= known, query


def test_every_metric_is_in_a_panel_or_a_rule() -> None:
    """What nobody looks at need not be counted."""
    looked_at = set().union(*map(asked_for, ALL_QUERIES))
    assert {name for name, samples in families().items() if not samples & looked_at} == SETTLED_BY_HAND


def test_the_documentation_lists_every_metric_and_no_other() -> None:
    listed = set(re.findall(r"^\| `(homework_\w+)", (ROOT / "docs/monitoring.md").read_text(), re.MULTILINE))
    assert listed == set(families())


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda path: path.stem)
def test_a_panel_says_what_it_shows(dashboard: Path) -> None:
    for panel in panels(dashboard):
        assert panel["type"] == "row" or panel["description"], panel["title"]


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda path: path.stem)
def test_panels_have_ids_of_their_own_and_do_not_overlap(dashboard: Path) -> None:
    ids = [panel["id"] for panel in panels(dashboard)]
    assert len(set(ids)) == len(ids)
    for one, other in combinations([panel["gridPos"] for panel in panels(dashboard)], 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above, (one, other)
        assert one["x"] + one["w"] <= 24
