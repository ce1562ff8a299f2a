"""The alerts, from the rules of Prometheus."""

import re
from pathlib import Path
from typing import Any

import yaml
from docs.tools.reference.markdown import page, table

RULES = Path(__file__).parents[3] / "deploy/prometheus/alerts.yml"
_INTRODUCTION = """The rules are in `deploy/prometheus/alerts.yml`. After a `page` somebody has to act at
once, and after a `warn` within the day. Each name links to the steps to take."""


def write() -> str:
    [group] = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return page("Alerts", _INTRODUCTION, [_overview(group["rules"]), *map(_rule, group["rules"])])


def _overview(rules: list[dict[str, Any]]) -> str:
    head = ["alert", "severity", "after", "says"]
    return table(
        head,
        (
            [
                f"[{rule['alert']}](../operations.md#{rule['alert'].lower()})",
                rule["labels"]["severity"],
                rule.get("for", "at once"),
                _without_templates(rule["annotations"]["summary"]),
            ]
            for rule in rules
        ),
    )


def _without_templates(summary: str) -> str:
    """`{{ $labels.role }}` as ROLE, and `{{ $value | … }}` as N."""
    named = re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda label: label[1].upper(), summary)
    return re.sub(r"\{\{ \$value[^}]*\}\}", "N", named)


def _rule(rule: dict[str, Any]) -> str:
    description = " ".join(rule["annotations"]["description"].split())
    return f"## {rule['alert']}\n\n{description}\n\n```promql\n{rule['expr'].strip()}\n```"
