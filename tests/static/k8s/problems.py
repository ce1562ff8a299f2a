"""Checks for manifests that a cluster would refuse, or would accept and never run. Each check yields
sentences.
"""

import importlib.metadata
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import jsonschema
import kubernetes_validate

from homework_shared.messaging.topology import QUEUES
from tests.static.k8s.manifests import (
    NOT_OURS,
    Resource,
    containers,
    deployments,
    matched,
    name_of,
    named,
    pods,
    ports,
)
from tests.support.environment import OF_OPENTELEMETRY, OF_THE_PLATFORM, SETTINGS, variables

KUBERNETES = "1.34"
_SCHEMAS = {file.stem: json.loads(file.read_text()) for file in (Path(__file__).parent / "schemas").iterdir()}


def problems(resources: list[Resource]) -> list[str]:
    checks = (
        of_schemas, of_selectors, of_services, of_policies, of_probes, of_references, of_keys, of_mounts,
        of_commands, of_environments, of_engines, of_hardening, of_scaling, of_authentication,
    )  # fmt: skip
    return [problem for check in checks for problem in check(resources)]


def of_schemas(resources: list[Resource]) -> Iterator[str]:
    for each in resources:
        try:
            if schema := _SCHEMAS.get(each["kind"]):
                jsonschema.validate(each, schema)
            else:
                kubernetes_validate.validate(each, KUBERNETES, strict=True)
        except (jsonschema.ValidationError, kubernetes_validate.ValidationError) as error:
            yield f"{name_of(each)}: {error.message}"


def of_selectors(resources: list[Resource]) -> Iterator[str]:
    for each in resources:
        spec = each.get("spec", {})
        for field in ("selector", "podSelector"):
            if field in spec and not matched(resources, spec[field]):
                yield f"{name_of(each)}: its {field} matches no pod"


def of_services(resources: list[Resource]) -> Iterator[str]:
    for name, service in named(resources, "Service").items():
        for port in service["spec"]["ports"]:
            for pod in matched(resources, service["spec"]["selector"]):
                if port["targetPort"] not in ports(resources)[pod]:
                    yield f"Service {name}: {pod} has no port {port['targetPort']}"


def of_policies(resources: list[Resource]) -> Iterator[str]:
    """Find rules between our own pods that name a missing pod, or a port on which it does not listen."""
    for name, policy in named(resources, "NetworkPolicy").items():
        spec = policy["spec"]
        own = matched(resources, spec["podSelector"])
        for rule in spec.get("ingress", ()):
            yield from _closed(resources, name, own, rule)
        for direction, key in (("ingress", "from"), ("egress", "to")):
            for rule in spec.get(direction, ()):
                for peer in (each["podSelector"] for each in rule.get(key, ()) if "podSelector" in each):
                    there = matched(resources, peer)
                    if not there:
                        yield f"NetworkPolicy {name}: {peer} matches no pod"
                    elif direction == "egress":
                        yield from _closed(resources, name, there, rule)


def _closed(resources: list[Resource], policy: str, listening: list[str], rule: Resource) -> Iterator[str]:
    for port in (each["port"] for each in rule["ports"]):
        if not any(port in ports(resources)[pod] for pod in listening):
            yield f"NetworkPolicy {policy}: none of {', '.join(listening)} listens on {port}"


def of_probes(resources: list[Resource]) -> Iterator[str]:
    for name, container in containers(resources):
        there = {port["name"] for port in container.get("ports", ())}
        for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
            probe = container.get(kind)
            if probe and probe["httpGet"]["port"] not in there:
                yield f"{name}: its {kind} asks a port that it does not have"


def of_references(resources: list[Resource]) -> Iterator[str]:
    secrets = {*named(resources, "Secret"), *NOT_OURS}
    claims = {*named(resources, "PersistentVolumeClaim")}
    for name, pod in [*deployments(resources), *_overrides(resources)]:
        for volume in pod["volumes"]:
            secret = volume.get("secret", {}).get("secretName")
            claim = volume.get("persistentVolumeClaim", {}).get("claimName")
            if secret and secret not in secrets:
                yield f"{name}: there is no Secret {secret}"
            if claim and claim not in claims:
                yield f"{name}: there is no PersistentVolumeClaim {claim}"
    for name, cluster in named(resources, "RabbitmqCluster").items():
        if cluster["spec"]["tls"]["secretName"] not in secrets:
            yield f"RabbitmqCluster {name}: its TLS secret is not there"


def of_keys(resources: list[Resource]) -> Iterator[str]:
    secrets = {*named(resources, "Secret"), *NOT_OURS}
    for name, container in containers(resources):
        for variable in (each for each in container["env"] if "valueFrom" in each):
            if (secret := variable["valueFrom"]["secretKeyRef"]["name"]) not in secrets:
                yield f"{name}: there is no Secret {secret} for {variable['name']}"


