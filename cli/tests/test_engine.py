"""`homework up --engine`: the server's address, and the generator that runs beside the other services."""

import io
import sys
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from rich.console import Console
from tests.support.one_answer_server import model_server, models, nobodys_url, says
from tests.support.waiting import wait_until
from typer.testing import CliRunner

from homework_cli.commands import run
from homework_cli.main import app
from homework_cli.stack import generator as generators
from homework_cli.stack import model_servers
from homework_cli.stack.engine import BadEngine, Engine, checked_engine
from homework_cli.stack.generator import GeneratorChild
from homework_client.models import Mode
from homework_client.refusals import Refused

OLLAMA = "http://127.0.0.1:11434/v1"
# It ends like a generator that cannot start: the last line has the reason.
STAND_IN = """
import os, pathlib, sys, time
here = pathlib.Path(__file__).parent
with (here / "starts").open("a") as starts:
    starts.write("{ENGINE_URL} {MODEL}\\n".format_map(os.environ))
code = int((here / "code").read_text())
if code == 0:
    time.sleep(600)
print("a line of the log")
print((here / "sentence").read_text(), file=sys.stderr)
sys.exit(code)
"""


class StandIn:
    """A package that runs in the generator's place, and prints and does what a test specifies."""

    def __init__(self, folder: Path) -> None:
        self._package = folder / "path/homework_generator"
        self._package.mkdir(parents=True)
        (self._package / "__init__.py").touch()
        (self._package / "__main__.py").write_text(STAND_IN)
        self.environment = {"PYTHONPATH": str(self._package.parent)}
        self.does(0)

    def does(self, code: int, sentence: str = "") -> None:
        (self._package / "code").write_text(str(code))
        (self._package / "sentence").write_text(f"homework-generator: {sentence}")

    @property
    def starts(self) -> list[str]:
        file = self._package / "starts"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    monkeypatch.setattr(generators, "_LOOK_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(generators, "_ASK_SECONDS", 60.0)  # A busy machine makes no answer late.
    return StandIn(tmp_path)


def started(stand_in: StandIn, folder: Path, url: str) -> GeneratorChild:
    """A started generator. It has ended, unless it is one that stays."""
    child = GeneratorChild(Engine(url, "gemma3:4b"), stand_in.environment, folder)
    child.start()
    wait_until(lambda: child.exit_code is not None)
    return child


def news(child: GeneratorChild, looks: int = 20) -> list[str]:
    return [told for _ in range(looks) if (told := child.revive())]


@pytest.mark.parametrize(
    "url",
    [
        "", "127.0.0.1:11434", "localhost:11434/v1", "ftp://127.0.0.1/v1", "file:///etc/passwd", "http://", "http:///v1",
        "http://127.0.0.1:0/v1", "http://127.0.0.1:99999/v1", "http://[::1/v1", "http://127.0.0.1:11434 /v1", "http://a\x1b[2J/v1",
    ],
)  # fmt: skip
def test_an_engine_that_is_no_http_address_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(BadEngine, match=r"http://127\.0\.0\.1:11434/v1"):
        checked_engine(url, None)


@pytest.mark.parametrize(
    "url",
    [
        "http://teacher:s3cret@127.0.0.1:11434/v1", "https://s3cret@api.example.org/v1",
        "https://api.example.org/v1?api_key=s3cret", "https://api.example.org/v1#s3cret",
    ],
)  # fmt: skip
def test_a_key_on_the_command_line_is_refused_before_anything_starts_and_not_repeated(
    url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    done = CliRunner().invoke(app, ["up", "--folder", str(folder), "--engine", url], env={"COLUMNS": "300"})
    assert done.exit_code == 2
    assert "ENGINE_API_KEY_FILE" in done.output
    assert "s3cret" not in done.output
    assert not folder.exists()


def test_a_model_without_an_engine_is_refused(tmp_path: Path) -> None:
    options = ["--folder", str(tmp_path / "run"), "--model", "gemma3:4b"]
    done = CliRunner().invoke(app, ["up", *options], env={"COLUMNS": "300"})
    assert (done.exit_code, "it needs --engine" in done.output) == (2, True)


def test_an_installation_without_the_generator_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "homework_generator", None)
    with pytest.raises(BadEngine, match="not installed here: homework-generator"):
        checked_engine(OLLAMA, None)


def test_the_generator_is_told_its_server_and_model(stand_in: StandIn, tmp_path: Path) -> None:
    assert checked_engine(f"{OLLAMA}/", "gemma3:4b") == Engine(OLLAMA, "gemma3:4b")
    assert Engine(OLLAMA).environment() == {"ENGINE_URL": OLLAMA}
    stand_in.does(3, "nobody answers")
    url = nobodys_url()
    started(stand_in, tmp_path, url)
    assert stand_in.starts == [f"{url} gemma3:4b"]


def test_a_generator_that_cannot_start_says_why_once_and_waits_for_its_server(
    stand_in: StandIn, tmp_path: Path
) -> None:
    stand_in.does(3, "nobody answers: start the server [/red] \x1b[2J")
    url = nobodys_url()
    child = started(stand_in, tmp_path, url)
    [told] = news(child)
    assert "nobody answers: start the server [/red]" in told
    assert "the mock writes the homework" in told
    assert "\x1b" not in told
    assert len(stand_in.starts) == 1

    stand_in.does(0)
    with model_server(says(models("gemma3:4b")), port=int(url.rsplit(":", 1)[1].split("/")[0])):
        [told] = news(child)
        assert "started again" in told
        assert child.running
    wait_until(lambda: len(stand_in.starts) == 2)
    child.terminate()
    child.join()


def test_a_model_that_was_pulled_meanwhile_starts_the_generator_again(
    stand_in: StandIn, tmp_path: Path
) -> None:
    stand_in.does(3, "the server has no model gemma3:4b")
    with model_server(says(models("qwen3:8b"))) as server:
        child = started(stand_in, tmp_path, server.url)
        assert len(news(child)) == 1
        server.answering = says(models("gemma3:4b", "qwen3:8b"))
        assert "started again" in news(child)[0]
        wait_until(lambda: child.exit_code is not None)
        # It has failed again, so the failure is reported again.
        assert "no model gemma3:4b" in news(child)[0]
    assert len(stand_in.starts) == 2


def test_a_model_that_did_not_qualify_is_not_asked_to_again_and_again(
    stand_in: StandIn, tmp_path: Path
) -> None:
    stand_in.does(3, "the model does not write well enough")
    with model_server(says(models("gemma3:4b"))) as server:
        child = started(stand_in, tmp_path, server.url)
        assert len(news(child)) == 1
    assert len(stand_in.starts) == 1


def test_a_server_that_answers_too_late_has_not_changed(
    stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in.does(3, "the model does not write well enough")
    ended = threading.Event()

    def late(_: BaseHTTPRequestHandler) -> None:
        ended.wait(60)

    with model_server(says(models("gemma3:4b"))) as server:
        child = started(stand_in, tmp_path, server.url)
        assert len(news(child)) == 1
        server.answering, before = late, len(server.paths)
        monkeypatch.setattr(generators, "_ASK_SECONDS", 0.2)
        try:
            assert news(child, looks=2) == []
        finally:
            ended.set()
        assert len(server.paths) == before + 2
    assert len(stand_in.starts) == 1


def test_wrong_settings_are_reported_once_and_not_retried(stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.does(2, "the setting max_num_seqs is wrong")
    url = nobodys_url()
    child = started(stand_in, tmp_path, url)
    [told] = news(child)
    assert "max_num_seqs is wrong" in told
    assert "by itself" not in told
    with model_server(says(models("gemma3:4b")), port=int(url.rsplit(":", 1)[1].split("/")[0])):
        assert news(child) == []


def test_a_generator_that_dies_is_started_again_like_the_others(stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.does(4)
    child = started(stand_in, tmp_path, nobodys_url())
    stand_in.does(0)
    told: list[str] = []

    def is_told() -> bool:
        told.extend(news(child))
        return bool(told)

    wait_until(is_told)  # The first wait after a death is a second.
    assert "ended with exit code 4 and was started again" in told[0]
    child.terminate()
    child.join()


class Quiet:
    """The part of a stack that the welcome message reads."""

    port = 8000
    url = "http://127.0.0.1:8000"
    console_url = "http://127.0.0.1:8080"
    classroom_url = "http://127.0.0.1:8002"

    class broker:  # noqa: N801
        @staticmethod
        def describe() -> str:
            return "RabbitMQ"

        @staticmethod
        def amqp_url(user: str) -> str:
            return f"amqp://{user}:secret@127.0.0.1/"

    def __init__(self, mode: Mode, link: str | None = None) -> None:
        self.mode = lambda: mode
        self.sign_in_address = lambda: "http://127.0.0.1:8080/sign-in/x"
        self.asked_for: list[tuple[str | None, int | None]] = []
        self._link = link

    def teacher_link(self, key: str | None, teacher_id: int | None) -> str:
        self.asked_for.append((key, teacher_id))
        if self._link is None:
            raise Refused("Teacher not found")
        return self._link


def welcome(
    folder: Path, mode: Mode, engine: Engine | None, link: str | None = None, *, on_terminal: bool = False
) -> str:
    out = io.StringIO()
    console = Console(file=out, width=300, force_terminal=on_terminal, color_system=None)
    run._welcome(Quiet(mode, link), folder, console, engine)  # type: ignore[arg-type]
    return out.getvalue()


def test_the_welcome_shows_a_teacher_the_way_in_on_a_terminal_alone(tmp_path: Path) -> None:
    link = "http://127.0.0.1:8002/teacher/in/token"
    shown = welcome(tmp_path, Mode.MOCK, None, link, on_terminal=True)
    assert f"classroom  {link} (works once" in shown
    assert "`homework share`" in shown
    refused = welcome(tmp_path, Mode.MOCK, None, on_terminal=True)
    assert "/teacher/sign-in (no link could be made: Teacher not found)" in refused
    in_a_file = welcome(tmp_path, Mode.MOCK, None, link)
    assert link not in in_a_file
    assert "classroom  http://127.0.0.1:8002 (`homework teacher sign-in`" in in_a_file


def test_the_printed_link_is_for_the_teacher_whom_the_environment_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOMEWORK_TEACHER_ID", "2")
    monkeypatch.setenv("HOMEWORK_API_KEY", "hk_x")
    stack = Quiet(Mode.MOCK, "http://127.0.0.1:8002/teacher/in/token")
    terminal = Console(file=io.StringIO(), force_terminal=True)
    assert "/teacher/in/token" in run._classroom(stack, terminal)  # type: ignore[arg-type]
    assert stack.asked_for == [("hk_x", 2)]
    monkeypatch.setenv("HOMEWORK_TEACHER_ID", "Anna")
    assert "has to be the id of a teacher" in run._classroom(stack, terminal)  # type: ignore[arg-type]


def test_the_welcome_names_the_generator_of_now_and_of_later(tmp_path: Path) -> None:
    engine = Engine(OLLAMA, "gemma3:4b")
    promise = f"gemma3:4b on {OLLAMA} will write the homework once it has qualified; until then"
    assert f"mode       mock: {promise} the mock does" in welcome(tmp_path, Mode.MOCK, engine)
    assert f"mode       gpu: {promise} another model does" in welcome(tmp_path, Mode.GPU, engine)
    assert f"the model on {OLLAMA} will write" in welcome(tmp_path, Mode.MOCK, Engine(OLLAMA))


def test_the_welcome_mentions_a_server_on_a_usual_port_unless_an_engine_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_servers, "LOOK_SECONDS", 60.0)
    with model_server(says(models("gemma3:4b"))) as server:
        monkeypatch.setattr(model_servers, "USUAL_PORTS", {"Ollama": server.port})
        assert f"Ollama answers on port {server.port}: `homework up" in welcome(tmp_path, Mode.MOCK, None)
        asked = list(server.paths)
        assert "answers on port" not in welcome(tmp_path, Mode.MOCK, Engine(OLLAMA))
        assert server.paths == asked
