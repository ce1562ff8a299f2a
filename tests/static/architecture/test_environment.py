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
    assert {"api-1", "relay", "mock", "console", "classroom", "generator", "engine"} <= set(ours)


def test_the_profile_engine_needs_no_gpu_and_lets_nobody_but_the_generator_reach_ollama() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    profile = {name: each for name, each in services.items() if "engine" in each.get("profiles", ())}
    assert set(profile) == {"engine", "ollama"}
    assert not [name for name, each in profile.items() if "deploy" in each]
    assert profile["engine"]["image"] == services["mock"]["image"]
    networks = {name: each.get("networks", ["default"]) for name, each in services.items()}
    assert {name for name, joined in networks.items() if "engine" in joined} == {"engine", "ollama"}
    assert networks["ollama"] == ["engine"]
    assert "ports" not in profile["ollama"]
    assert re.search(r":\$\{OLLAMA_VERSION:-\d+\.\d+\.\d+\}$", profile["ollama"]["image"])
    # A key in a variable is in `docker inspect` for all to read.
    assert "ENGINE_API_KEY" not in profile["engine"]["environment"]