def of_mounts(resources: list[Resource]) -> Iterator[str]:
    for name, pod in [*deployments(resources), *_overrides(resources)]:
        volumes = {volume["name"] for volume in pod["volumes"]}
        for container in [*pod.get("initContainers", ()), *pod["containers"]]:
            for mount in container["volumeMounts"]:
                if mount["name"] not in volumes:
                    yield f"{name}: there is no volume {mount['name']}"


def _overrides(resources: list[Resource]) -> Iterator[tuple[str, Resource]]:
    for name, cluster in named(resources, "RabbitmqCluster").items():
        yield name, cluster["spec"]["override"]["statefulSet"]["spec"]["template"]["spec"]


def of_commands(resources: list[Resource]) -> Iterator[str]:
    known = {each.name for each in importlib.metadata.entry_points(group="console_scripts")}
    for name, container in containers(resources):
        if container["command"][0] not in known:
            yield f"{name}: no package has the command {container['command'][0]}"


def of_environments(resources: list[Resource]) -> Iterator[str]:
    for name, container in containers(resources):
        known = variables(SETTINGS[container["command"][0]]) if container["command"][0] in SETTINGS else set()
        for variable in (each["name"] for each in container["env"]):
            if variable not in known | OF_THE_PLATFORM:
                yield f"{name}: {container['command'][0]} reads no {variable}"
    yield from _of_settings(resources)


def _of_settings(resources: list[Resource]) -> Iterator[str]:
    """Find variables in the ConfigMap that no service reads. Every pod gets the ConfigMap."""
    read = set().union(*map(variables, SETTINGS.values())) | OF_OPENTELEMETRY
    maps = named(resources, "ConfigMap")
    for name, each in maps.items():
        for variable in set(each.get("data", ())) - read:
            yield f"ConfigMap {name}: nobody reads {variable}"
    for name, container in containers(resources):
        for source in container["envFrom"]:
            if source["configMapRef"]["name"] not in maps:
                yield f"{name}: there is no ConfigMap {source['configMapRef']['name']}"


def of_engines(resources: list[Resource]) -> Iterator[str]:
    """Find generators that no policy lets reach their model server. By default no pod may connect to
    anything.
    """
    policies = [each["spec"] for each in named(resources, "NetworkPolicy").values()]
    for name, container in containers(resources):
        urls = [urlsplit(each["value"]) for each in container["env"] if each["name"] == "ENGINE_URL"]
        pod = name.split("/")[0]
        for url in urls:
            opened = {
                port["port"]
                for policy in policies
                if pod in matched(resources, policy["podSelector"])
                for rule in policy.get("egress", ())
                if "to" not in rule
                for port in rule["ports"]
            }
            if (url.port or {"http": 80, "https": 443}[url.scheme]) not in opened:
                yield f"{name}: no policy lets it reach {url.netloc}"


def of_hardening(resources: list[Resource]) -> Iterator[str]:
    for name, pod in deployments(resources):
        if not pod["securityContext"]["runAsNonRoot"] or pod["automountServiceAccountToken"]:
            yield f"{name}: it may be root, or speak to Kubernetes"
    for name, container in containers(resources):
        may = container["securityContext"]
        if may["allowPrivilegeEscalation"] or not may["readOnlyRootFilesystem"]:
            yield f"{name}: it may become more, or write to its image"
        if may["capabilities"]["drop"] != ["ALL"]:
            yield f"{name}: it keeps capabilities"
        if "memory" not in container["resources"]["limits"]:
            yield f"{name}: nothing limits its memory"


def of_scaling(resources: list[Resource]) -> Iterator[str]:
    queues = {queue.name for queue in QUEUES}
    for name, scaled in named(resources, "ScaledObject").items():
        if scaled["spec"]["scaleTargetRef"]["name"] not in pods(resources):
            yield f"ScaledObject {name}: what it scales is not there"
        for trigger in scaled["spec"]["triggers"]:
            if trigger["metadata"]["queueName"] not in queues:
                yield f"ScaledObject {name}: there is no queue {trigger['metadata']['queueName']}"
            if trigger["authenticationRef"]["name"] not in named(resources, "TriggerAuthentication"):
                yield f"ScaledObject {name}: its TriggerAuthentication is not there"


def of_authentication(resources: list[Resource]) -> Iterator[str]:
    secrets = named(resources, "Secret")
    for name, auth in named(resources, "TriggerAuthentication").items():
        for wanted in auth["spec"]["secretTargetRef"]:
            if wanted["key"] not in secrets.get(wanted["name"], {"data": {}})["data"]:
                yield f"TriggerAuthentication {name}: no Secret {wanted['name']} with {wanted['key']}"
