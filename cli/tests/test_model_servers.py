"""`homework up` looks for model servers on the usual ports of Ollama and LM Studio, where any program may
listen.
"""

import gzip
import threading
from http.server import BaseHTTPRequestHandler

import pytest
from tests.support.broker.brokers import free_port
from tests.support.one_answer_server import Answering, model_server, models, nobodys_url, says

from homework_cli.stack import model_servers
from homework_cli.stack.model_servers import LOOK_SECONDS, Answer, ask, look_on_usual_ports

PATIENCE = 60.0
"""The time limit in seconds, so that a busy machine cuts no answer off."""


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_servers, "LOOK_SECONDS", PATIENCE)


def found(name: str, answering: Answering) -> str | None:
    """The line about a server that gives this answer, without its address."""
    with model_server(answering) as server:
        line = look_on_usual_ports({name: server.port})
    return line and line.replace(str(server.port), "PORT")


def test_a_server_is_proposed_with_a_model_that_it_lists() -> None:
    assert found("Ollama", says(models("gemma3:4b", "qwen3:8b"))) == (
        "Ollama answers on port PORT: "
        "`homework up --engine http://127.0.0.1:PORT/v1 --model gemma3:4b` has it write the homework"
    )
    embedding_first = says(models("text-embedding-nomic-embed-text-v1.5", "google/gemma-3-4b"))
    assert "--model google/gemma-3-4b`" in (found("LM Studio", embedding_first) or "")


@pytest.mark.parametrize("body", [models(data_is_null=True), models()])
def test_a_server_without_a_model_is_told_to_get_one(body: bytes) -> None:
    line = found("Ollama", says(body))
    assert line is not None
    assert line.startswith("Ollama answers on port PORT: once it has a model, `homework up --engine ")


@pytest.mark.parametrize(
    "name", ["x; rm -rf ~", "$(id)", "`id`", "--folder", "\x1b[2J", "a b", "", "x" * 200]
)
def test_a_model_name_with_shell_or_control_characters_is_not_proposed(name: str) -> None:
    line = found("Ollama", says(models(name)))
    assert line is not None
    assert "--model" not in line
    assert line.isprintable()
    assert name == "" or name not in line


def test_nothing_is_found_where_nobody_listens() -> None:
    assert look_on_usual_ports({"Ollama": free_port(), "LM Studio": free_port()}) is None
    assert ask(nobodys_url(), PATIENCE) == Answer()


NO_SERVERS_OF_MODELS: dict[str, Answering] = {
    "a page": says(b"<html>Router login</html>", content_type="text/html"),
    "another JSON": says(b'{"data": ["gemma3:4b"]}'),
    "not UTF-8": says(b'{"object": "list", "data": [{"id": "\xff"}]}'),
    "an error": says(models("gemma3:4b"), status=500),
    "a redirect": says(b"", status=302, Location="http://127.0.0.1:1/v1/models"),
    "nested without end": says(b"[" * 100_000),
    "far too long": says(b'{"object": "list", "data": [' + b'{"id": "x"}, ' * 100_000),
    "a small answer that grows large": says(
        gzip.compress(models(*["gemma3:4b"] * 9999)), Content_Encoding="gzip"
    ),
}


@pytest.mark.parametrize("answering", NO_SERVERS_OF_MODELS.values(), ids=NO_SERVERS_OF_MODELS.keys())
def test_an_answer_that_is_not_a_list_of_models_is_ignored(answering: Answering) -> None:
    assert found("Ollama", answering) is None


@pytest.mark.parametrize("begins", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_server_that_answers_byte_by_byte_does_not_delay_the_start(
    begins: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_servers, "LOOK_SECONDS", LOOK_SECONDS)
    ended = threading.Event()

    def drip(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(begins)
        try:
            while not ended.wait(0.02):
                request.wfile.write(b"x")
                request.wfile.flush()
        except OSError:
            return

    try:
        assert found("Ollama", drip) is None  # Without a limit it would send bytes for ever.
    finally:
        ended.set()
    assert LOOK_SECONDS < 0.5


def test_the_question_goes_to_the_port_itself_and_through_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with model_server(says(models("gemma3:4b"))) as server:
        assert ask(server.url, PATIENCE) == Answer(200, ("gemma3:4b",))
    assert server.paths == ["/v1/models"]
