"""The notebook's side of the generator, with stand-ins for Colab, the installer and the generator."""

import getpass
import inspect
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.processes import ROOT
from tests.support.waiting import wait_until

from homework_colab import host, notebook, run
from homework_colab.processes import left_in
from homework_colab.stopped import Stopped
from homework_colab.ticket import ticket_file
from homework_colab.worker import Worker
from homework_shared.messaging.ticket import BrokerTicket, read_ticket, write_ticket


def ticket(host: str) -> BrokerTicket:
    return BrokerTicket.model_validate(
        {"host": host, "port": 5671, "user": "generator", "password": "geheim", "tls_name": "broker",
         "ca": "-----BEGIN CERTIFICATE-----"}
    )  # fmt: skip


@pytest.fixture
def colab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A stand-in for Colab's package. Returns the folder in which it records the calls."""
    folder = tmp_path / "colab"
    folder.mkdir()
    (folder / "secrets.json").write_text("{}")
    monkeypatch.setenv("COLAB_STANDIN", str(folder))
    monkeypatch.syspath_prepend(str(ROOT / "tests/support/generator/colab"))
    yield folder
    for name in [name for name in sys.modules if name.split(".")[0] == "google"]:
        del sys.modules[name]


@pytest.fixture
def pasted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that the user pastes, in order. With an empty list there is no user."""
    answers: list[str] = []

    def ask(_question: str) -> str:
        if not answers:
            raise RuntimeError("raw_input was called, but this frontend does not support input requests")
        return answers.pop(0)

    monkeypatch.setattr(getpass, "getpass", ask)
    return answers


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    worker = Worker(tmp_path / "worker")
    yield worker
    worker.stop()


def stand_in(folder: Path, code: str) -> list[str]:
    """A command that looks like a generator in the process list."""
    script = folder / "homework_generator_stand_in.py"
    script.write_text(code)
    return [sys.executable, str(script)]


def start(worker: Worker, code: str, **settings: str) -> None:
    supervisor = [sys.executable, "-m", "homework_colab.supervisor", "exit.txt"]
    worker.start([*supervisor, *stand_in(worker.folder, code)], os.environ, settings)


def test_the_ticket_comes_from_the_environment_the_secrets_drive_or_the_keyboard_in_this_order(
    colab: Path, pasted: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own, on_drive = tmp_path / "ticket", tmp_path / "drive-ticket"
    pasted.append(ticket("prompt").encode())
    write_ticket(on_drive, ticket("drive"))

    assert read_ticket(ticket_file("", own, in_use=False)).host == "prompt"
    assert ticket_file(str(on_drive), own, in_use=False) == on_drive
    (colab / "secrets.json").write_text(json.dumps({"BROKER_TICKET": ticket("secret").encode()}))
    assert read_ticket(ticket_file(str(on_drive), own, in_use=False)).host == "secret"
    monkeypatch.setenv("BROKER_TICKET", f"'{ticket('environment').encode()}'\n")
    assert read_ticket(ticket_file(str(on_drive), own, in_use=False)).host == "environment"


@pytest.mark.parametrize(
    ("secrets", "hint"),
    [
        ('{"BROKER_TICKET": null}', "switch on its notebook access"),
        (None, "did not say whether BROKER_TICKET"),
        ("{}", ""),
    ],
)
def test_the_person_is_asked_when_the_secret_cannot_be_read(
    colab: Path, pasted: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str],
    secrets: str | None, hint: str,
) -> None:  # fmt: skip
    if secrets is None:
        (colab / "secrets.json").unlink()
    else:
        (colab / "secrets.json").write_text(secrets)
    pasted.append(ticket("prompt").encode())
    assert read_ticket(ticket_file("", tmp_path / "ticket", in_use=False)).host == "prompt"
    assert hint in capsys.readouterr().out


def test_the_ticket_file_is_readable_by_its_owner_only_and_the_ticket_is_never_shown(
    pasted: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = ticket("prompt").encode()
    pasted.append(text)
    file = ticket_file("", tmp_path / "ticket", in_use=False)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    pasted.append(text[:-40])
    with pytest.raises(Stopped, match="not a whole broker ticket") as stopped:
        ticket_file("", tmp_path / "ticket", in_use=False)
    output = capsys.readouterr()
    assert "homework1:ey" not in output.out + output.err + str(stopped.value)
    assert text[:60] not in output.out + output.err + str(stopped.value)
    assert read_ticket(file).host == "prompt"


def test_enter_alone_keeps_the_ticket_of_a_running_worker(pasted: list[str], tmp_path: Path) -> None:
    own = tmp_path / "ticket"
    write_ticket(own, ticket("old"))
    pasted.append("")
    assert read_ticket(ticket_file("", own, in_use=True)).host == "old"
    pasted.append("")
    with pytest.raises(Stopped, match="nothing was pasted"):
        ticket_file("", own, in_use=False)


def test_the_cell_says_where_to_put_a_ticket_when_there_is_nobody_to_ask(
    pasted: list[str], tmp_path: Path
) -> None:
    with pytest.raises(Stopped, match="Colab's secrets as BROKER_TICKET"):
        ticket_file("", tmp_path / "ticket", in_use=False)
    with pytest.raises(Stopped, match="no ticket file at"):
        ticket_file(str(tmp_path / "drive-ticket"), tmp_path / "ticket", in_use=False)
    assert pasted == []


def test_a_stopped_cell_shows_its_text_and_no_traceback() -> None:
    assert Stopped("do this")._render_traceback_() == ["do this"]


def test_drive_is_mounted_only_for_paths_on_it(colab: Path) -> None:
    host.mount_drive_for("some/model", "")
    assert not (colab / "mounted").exists()
    host.mount_drive_for("some/model", "/content/drive/MyDrive/ticket")
    assert (colab / "mounted").read_text() == "/content/drive"
    (colab / "refuse").touch()
    with pytest.raises(Stopped, match="allow the access"):
        host.mount_drive_for("/content/drive/MyDrive/model")


def test_a_model_on_drive_is_used_where_it_exists_and_drive_is_asked_for_only_then(
    colab: Path, tmp_path: Path
) -> None:
    assert notebook._model_on_drive("") == ""
    assert notebook._model_on_drive(str(tmp_path)) == str(tmp_path)
    assert notebook._model_on_drive("/content/drive/MyDrive/no such model") == ""
    (colab / "refuse").touch()
    assert notebook._model_on_drive("/content/drive/MyDrive/marco") == ""


def test_the_notebook_calls_what_there_is() -> None:
    template = json.loads((ROOT / "cli/homework_cli/commands/generator.ipynb").read_text())
    last = "".join(template["cells"][-1]["source"])
    assert "import homework_colab\n" in last
    assert (
        "homework_colab.run(source, MODEL, DRIVE_TICKET_FILE, RELEASE_WHEN_IDLE_MINUTES, DRIVE_MODEL)" in last
    )
    assert list(inspect.signature(run).parameters)[-1] == "drive_model"


def test_a_cell_run_again_finds_the_same_worker_and_not_one_with_other_settings(worker: Worker) -> None:
    start(worker, "import time; time.sleep(600)", MODEL="one")
    again = Worker(worker.folder)
    assert again.runs_with({"MODEL": "one"})
    assert not again.runs_with({"MODEL": "two"})
    again.stop()
    assert not again.running
    assert not worker.running


def test_stale_processes_of_ours_are_ended_and_other_processes_are_left_alone(
    worker: Worker, tmp_path: Path
) -> None:
    sleep = "import time; time.sleep(600)"
    start(worker, sleep)
    wait_until(lambda: len(left_in(worker.folder)) == 2)
    engine = subprocess.Popen(["VLLM::EngineCore", "600"], executable="/bin/sleep", cwd=worker.folder)
    others = [
        subprocess.Popen(["VLLM::EngineCore", "600"], executable="/bin/sleep", cwd=tmp_path),
        subprocess.Popen(["/bin/sleep", "600"], cwd=worker.folder),
    ]
    try:
        [supervisor] = [pid for pid in left_in(worker.folder) if os.getsid(pid) == pid]
        os.kill(supervisor, 9)  # The generator and its engine are orphans now.
        worker.stop()
        assert left_in(worker.folder) == []
        assert engine.wait(60) == -15
        assert [other.poll() for other in others] == [None, None]
    finally:
        for process in (engine, *others):
            process.kill()
            process.wait()


def test_an_interrupted_cell_leaves_the_worker_running(
    worker: Worker, capsys: pytest.CaptureFixture[str]
) -> None:
    start(worker, "import time; print('busy', flush=True); time.sleep(600)")

    def interrupt(text: str) -> None:
        if "busy" in text:
            raise KeyboardInterrupt

    assert not notebook.follow(worker, interrupt)
    assert worker.running
    assert "the worker continues" in capsys.readouterr().out


def test_an_interrupt_of_the_kernels_process_group_ends_only_the_cell(worker: Worker) -> None:
    generator = stand_in(worker.folder, "import time; print('busy', flush=True); time.sleep(600)")
    cell = (
        "import os, signal; from pathlib import Path; from homework_colab import notebook, worker\n"
        # In a shell's background job, which this test may be, interrupts are ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"one = worker.Worker(Path({str(worker.folder)!r})); one.start({generator!r}, os.environ, {{}})\n"
        "notebook.follow(one, lambda text: print(text, flush=True))\n"
        "os._exit(0)"
    )
    kernel = subprocess.Popen([sys.executable, "-c", cell], stdout=subprocess.PIPE, start_new_session=True)
    assert kernel.stdout is not None
    with kernel.stdout as output:
        while b"busy" not in output.readline():
            assert kernel.poll() is None
        os.killpg(kernel.pid, signal.SIGINT)
        assert kernel.wait(60) == 0
        assert b"the worker continues" in output.read()
    assert worker.running


def test_other_tokens_come_from_colabs_secrets_if_they_are_needed(colab: Path, tmp_path: Path) -> None:
    (colab / "secrets.json").write_text('{"HF_TOKEN": "hub", "NGROK_API_KEY": "ngrok"}')
    assert notebook._tokens({"MODEL": "a/model"}) == {"NGROK_API_KEY": "ngrok", "HF_TOKEN": "hub"}
    # This is, for example, an adapter, whose base model is elsewhere.
    assert "HF_TOKEN" in notebook._tokens({"MODEL": str(tmp_path)})
    (tmp_path / "config.json").touch()
    assert notebook._tokens({"MODEL": str(tmp_path)}) == {"NGROK_API_KEY": "ngrok"}


def test_the_screen_shows_status_and_log_without_colours_progress_and_tickets(worker: Worker) -> None:
    worker.status.write_text("state: taking jobs\n")
    noise = f"old\n\x1b[32mgreen\x1b[0m\n10%\r90%\n{ticket('secret').encode()}\n"
    worker.log.write_text(noise)
    assert worker.screen(3) == "state: taking jobs\n\ngreen\n90%\nhomework1:…"


def test_the_vm_of_an_idle_worker_is_released_if_that_is_wanted(worker: Worker, colab: Path) -> None:
    start(worker, "")
    assert notebook.follow(worker, lambda _: None)
    notebook.conclude(worker, release=False)
    assert not (colab / "unassigned").exists()
    notebook.conclude(worker, release=True)
    assert (colab / "unassigned").exists()


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (2, "^homework-generator: the setting model is wrong$"),
        (3, "^homework-generator: the setting model is wrong$"),
        (4, "a smaller model or a larger GPU\nThe end of its log"),
        (1, "exit code 1: run the cell again\nThe end of its log"),
        (-9, "ran out of memory"),
        (None, "killed together with its supervisor"),
    ],
)
def test_the_cell_shows_why_the_worker_ended(worker: Worker, code: int | None, text: str) -> None:
    worker.log.write_text("something else\nhomework-generator: the setting model is wrong\n")
    if code is not None:
        (worker.folder / "exit.txt").write_text(str(code))
    with pytest.raises(Stopped, match=text):
        notebook.conclude(worker, release=True)


def test_the_engine_of_a_killed_worker_is_ended_too(worker: Worker) -> None:
    with subprocess.Popen(["VLLM::EngineCore", "600"], executable="/bin/sleep", cwd=worker.folder) as engine:
        (worker.folder / "exit.txt").write_text("-9")
        with pytest.raises(Stopped):
            notebook.conclude(worker, release=True)
        assert engine.wait(60) == -15


def test_run_starts_the_real_generator_and_shows_why_it_ends(
    venv: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("BROKER_TICKET", ticket("127.0.0.1").encode())
    with pytest.raises(Stopped, match="vLLM is not installed"):
        run(ROOT, str(tmp_path / "model"), "", 30)
    output = capsys.readouterr().out
    assert "free tier forbids" in output
    assert "ticket: from the environment variable BROKER_TICKET" in output
    assert os.environ["BROKER_TICKET"] not in output
    assert "BROKER_TICKET=" not in (tmp_path / ".cache/homework/worker/worker.json").read_text()


def test_without_a_gpu_nothing_is_downloaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Stopped, match="T4 GPU or better"):
        run(ROOT, "model", "", 0)
