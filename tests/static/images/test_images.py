"""Images have names and versions, and a release names them by their digests."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from homework_shared import __version__
from tests.static.images.registry import Registry, registry

ROOT = Path(__file__).parents[3]
FALLBACK = "cli/homework_cli/broker/compose.yml"
"""The broker of `homework up` on a machine that has only Docker."""
OURS = "ghcr.io/school/italian/homework"
RELEASED = ("app", "proxy", "rates")
DIGEST = r"@sha256:[0-9a-f]{64}"


@pytest.fixture
def hub() -> Iterator[Registry]:
    with registry() as held:
        yield held


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the deployment files."""
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy", ignore=shutil.ignore_patterns("secrets"))
    (tmp_path / FALLBACK).parent.mkdir(parents=True)
    shutil.copy(ROOT / FALLBACK, tmp_path / FALLBACK)
    return tmp_path


def services(folder: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = yaml.safe_load((folder / "docker-compose.yml").read_text())["services"]
    return found


def images(folder: Path) -> set[str]:
    """Every image that is pulled: those of other authors, if no variable is set."""
    composed = [each["image"] for each in services(folder).values()]
    composed.append(yaml.safe_load((folder / FALLBACK).read_text())["services"]["broker"]["image"])
    broker = next(yaml.safe_load_all((folder / "deploy/k8s/base/broker.yaml").read_text()))["spec"]["image"]
    bases = re.findall(r"^ARG \w+=(\S+)$", (folder / "deploy/docker/Dockerfile").read_text(), re.MULTILINE)
    named = (re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", image) for image in composed)
    return {broker, *bases, *(image for image in named if not image.startswith("homework-"))}


def push_all(hub: Registry) -> dict[str, str]:
    """Push the images that the repository names. Returns the digest of each."""
    digests = {}
    for image in images(ROOT):
        name, _, tag = image.rpartition(":")
        digests[image] = hub.push(name if "/" in name else f"library/{name}", tag)
    for part in RELEASED:
        digests[f"{OURS}-{part}"] = hub.push(f"{OURS.partition('/')[2]}-{part}", __version__)
    return digests


def pin(folder: Path, hub: Registry, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    reached = (f"--registry=docker.io={hub.url}", f"--registry=ghcr.io={hub.url}")
    command = [sys.executable, str(ROOT / ".ci/pin_images.py"), *reached, *options, str(folder)]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=110)


def test_every_image_of_others_is_named_by_its_minor_version_at_least() -> None:
    found = images(ROOT)
    assert {image.partition(":")[0] for image in found} >= {"postgres", "rabbitmq", "caddy", "python"}
    assert [image for image in sorted(found) if not re.search(r":v?\d+\.\d+[\w.-]*$", image)] == []


def test_our_images_have_the_version_of_the_code() -> None:
    composed = (each["image"] for each in services(ROOT).values())
    ours = {image for image in composed if "HOMEWORK_IMAGES" in image}
    parts = (*RELEASED, "generator")
    assert ours == {
        f"${{HOMEWORK_IMAGES:-homework}}-{part}:${{HOMEWORK_VERSION:-{__version__}}}" for part in parts
    }
    for file in (ROOT / "deploy/k8s").glob("*/kustomization.yaml"):
        tags = {each["newTag"] for each in yaml.safe_load(file.read_text())["images"]}
        assert tags == {__version__}, file


def test_every_image_gets_the_digest_that_its_registry_tells(folder: Path, hub: Registry) -> None:
    digests = push_all(hub)
    done = pin(folder, hub)
    assert done.returncode == 0, done.stderr
    assert images(folder) == {f"{image}@{digests[image]}" for image in images(ROOT)}
    assert services(folder)["mock"] == services(ROOT)["mock"]


def test_a_second_run_renews_the_digests(folder: Path, hub: Registry) -> None:
    push_all(hub)
    assert pin(folder, hub).returncode == 0
    hub.manifests[
        ("library/postgres", next(tag for name, tag in hub.manifests if name == "library/postgres"))
    ] = b"{}"
    assert pin(folder, hub).returncode == 0
    pinned = images(folder)
    assert {image.count("@") for image in pinned} == {1}
    assert any(
        image.endswith("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a") for image in pinned
    )


def test_a_release_names_our_images_by_digest_too_and_builds_none_of_them(
    folder: Path, hub: Registry
) -> None:
    digests = push_all(hub)
    hub.private = {f"{OURS.partition('/')[2]}-{part}" for part in RELEASED}
    done = pin(folder, hub, "--ours", OURS, REGISTRY_USER="user", REGISTRY_PASSWORD="password")
    assert done.returncode == 0, done.stderr
    composed = services(folder)
    app = f"${{HOMEWORK_IMAGES:-{OURS}}}-app:${{HOMEWORK_VERSION:-{__version__}@{digests[f'{OURS}-app']}}}"
    assert composed["mock"]["image"] == app
    assert {name for name, each in composed.items() if "build" in each} == {"generator"}
    kustomization = yaml.safe_load((folder / "deploy/k8s/base/kustomization.yaml").read_text())
    app_in_kubernetes = {"name": "homework-app", "newName": f"{OURS}-app", "digest": digests[f"{OURS}-app"]}
    assert kustomization["images"] == [app_in_kubernetes]


@pytest.mark.parametrize(
    "fault", ["a tag that is not there", "no login", "a digest of something else", "nobody"]
)
def test_without_a_digest_nothing_is_written_and_the_image_is_named(
    folder: Path, hub: Registry, fault: str
) -> None:
    push_all(hub)
    name = "prom/prometheus"
    if fault == "a tag that is not there":
        hub.manifests = {key: value for key, value in hub.manifests.items() if key[0] != name}
    elif fault == "no login":
        hub.private = {name}
    elif fault == "a digest of something else":
        hub.claims = f"sha256:{'0' * 64}"
    options = ("--registry=docker.io=http://127.0.0.1:1",) if fault == "nobody" else ()
    before = images(folder)
    done = pin(folder, hub, *options)
    assert done.returncode == 1
    assert re.match(r"pin_images: [\w./-]+:[\w.-]+: ", done.stderr), done.stderr
    assert images(folder) == before
