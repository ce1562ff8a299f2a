"""kubectl builds deploy/k8s, which is then checked against the schemas and for consistency."""

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from homework_cli.broker.config import LIMITS
from homework_cli.main import app
from homework_shared import __version__
from homework_shared.messaging.ticket import read_ticket
from tests.static.k8s.manifests import Resource, build, named
from tests.static.k8s.problems import KUBERNETES, problems

ROOT = Path(__file__).parents[3]
KUBECTL = str(Path(sys.executable).with_name("kubectl"))
HOST = "homework-broker.homework.svc"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The manifests with the secrets that an operator adds at installation."""
    folder = tmp_path_factory.mktemp("k8s") / "k8s"
    shutil.copytree(ROOT / "deploy/k8s", folder, ignore=shutil.ignore_patterns("secrets"))
    done = CliRunner().invoke(app, ["setup", str(folder / "base/secrets"), "--host", HOST])
    assert done.exit_code == 0, done.output
    return folder


@pytest.mark.parametrize("part", ["base", "gpu", "engine", "classroom", "ingress"])
def test_a_cluster_would_accept_and_run_the_manifests(folder: Path, part: str) -> None:
    assert problems(build(folder / part, KUBECTL)) == []


def test_the_base_needs_no_gpu_and_the_rest_adds_only_that(folder: Path) -> None:
    base, whole = build(folder / "base", KUBECTL), build(folder / "gpu", KUBECTL)
    assert {*named(whole, "Deployment")} - {*named(base, "Deployment")} == {"homework-generator"}
    assert "nvidia.com/gpu" not in yaml.safe_dump(base)
    assert not named(base, "ScaledObject")


def test_a_generator_for_a_server_of_models_needs_no_gpu_and_no_image_of_its_own(folder: Path) -> None:
    base, whole = build(folder / "base", KUBECTL), build(folder / "engine", KUBECTL)
    assert {*named(whole, "Deployment")} - {*named(base, "Deployment")} == {"homework-generator"}
    assert "nvidia.com/gpu" not in yaml.safe_dump(whole)
    pod = named(whole, "Deployment")["homework-generator"]["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert container["image"] == f"registry.example.org/homework-app:{__version__}"
    key = next(each for each in pod["containers"][0]["env"] if each["name"] == "ENGINE_API_KEY")
    assert "value" not in key


def test_the_ingress_leads_to_the_classroom_alone_under_the_name_that_it_answers_to(folder: Path) -> None:
    base, whole = build(folder / "base", KUBECTL), build(folder / "classroom", KUBECTL)
    assert {*named(whole, "Deployment")} - {*named(base, "Deployment")} == {"homework-classroom"}
    assert not named(base, "Ingress")
    [ingress] = named(whole, "Ingress").values()
    [rule] = ingress["spec"]["rules"]
    [path] = rule["http"]["paths"]
    assert path["backend"]["service"]["name"] == "homework-classroom"
    pod = named(whole, "Deployment")["homework-classroom"]["spec"]["template"]["spec"]
    [settings] = (each["data"] for each in named(whole, "ConfigMap").values())
    assert settings["CLASSROOM_PUBLIC_URL"] == settings["CONSOLE_CLASSROOM_LINK"] == f"https://{rule['host']}"
    assert settings["TIMEZONE"]
    assert ingress["spec"]["tls"][0]["hosts"] == [rule["host"]]
    assert [each["name"] for each in pod["volumes"]] == ["tmp"]


def test_the_ingress_of_the_api_speaks_tls_alone_and_the_api_believes_it_who_asks(folder: Path) -> None:
    base, whole = build(folder / "base", KUBECTL), build(folder / "ingress", KUBECTL)
    assert {*named(whole, "Deployment")} == {*named(base, "Deployment")}
    [ingress] = named(whole, "Ingress").values()
    [rule] = ingress["spec"]["rules"]
    assert ingress["spec"]["tls"] == [{"hosts": [rule["host"]], "secretName": "homework-api-tls"}]
    assert ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/force-ssl-redirect"] == "true"
    [path] = rule["http"]["paths"]
    service = named(whole, "Service")[path["backend"]["service"]["name"]]
    assert path["backend"]["service"]["port"]["name"] in {port["name"] for port in service["spec"]["ports"]}
    assert service["spec"]["selector"]["app.kubernetes.io/name"] == "homework-api"
    [settings] = (each["data"] for each in named(whole, "ConfigMap").values())
    assert settings["API_TRUSTED_PROXIES"]
    assert settings["TIMEZONE"], "the base's settings stay"


def test_every_client_asks_the_service_that_the_operator_makes(folder: Path) -> None:
    [broker] = named(build(folder / "base", KUBECTL), "RabbitmqCluster")
    assert f"{broker}.homework.svc" == HOST
    for user in ("api", "mock", "generator"):
        assert read_ticket(folder / f"base/secrets/{user}/ticket").host == HOST


def test_the_broker_refuses_what_the_services_would_refuse(folder: Path) -> None:
    [broker] = named(build(folder / "base", KUBECTL), "RabbitmqCluster").values()
    lines = broker["spec"]["rabbitmq"]["additionalConfig"].splitlines()
    assert set(LIMITS) <= set(lines)


def test_the_page_names_the_kubernetes_version_it_was_checked_against() -> None:
    assert f"Kubernetes {KUBERNETES}" in (ROOT / "docs/kubernetes.md").read_text()


Change = Callable[[str], str]


def put(old: str, new: str, count: int = 1) -> Change:
    def change(text: str) -> str:
        assert re.search(old, text), old
        return re.sub(old, new, text, count=count)

    return change


MISTAKES: dict[str, tuple[Change, str]] = {
    "a misspelt field": (put("readinessProbe", "readynessProbe"), "readynessProbe"),
    "a number that is text": (put(r"replicas: 2", 'replicas: "2"'), "is not of type"),
    "a misspelt field of the operator": (put("disableNonTLS", "disableNonTls"), "NonTls"),
    "a misspelt field of KEDA": (put("minReplicaCount", "minReplicas"), "minReplicas"),
    "a service without a pod": (
        put(r"(kind: Service\n[\s\S]*?selector:\n    app.kubernetes.io/name: homework-)api", r"\1apu"),
        "matches no pod",
    ),
    "a service to a port that nobody opens": (put("targetPort: http", "targetPort: htp"), "has no port htp"),
    "a policy for a port that nobody opens": (put("port: 15671", "port: 15672"), "listens on 15672"),
    "a policy for a pod that is not there": (
        put(r"(- podSelector:\n +matchLabels:\n +homework/)management", r"\1managment"), "matches no pod"
    ),
    "a probe of another port": (
        put(r"(livenessProbe:\n.*\n +httpGet:\n +path: /metrics\n +port: )metrics", r"\1http"),
        "its livenessProbe",
    ),
    "a secret that is not there": (
        put("secretName: homework-mock-", "secretName: homework-mok-"), "no Secret homework-mok-"
    ),
    "a volume that is not there": (
        put(r"(volumeMounts:\n +- mountPath: /run/homework\n +name: )secrets", r"\1secret"),
        "no volume secret",
    ),
    "a command that no package has": (put("- homework-console\n", "- homework-consol\n"), "homework-consol"),
    "a variable that nobody reads": (put("METRICS_PORT", "METRIC_PORT"), "reads no METRIC_PORT"),
    "a setting that nobody reads": (put("TIMEZONE:", "TIMEZON:"), "nobody reads TIMEZON"),
    "settings that are not there": (
        put(r"(configMapRef:\n +name: homework-setting)s-", r"\1-"), "no ConfigMap homework-setting-"
    ),
    "a container that may be root": (put("runAsNonRoot: true", "runAsNonRoot: false"), "may be root"),
    "an engine that no policy lets it reach": (put("- port: 11434", "- port: 11435"), "lets it reach ollama"),
    "a key in no secret": (put("name: homework-engine", "name: homework-engin"), "no Secret homework-engin "),
    "a scaler of a queue that is not there": (put("generation.jobs", "generation.job"), "no queue"),
    "a scaler without its secret": (put("key: host", "key: hosts"), "no Secret homework-scaler"),
}  # fmt: skip


OF_THE_ENGINE = {"an engine that no policy lets it reach", "a key in no secret"}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_check_finds_its_problem(folder: Path, mistake: str) -> None:
    change, told = MISTAKES[mistake]
    part = "engine" if mistake in OF_THE_ENGINE else "gpu"
    text = change(yaml.safe_dump_all(build(folder / part, KUBECTL)))
    wrong: list[Resource] = list(yaml.safe_load_all(text))
    found = problems(wrong)
    assert [each for each in found if told in each], found
