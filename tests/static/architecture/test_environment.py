"""Compose sets only variables that the service reads. A misspelt one would silently keep the default."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.support.environment import NOT_PASSED_ON, OF_OPENTELEMETRY, OF_THE_PLATFORM, SETTINGS, variables

ROOT = Path(__file__).parents[3]
OURS = "${HOMEWORK_IMAGES:-homework}"
OF_THE_CLI = {"NGROK_AUTHTOKEN"}
OF_THE_PROXY = set(re.findall(r"\$\{(\w+)", (ROOT / "deploy/docker/haproxy.cfg").read_text()))


def test_compose_sets_no_unused_variable() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    ours = {name: each for name, each in services.items() if each["image"].startswith(OURS)}
    for name, service in ours.items():
        command = service.get("command", [f"homework-{name}"])[0]
        read = variables(SETTINGS[command]) if command in SETTINGS else OF_THE_CLI | OF_THE_PROXY
        assert set(service.get("environment", {})) <= read | OF_THE_PLATFORM | OF_OPENTELEMETRY, name
    assert {"api-1", "relay", "mock", "console", "classroom", "generator", "engine"} <= set(ours)


def passed_by_compose() -> dict[str, set[str]]:
    """The variables that Compose passes to each of our commands, over all services that run it."""
    passed: dict[str, set[str]] = {}
    for service in yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"].values():
        command = service.get("command", [""])[0]
        if service["image"].startswith(f"{OURS}-generator:"):
            command = "homework-generator"
        passed.setdefault(command, set()).update(service.get("environment", {}))
    return passed


def passed_by_kubernetes() -> dict[str, set[str]]:
    passed: dict[str, set[str]] = {}
    file = (ROOT / "deploy/k8s/base/settings.env").read_text()
    of_all = set(re.findall(r"^#?([A-Z_]+)=", file, re.MULTILINE))
    for manifest in (ROOT / "deploy/k8s").glob("*/*.yaml"):
        for each in yaml.safe_load_all(manifest.read_text()):
            if each["kind"] != "Deployment":
                continue
            pod = each["spec"]["template"]["spec"]
            for container in [*pod.get("initContainers", ()), *pod["containers"]]:
                assert container["envFrom"] == [{"configMapRef": {"name": "homework-settings"}}], manifest
                own = {variable["name"] for variable in container["env"]}
                passed.setdefault(container["command"][0], set()).update(own | of_all)
    return passed


@pytest.mark.parametrize("passed_by", [passed_by_compose, passed_by_kubernetes])
@pytest.mark.parametrize("command", SETTINGS)
def test_every_setting_reaches_its_service_or_has_a_reason_not_to(
    command: str, passed_by: Callable[[], dict[str, set[str]]]
) -> None:
    assert variables(SETTINGS[command]) - passed_by()[command] <= set(NOT_PASSED_ON)


def test_a_reason_is_given_only_for_settings_that_something_leaves_out() -> None:
    ways = (passed_by_compose(), passed_by_kubernetes())
    left_out = {
        variable
        for command, settings in SETTINGS.items()
        for way in ways
        for variable in variables(settings) - way[command]
    }
    assert set(NOT_PASSED_ON) == left_out


def test_what_every_service_of_compose_reads_reaches_every_service() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    for name, service in services.items():
        command = service.get("command", [""])[0]
        if command in SETTINGS:
            common = {
                "LOG_FORMAT",
                "LOG_LEVEL",
                "BROKER_RECONNECT_MAX_SECONDS",
                "OTEL_EXPORTER_OTLP_ENDPOINT",
            }
            wanted = common & variables(SETTINGS[command])
            assert wanted <= set(service["environment"]), name


def test_a_setting_without_a_value_takes_no_default_of_the_image_away() -> None:
    """Docker removes a variable of the image if the container gets it without a value."""
    image = (ROOT / "deploy/docker/Dockerfile").read_text()
    of_the_image = set(re.findall(r"(\w+)=", " ".join(re.findall(r"^ENV (.+)$", image, re.MULTILINE))))
    for name, service in yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"].items():
        bare = {variable for variable, value in service.get("environment", {}).items() if value is None}
        assert not bare & of_the_image, name


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
    # `docker inspect` would show a key in a variable to everybody.
    assert "ENGINE_API_KEY" not in profile["engine"]["environment"]
