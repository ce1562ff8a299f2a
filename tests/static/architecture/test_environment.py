"""Compose sets only variables that the command reads. A misspelt one would silently leave the default."""

import re
from pathlib import Path

import yaml

from tests.support.environment import OF_THE_PLATFORM, SETTINGS, variables

ROOT = Path(__file__).parents[3]
OF_THE_CLI = {"NGROK_AUTHTOKEN"}
OF_THE_PROXY = set(re.findall(r"\$\{(\w+)", (ROOT / "deploy/docker/haproxy.cfg").read_text()))


def test_compose_sets_no_variable_that_nobody_reads() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    ours = {name: each for name, each in services.items() if each["image"].startswith("homework-")}
    for name, service in ours.items():
        command = service.get("command", [f"homework-{name}"])[0]
        read = variables(SETTINGS[command]) if command in SETTINGS else OF_THE_CLI | OF_THE_PROXY
        assert set(service.get("environment", {})) <= read | OF_THE_PLATFORM, name
    assert {"api-1", "relay", "mock", "console", "generator"} <= set(ours)
