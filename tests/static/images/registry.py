"""A registry of images on loopback: the part of the OCI distribution API that resolves a tag.

It answers as Docker Hub and GitHub's registry do: 401 with a challenge, a token from the realm that the
challenge names, and then the manifest of the tag, in the formats that the client accepts.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

INDEX = "application/vnd.oci.image.index.v1+json"


@dataclass
class Registry:
    """A registry. `manifests` is by repository and tag. `private` are repositories that only the login's
    token can read.
    """

    url: str = ""
    manifests: dict[tuple[str, str], bytes] = field(default_factory=dict)
    private: set[str] = field(default_factory=set)
    login: tuple[str, str] = ("user", "password")
    claims: str | None = None
    """The digest that it claims, if it differs from the content's digest."""
    tokens: dict[str, str] = field(default_factory=dict)

    def push(self, repository: str, tag: str) -> str:
        """Push an index. Returns its digest."""
        manifest = {
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": [],
            "annotations": {"of": repository + tag},
        }
        content = json.dumps(manifest).encode()
        self.manifests[repository, tag] = content
        return digest_of(content)


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@contextmanager
def registry() -> Iterator[Registry]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.held.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.held
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.held = Registry()


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if asked.path == "/token":
            return self._token(parse_qs(asked.query))
        found = re.fullmatch(r"/v2/(.+)/manifests/(.+)", asked.path)
        if found is None:
            return self._refuse(404, "NAME_UNKNOWN")
        return self._manifest(found[1], found[2])

    def _token(self, query: dict[str, list[str]]) -> None:
        held = self.server.held
        [scope] = query["scope"]
        repository = scope.split(":")[1]
        pair = base64.b64encode(":".join(held.login).encode()).decode()
        if repository in held.private and self.headers.get("Authorization") != f"Basic {pair}":
            return self._refuse(401, "UNAUTHORIZED")
        token = f"token-of-{len(held.tokens)}"
        held.tokens[token] = repository
        return self._send(200, json.dumps({"token": token}).encode(), {})

    def _manifest(self, repository: str, tag: str) -> None:
        held = self.server.held
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if held.tokens.get(token) != repository:
            scope = f"repository:{repository}:pull"
            challenge = f'Bearer realm="{held.url}/token",service="stand-in",scope="{scope}"'
            return self._refuse(401, "UNAUTHORIZED", {"WWW-Authenticate": challenge})
        content = held.manifests.get((repository, tag))
        if content is None or INDEX not in self.headers.get("Accept", ""):
            return self._refuse(404, "MANIFEST_UNKNOWN")
        told = {"Content-Type": INDEX, "Docker-Content-Digest": held.claims or digest_of(content)}
        return self._send(200, content, told)

    def _refuse(self, status: int, code: str, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps({"errors": [{"code": code}]}).encode(), headers or {})

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in ({"Docker-Distribution-Api-Version": "registry/2.0"} | headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        return
