"""Pin the images of a deployment: `.ci/pin_images.py [--ours PREFIX] [--registry HOST=URL] FOLDER`.

It asks the registry of each image which digest the tag has now, and writes `tag@sha256:…` into the files of
Compose and Kubernetes and into the Dockerfile below FOLDER. With `--ours ghcr.io/owner/repo/homework` it
pins our own images too, and Compose no longer builds them. If one digest cannot be found, nothing is written.
For a registry that requires a login, set REGISTRY_USER and REGISTRY_PASSWORD.
"""

import argparse
import base64
import hashlib
import json
import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

FILES = (
    "docker-compose.yml",
    "cli/homework_cli/broker/compose.yml",
    "deploy/docker/Dockerfile",
    "deploy/k8s/*/*.yaml",
)
RELEASED = ("app", "proxy", "rates")
"""Our images that a release contains. Whoever has a GPU builds the image with vLLM."""
HUB = "docker.io"
HUBS_REGISTRY = "https://registry-1.docker.io"
KINDS = ", ".join((
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
))  # fmt: skip
SECONDS = 30.0

_TAG = r"(?P<tag>[\w][\w.-]*)(?P<pinned>@sha256:[0-9a-f]{64})?"
THEIRS = re.compile(
    rf"^(?P<before>(?: *image: |ARG \w+=)(?P<name>[a-z0-9][\w./-]*):(?:\$\{{\w+:-)?){_TAG}(?P<after>\}}?)$",
    re.MULTILINE,
)
OURS_IN_COMPOSE = re.compile(
    r"^(?P<before> *image: \$\{HOMEWORK_IMAGES:-)[\w./-]+(?P<between>\}-(?P<part>\w+):\$\{HOMEWORK_VERSION:-)"
    rf"{_TAG}\}}$",
    re.MULTILINE,
)
OURS_IN_KUBERNETES = re.compile(
    r"^(?P<before> *- \{name: homework-(?P<part>\w+), newName: )[\w./-]+, newTag: \"(?P<tag>[^\"]+)\"\}$",
    re.MULTILINE,
)
BUILD = re.compile(r"^ +build: \{.*target: (\w+)\}\n", re.MULTILINE)

DigestOf = Callable[[str, str], str]


class NotFound(Exception):
    """A registry did not return the digest. The text says of which image, and why."""


class Registries:
    """Asks registries through version 2 of their HTTP API. `addresses` has the URLs of hosts with a name
    that is not their address.
    """

    def __init__(self, addresses: dict[str, str], login: tuple[str, str] | None = None) -> None:
        self._addresses = {HUB: HUBS_REGISTRY} | addresses
        self._login = login
        self._known: dict[tuple[str, str], str] = {}

    def digest(self, name: str, tag: str) -> str:
        """The digest that `name:tag` has now, for every platform. Raises NotFound."""
        if (name, tag) not in self._known:
            self._known[name, tag] = self._ask(name, tag)
        return self._known[name, tag]

    def _ask(self, name: str, tag: str) -> str:
        host, path = place(name)
        url = f"{self._addresses.get(host, f'https://{host}')}/v2/{path}/manifests/{tag}"
        try:
            try:
                told, content = _get(url, {"Accept": KINDS})
            except urllib.error.HTTPError as error:
                if error.code != 401:
                    raise
                token = self._token(error.headers.get("WWW-Authenticate", ""))
                told, content = _get(url, {"Accept": KINDS, "Authorization": f"Bearer {token}"})
        except (urllib.error.URLError, TimeoutError, ValueError, KeyError) as error:
            raise NotFound(f"{name}:{tag}: {url} did not return its digest: {error}") from error
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if told not in (None, digest):
            raise NotFound(f"{name}:{tag}: the registry names {told}, but it sent {digest}")
        return digest

    def _token(self, challenge: str) -> str:
        """A token for the challenge, with the login if there is one. Raises KeyError without a realm, and
        ValueError for a realm that is not a URL.
        """
        asked = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        realm = asked.pop("realm")
        headers = {}
        if self._login:
            pair = base64.b64encode(":".join(self._login).encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        _, content = _get(f"{realm}?{urllib.parse.urlencode(asked)}", headers)
        answer = json.loads(content)
        return str(answer.get("token") or answer["access_token"])


def place(name: str) -> tuple[str, str]:
    """The host and the path of an image's name, as Docker reads it."""
    first, _, rest = name.partition("/")
    if rest and ("." in first or ":" in first or first == "localhost"):
        return first, rest
    return HUB, name if rest else f"library/{name}"


def _get(url: str, headers: dict[str, str]) -> tuple[str | None, bytes]:
    if not url.startswith(("https://", "http://")):
        raise ValueError(f"{url} is not the address of a registry")
    request = urllib.request.Request(url, headers=headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310  # nosec B310
        return answer.headers.get("Docker-Content-Digest"), answer.read()


def pinned(text: str, digest: DigestOf, ours: str | None) -> str:
    """The text of a file with a digest beside every tag. Digests that it had already are renewed."""

    def theirs(found: re.Match[str]) -> str:
        tag = found["tag"]
        return f"{found['before']}{tag}@{digest(found['name'], tag)}{found['after']}"

    def in_compose(found: re.Match[str]) -> str:
        if found["part"] not in RELEASED:
            return found[0]
        tag, name = found["tag"], f"{ours}-{found['part']}"
        return f"{found['before']}{ours}{found['between']}{tag}@{digest(name, tag)}}}"

    def in_kubernetes(found: re.Match[str]) -> str:
        if found["part"] not in RELEASED:
            return found[0]
        name = f"{ours}-{found['part']}"
        return f'{found["before"]}{name}, digest: "{digest(name, found["tag"])}"}}  # {found["tag"]}'

    text = THEIRS.sub(theirs, text)
    if ours is None:
        return text
    text = OURS_IN_KUBERNETES.sub(in_kubernetes, OURS_IN_COMPOSE.sub(in_compose, text))
    return BUILD.sub(lambda found: "" if found[1] in RELEASED else found[0], text)


def files(folder: Path) -> Iterator[Path]:
    for pattern in FILES:
        yield from sorted(folder.glob(pattern))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--ours", metavar="PREFIX", help="such as ghcr.io/owner/repo/homework")
    arguments.add_argument("--registry", metavar="HOST=URL", action="append", default=[])
    arguments.add_argument("folder", type=Path)
    given = arguments.parse_args()
    user, password = os.environ.get("REGISTRY_USER"), os.environ.get("REGISTRY_PASSWORD")
    addresses = dict(each.split("=", 1) for each in given.registry)
    registries = Registries(addresses, (user, password) if user and password else None)
    try:
        written = {
            file: pinned(file.read_text("utf-8"), registries.digest, given.ours)
            for file in files(given.folder)
        }
    except NotFound as error:
        sys.exit(f"pin_images: {error}")
    for file, text in written.items():
        file.write_text(text, "utf-8")
    print(f"pin_images: {len(written)} files below {given.folder} name images by their digests")


if __name__ == "__main__":
    main()
