"""Alerts and dashboards are checked as files, before anything runs."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from docs.tools.reference.metrics import DECLARING_MODULES
from prometheus_client import Counter, Gauge, Histogram

from homework_api.http.gauges import Gauges
from tests.support.broker.brokers import unavailable
from tests.support.dashboards import DASHBOARDS, DEPLOY, alerts, metrics_in, panels, queries

ROOT = DEPLOY.parent
ALL_QUERIES = [alert["expr"] for alert in alerts()] + [
    query for dashboard in DASHBOARDS for _, query in queries(dashboard)
]
API_DOWN = "The API is down while the mock and the relay are up"
SETTLED_BY_HAND = {"homework_dead_letters_settled_total"}
PROMETHEUS = DEPLOY / "prometheus"


SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}


def families() -> dict[str, set[str]]:
    """Each metric of each service by its declared name, with the names of its samples."""
    declared = [
        metric
        for module in DECLARING_MODULES
        for metric in vars(module).values()
        if isinstance(metric, Counter | Gauge | Histogram)
    ]
    described = [family for metric in declared for family in metric.describe()]
    return {
        family.name + ("_total" if family.type == "counter" else ""): {
            family.name + suffix for suffix in SUFFIXES[family.type]
        }
        for family in (*described, *Gauges().registry.collect())
    }


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
    assert f"{len(alerts())} rules found" in promtool("check", "config", "prometheus.yml")


def test_each_alert_fires_on_its_fault_and_stays_quiet_without() -> None:
    promtool("test", "rules", "alerts_test.yml")
    tests = {
        test["name"]: test["promql_expr_test"]
        for test in yaml.safe_load((PROMETHEUS / "alerts_test.yml").read_text())["tests"]
    }
    named = {f"{alert['alert']} {what}" for alert in alerts() for what in ("fires", "is silent")}
    assert set(tests) == named | {API_DOWN}
    for name in named:
        [expectation] = tests[name]
        assert bool(expectation["exp_samples"]) == name.endswith(" fires"), name
        assert name.split()[0] in expectation["expr"]


def test_with_the_api_down_and_the_others_up_process_down_is_the_only_alert() -> None:
    tests = yaml.safe_load((PROMETHEUS / "alerts_test.yml").read_text())["tests"]
    [expectation] = next(test for test in tests if test["name"] == API_DOWN)["promql_expr_test"]
    assert expectation["expr"] == 'count by (alertname, role) (ALERTS{alertstate="firing"})'
    [fires] = expectation["exp_samples"]
    assert fires["labels"] == '{alertname="ProcessDown",role="api"}'


def test_every_alert_on_our_metrics_names_the_role_that_reports_them() -> None:
    for alert in alerts():
        for name, selector in re.findall(r"\b(homework_\w+)(\{[^}]*\})?", alert["expr"]):
            assert 'role="' in selector or 'role=~"' in selector, (alert["alert"], name)


def roles_of_the_alerts() -> set[str]:
    asked = [re.findall(r'role=~?"([^"]+)"', alert["expr"]) for alert in alerts()]
    return {role for selectors in asked for selector in selectors for role in selector.split("|")}


def test_compose_labels_its_targets_with_the_roles_that_the_alerts_name() -> None:
    targets = json.loads((PROMETHEUS / "compose-targets.json").read_text())
    labelled = {target["labels"]["role"] for target in targets}
    assert roles_of_the_alerts() - labelled == {"generator"}  # A GPU is not part of the Compose file.


def test_kubernetes_gives_each_pod_that_is_scraped_the_role_that_the_alerts_name() -> None:
    [job] = yaml.safe_load((PROMETHEUS / "kubernetes.yml").read_text())["scrape_configs"]
    found = {
        target["role"]: target["__address__"]
        for template in pod_templates()
        if (target := relabelled(pod_target(template["metadata"]), job["relabel_configs"]))
    }
    assert roles_of_the_alerts() <= found.keys()
    assert set(found.values()) == {"10.0.0.1:9100"}


def pod_templates() -> Iterator[dict[str, Any]]:
    for file in sorted((DEPLOY / "k8s").glob("*/*.yaml")):
        for resource in yaml.safe_load_all(file.read_text()):
            if resource["kind"] == "Deployment":
                yield resource["spec"]["template"]


def pod_target(pod: dict[str, Any]) -> dict[str, str]:
    """A pod in the form in which Prometheus discovers it."""
    named = [("label", pod.get("labels", {})), ("annotation", pod.get("annotations", {}))]
    target = {"__meta_kubernetes_pod_ip": "10.0.0.1"}
    for kind, pairs in named:
        for name, value in pairs.items():
            target[f"__meta_kubernetes_pod_{kind}_{re.sub(r'[^a-z]', '_', name)}"] = value
    return target


def relabelled(target: dict[str, str], rules: list[dict[str, Any]]) -> dict[str, str] | None:
    """The target after Prometheus's actions `keep` and `replace`. None if it is dropped."""
    for rule in rules:
        value = ";".join(target.get(label, "") for label in rule["source_labels"])
        match = re.fullmatch(rule["regex"], value)
        if rule.get("action") == "keep":
            if match is None:
                return None
        elif match is not None:
            replacement = re.sub(r"\$(\d)", r"\\\1", rule.get("replacement", "$1"))
            target = target | {rule["target_label"]: match.expand(replacement)}
    return target


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
    """A metric that nothing shows need not be counted."""
    looked_at = set().union(*map(asked_for, ALL_QUERIES))
    assert {name for name, samples in families().items() if not samples & looked_at} == SETTLED_BY_HAND


def test_the_documentation_lists_every_metric_and_no_other() -> None:
    listed = set(
        re.findall(r"^\| `(homework_\w+)", (ROOT / "docs/reference/metrics.md").read_text(), re.MULTILINE)
    )
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
