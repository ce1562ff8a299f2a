"""A small HTTP server in place of a model server such as Ollama."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.broker.brokers import free_port

Answering = Callable[[BaseHTTPRequestHandler], None]


def models(*names: str, data_is_null: bool = False) -> bytes:
    """The answer of Ollama's `/v1/models`. With `data_is_null` it is the answer without a model, because an
    empty list of Go is null in JSON (`ToListCompletion` in openai/openai.go of its source).
    """
    data = [{"id": name, "object": "model", "created": 1764400000, "owned_by": "library"} for name in names]
    return json.dumps({"object": "list", "data": None if data_is_null else data}).encode()


def says(body: bytes, status: int = 200, content_type: str = "application/json", **headers: str) -> Answering:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Type", content_type)
        request.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(body)

    return answer


class ModelServer:
    """Answers each request with `answering`. `paths` are the requested ones."""

    def __init__(self, answering: Answering, port: int) -> None:
        self.answering = answering
        self.paths: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.paths.append(self.path)
                outer.answering(self)

            def log_message(self, *_: object) -> None:
                """Write no log, because nobody reads it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/v1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.socket.close()


@contextmanager
def model_server(answering: Answering, port: int = 0) -> Iterator[ModelServer]:
    server = ModelServer(answering, port)
    try:
        yield server
    finally:
        server.close()


def nobodys_url() -> str:
    """An address on this machine on which no program listens."""
    return f"http://127.0.0.1:{free_port()}/v1"
