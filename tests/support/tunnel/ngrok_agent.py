"""A stand-in for the ngrok agent. It has the agent's command line, log and local API, and forwards TCP.

It is run as `ngrok start --none --log stdout --config FILE`. A test writes the requested faults to
behaviour.json, beside the `ngrok` that was started. Each start and each request reads that file again.
"""

import contextlib
import json
import os
import re
import socket
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

KNOWN_TOKEN = "2abcToken_of-the-teacher"
FOLDER = Path(sys.argv[0]).parent


def behaviour() -> dict[str, Any]:
    file = FOLDER / "behaviour.json"
    found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return found


def say(level: str, **fields: str) -> None:
    rest = " ".join(f"{key}={json.dumps(value)}" for key, value in fields.items())
    sys.stdout.write(f"t=2026-11-23T08:00:00+0000 lvl={level} {rest}\n")
    sys.stdout.flush()


def refusal(code: str, token: str) -> str:
    """The text of ngrok's refusal. It quotes a token that is malformed (105) or not accepted (107)."""
    if code not in ("105", "107"):
        return f"refused. ERR_NGROK_{code}"
    what = "does not look like a proper ngrok tunnel authtoken"
    return (
        f"authentication failed: The authtoken you specified {what}.\nYour authtoken: {token}\n"
        "Instructions to install your authtoken are on your ngrok dashboard:\n"
        f"https://dashboard.ngrok.com/get-started/your-authtoken\r\n\r\nERR_NGROK_{code}\r\n"
    )


class Endpoint:
    """One public address: a listening socket whose connections go to the upstream."""

    def __init__(self, wanted: dict[str, Any]) -> None:
        self.name = str(wanted.get("name") or uuid.uuid4())
        self.upstream = str(wanted["upstream"]["url"])
        self.metadata = wanted.get("metadata", "")
        # There is no TLS. A test that uses an https address here speaks plain HTTP.
        scheme = "https" if self.upstream.startswith("http://") else "tcp"
        reserved = re.fullmatch(r"\w+://.*:(\d+)", str(wanted.get("url", "")))
        self._listener = socket.create_server(("127.0.0.1", int(reserved[1]) if reserved else 0))
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"
        self.count = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def shown(self) -> dict[str, Any]:
        return {
            "name": self.name, "uri": f"/api/endpoints/{self.name}", "url": self.url,
            "upstream": {"url": self.upstream}, "metadata": self.metadata,
            "metrics": {"conns": {"count": self.count, "gauge": 0}},
        }  # fmt: skip

    def close(self) -> None:
        # This wakes the thread that waits in accept, which would keep the socket open.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.count += 1
            threading.Thread(target=self._forward, args=(client,), daemon=True).start()

    def _forward(self, client: socket.socket) -> None:
        host, _, port = self.upstream.rpartition(":")
        try:
            server = socket.create_connection((host.rpartition("/")[2], int(port)), timeout=60)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        for source, target in ((client, server), (server, client)):
            threading.Thread(target=_pump, args=(source, target), daemon=True).start()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


ENDPOINTS: dict[str, Endpoint] = {}


class Api(BaseHTTPRequestHandler):
    """The part of https://ngrok.com/docs/agent/api that pyngrok uses."""

    def do_GET(self) -> None:
        if self.path == "/api/status":
            return self._answer(200, {"status": behaviour().get("status", "online")})
        if self.path == "/api/endpoints":
            return self._answer(200, {"endpoints": [each.shown() for each in ENDPOINTS.values()]})
        found = ENDPOINTS.get(self.path.rpartition("/")[2])
        if found is None or behaviour().get("vanished"):
            return self._answer(404, {"error_code": 100, "msg": "endpoint not found"})
        if behaviour().get("cut_off"):
            return self._answer(200, {}, promised=999)
        moved = behaviour().get("moved_to")
        untold = {"metrics": None} if behaviour().get("uncounted") else {}
        return self._answer(200, found.shown() | ({"url": moved} if moved else {}) | untold)

    def do_POST(self) -> None:
        wanted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if behaviour().get("cut_off"):
            return self._answer(201, {}, promised=999)
        if code := behaviour().get("refuse"):
            error = f"failed to start tunnel: it is refused. ERR_NGROK_{code}"
            return self._answer(502, {"error_code": 103, "status_code": 502, "details": {"err": error}})
        endpoint = Endpoint(wanted)
        ENDPOINTS[endpoint.name] = endpoint
        return self._answer(201, endpoint.shown())

    def do_DELETE(self) -> None:
        if gone := ENDPOINTS.pop(self.path.rpartition("/")[2], None):
            gone.close()
        self._answer(204, {})

    def log_message(self, *_: object) -> None:
        """Log nothing here, because stdout is for logfmt."""

    def _answer(self, status: int, body: dict[str, Any], promised: int = 0) -> None:
        text = json.dumps(body).encode() if status != 204 else b""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(promised or len(text)))
        self.end_headers()
        self.wfile.write(text)


def start() -> None:
    with (FOLDER / "starts.jsonl").open("a") as starts:
        starts.write(json.dumps({"pid": os.getpid(), "argv": sys.argv}) + "\n")
    if behaviour().get("silent"):
        time.sleep(3600)
    config = Path(sys.argv[sys.argv.index("--config") + 1]).read_text()
    token = re.search(r'authtoken: "(.*)"', config)
    code = behaviour().get("start_error") or ("" if token and token[1] == KNOWN_TOKEN else "105")
    if code:
        err = refusal(code, token[1] if token else "")
        say("eror", msg="failed to reconnect session", obj="csess", err=err)
        sys.exit(1)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    say("info", msg="starting web service", obj="web", addr=f"127.0.0.1:{server.server_port}")
    say("info", msg="tunnel session started", obj="tunnels.session")
    say("info", msg="client session established", obj="csess", id="7f")
    if seconds := behaviour().get("die_after"):
        threading.Timer(seconds, os._exit, (1,)).start()
    server.serve_forever()


if __name__ == "__main__":
    if sys.argv[1:2] == ["start"]:
        start()
    elif sys.argv[1:] == ["--version"]:
        sys.stdout.write("ngrok version 3.30.0\n")
    else:
        sys.exit(f"the stand-in has no {sys.argv[1:]}")
