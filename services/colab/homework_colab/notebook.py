"""The steps of the notebook's last cell, from the ticket to the release of the VM."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from homework_colab import host
from homework_colab.install import ENGINE, engine, fingerprint, install
from homework_colab.stopped import Stopped
from homework_colab.supervisor import ENGINE_DIED
from homework_colab.ticket import NAME, ticket_file
from homework_colab.worker import Worker

TERMS = """\
Before you start: Colab's free tier forbids running distributed computing workers, and this is one.
Use it with paid compute units, or run the generator on any other GPU (docs/colab.md says how)."""

_HOME = Path("~/.cache/homework")
_LINES = 15
_REFRESH_SECONDS = 2.0
# The worker must not inherit these variables of the kernel: they would lead it to Colab's packages, and put
# colours into its log.
_NOT_FOR_THE_WORKER = (
    "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "MPLBACKEND", "FORCE_COLOR", "CLICOLOR_FORCE", NAME,
)  # fmt: skip


def run(
    source: Path,
    model: str = "",
    drive_ticket_file: str = "",
    release_when_idle_minutes: float = 0,
    drive_model: str = "",
) -> None:
    """Install and start the worker, or find the running one. Show it until it ends or the cell stops.

    `drive_model` is used where that folder exists, `model` otherwise.

    Raises:
        Stopped: the worker cannot go on; the text says why and what to do.
    """
    print(TERMS)
    if engine() == ENGINE:
        host.need_gpu()
    host.mount_drive_for(model, drive_ticket_file)
    model = _model_on_drive(drive_model) or model
    worker = Worker(_HOME.expanduser() / "worker")
    ticket = ticket_file(drive_ticket_file, worker.ticket, in_use=worker.running)
    settings = _model(model) | {
        "BROKER_TICKET_FILE": str(ticket),
        "GENERATOR_STATUS_FILE": str(worker.status),
        "GENERATOR_IDLE_MINUTES": str(release_when_idle_minutes),
    }
    _start_or_find(worker, source, settings)
    if follow(worker, host.canvas()):
        conclude(worker, release=release_when_idle_minutes > 0)


def _model_on_drive(folder: str) -> str:
    """The model folder on Drive if it exists, else None. The generator works without Drive."""
    if not folder:
        return ""
    try:
        host.mount_drive_for(folder)
    except Stopped:
        print("Drive is not available, so the model on it is not used")
    return folder if Path(folder).expanduser().is_dir() else ""


def _start_or_find(worker: Worker, source: Path, settings: dict[str, str]) -> None:
    advanced = {name: value for name, value in os.environ.items() if name.startswith("GENERATOR_")}
    compared = advanced | settings | {"installed": fingerprint(source)}
    if worker.runs_with(compared):
        print("the worker is running already; its output follows")
        return
    if worker.running:
        print("settings or source have changed: the running worker finishes its jobs and ends first")
    worker.stop()
    venv = os.environ.get("HOMEWORK_VENV") or _HOME.expanduser() / "venv"
    python = install(source, Path(venv).absolute())
    worker.start(_command(python), _environment(python) | _tokens(settings) | settings, compared)
    print(f"the worker has started; its log is {worker.log}")


def follow(worker: Worker, show: Callable[[str], None]) -> bool:
    """Show the worker until it ends. Returns False if the cell was interrupted and the worker continues."""
    shown = ""
    try:
        while True:
            running = worker.running
            if (text := worker.screen(_LINES)) != shown:
                show(text)
                shown = text
            if not running:
                return True
            time.sleep(_REFRESH_SECONDS)
    except KeyboardInterrupt:
        print("the worker continues without this cell. Run the cell again to see it and to release the VM;")
        print("to end it, choose Runtime, Disconnect and delete runtime")
        return False


def conclude(worker: Worker, *, release: bool) -> None:
    """Report how the worker ended, and release the VM if that was asked for. Raises Stopped."""
    code = worker.exit_code
    if code == 0:
        print("the worker ended by itself: no jobs came, or it was asked to stop")
        if release:
            host.release()
        return
    worker.stop()  # The engine of a killed generator would keep the GPU's memory.
    raise Stopped(_words(worker, code))


def _words(worker: Worker, code: int | None) -> str:
    said = [line for line in worker.tail(200).splitlines() if line.startswith("homework-generator:")]
    if code in (2, 3) and said:
        return said[-1]
    reason = {
        ENGINE_DIED: "the engine died repeatedly: use a fresh VM (Runtime, Disconnect and delete "
        "runtime), a smaller model or a larger GPU",
        None: "the worker was killed together with its supervisor: run the cell again",
        -9: "the worker was killed, which mostly means that the VM ran out of memory: choose a high-RAM "
        "runtime or a smaller model",
    }.get(code, f"the worker ended with exit code {code}: run the cell again")
    return f"{reason}\nThe end of its log ({worker.log}):\n{worker.tail(30)}"


def _model(name: str) -> dict[str, str]:
    """The worker's MODEL. A folder becomes absolute, because the worker runs in another one. Without a name
    the worker uses its default."""
    if not name:
        return {}
    folder = Path(name).expanduser()
    return {"MODEL": str(folder.absolute()) if folder.is_dir() else name}


def _tokens(settings: dict[str, str]) -> dict[str, str]:
    """The tokens that the worker may need. Only the kernel can read Colab's secrets."""
    # The folder of an adapter has no config.json: its base model may have to come from the hub.
    model_is_here = (Path(settings.get("MODEL", "")) / "config.json").is_file()
    wanted = ["NGROK_API_KEY"] if model_is_here else ["NGROK_API_KEY", "HF_TOKEN"]
    found = {name: host.secret(name) for name in wanted if name not in os.environ}
    return {name: token for name, token in found.items() if token}


def _command(python: Path) -> list[str]:
    generator = [str(python), "-m", "homework_generator"]
    return [str(python), "-m", "homework_colab.supervisor", "exit.txt", *generator]


def _environment(python: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in _NOT_FOR_THE_WORKER}
    return kept | {"PATH": f"{python.parent}{os.pathsep}{kept.get('PATH', '')}", "PYTHONUNBUFFERED": "1"}
