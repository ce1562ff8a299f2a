"""The resources that `kubectl apply -k` would send, and functions to query them."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

Resource = dict[str, Any]
NOT_OURS = {"homework-database", "homework-engine"}
"""Secrets that the operator creates at installation, because only the operator knows their contents."""


def build(folder: Path, kubectl: str) -> list[Resource]:
    done = subprocess.run([kubectl, "kustomize", str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def name_of(resource: Resource) -> str:
    return f"{resource['kind']} {resource['metadata']['name']}"


def named(resources: list[Resource], kind: str) -> dict[str, Resource]:
    return {each["metadata"]["name"]: each for each in resources if each["kind"] == kind}


def deployments(resources: list[Resource]) -> Iterator[tuple[str, Resource]]:
    """The name and the pod specification of each deployment."""
    for name, each in named(resources, "Deployment").items():
        yield name, each["spec"]["template"]["spec"]


def containers(resources: list[Resource]) -> Iterator[tuple[str, Resource]]:
    for name, pod in deployments(resources):
        for container in [*pod.get("initContainers", ()), *pod["containers"]]:
            yield f"{name}/{container['name']}", container


def pods(resources: list[Resource]) -> dict[str, dict[str, str]]:
    """The labels of every kind of pod. The operator gives the broker's pods their labels."""
    found = {
        name: each["spec"]["template"]["metadata"]["labels"]
        for name, each in named(resources, "Deployment").items()
    }
    for name in named(resources, "RabbitmqCluster"):
        found[name] = {"app.kubernetes.io/name": name, "app.kubernetes.io/component": "rabbitmq"}
    return found


def ports(resources: list[Resource]) -> dict[str, set[int | str]]:
    """The ports of each pod, by number and by name. A TLS-only broker has the operator's fixed ports."""
    found: dict[str, set[int | str]] = {}
    for name, pod in deployments(resources):
        listed = [port for container in pod["containers"] for port in container.get("ports", ())]
        found[name] = {port["containerPort"] for port in listed} | {port["name"] for port in listed}
    for name in named(resources, "RabbitmqCluster"):
        found[name] = {5671, 15671, 15691, 4369, 25672, *range(35672, 35683)}
    return found


def matched(resources: list[Resource], selector: dict[str, Any]) -> list[str]:
    wanted = selector.get("matchLabels", selector if "matchExpressions" not in selector else {})
    return [name for name, labels in pods(resources).items() if wanted.items() <= labels.items()]
