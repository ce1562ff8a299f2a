"""`homework up`: runs the whole service on this machine until Ctrl-C."""

import os
import time
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from homework_cli.broker.choice import ExternalBroker
from homework_cli.broker.process import BrokerDidNotStart
from homework_cli.client import given_key, given_teacher_id
from homework_cli.output import failed, narrator
from homework_cli.parts import refuse_windows
from homework_cli.run_folder import DEFAULT_API_PORT, save_generator_url
from homework_cli.stack.engine import BadEngine, Engine, checked_engine
from homework_cli.stack.model_servers import look_on_usual_ports
from homework_cli.stack.stack import Stack, StackFailed
from homework_client.models import Mode
from homework_client.refusals import ApiError
from homework_shared.runtime.origin import LOOPBACK_NAMES
from homework_shared.runtime.terminal import sanitize

Folder = Annotated[Path, typer.Option(help="folder for the broker's data, ports, passwords and logs")]
Database = Annotated[Path, typer.Option(help="the SQLite file")]
EngineUrl = Annotated[
    str | None,
    typer.Option(
        "--engine",
        metavar="URL",
        help="an OpenAI-compatible server (Ollama, LM Studio, vLLM, …) that writes the homework, "
        "such as http://127.0.0.1:11434/v1; if it needs a key, set ENGINE_API_KEY or ENGINE_API_KEY_FILE",
    ),
]
ModelName = Annotated[
    str | None,
    typer.Option(
        "--model", metavar="NAME", help="the model on that server; default: MODEL, or the server's only model"
    ),
]
_SUPERVISE_SECONDS = 0.5


def up(
    folder: Folder = Path(".run"),
    database: Database = Path("data/italian_teacher.db"),
    engine_url: EngineUrl = None,
    model: ModelName = None,
) -> None:
    """Run broker, API, mock, console and classroom until Ctrl-C. Your data stays."""
    refuse_windows("homework up")
    engine = _engine(engine_url, model)
    _refuse_another_host(os.environ.get("API_HOST", ""))
    console = narrator()
    # The text quotes other programs, and their brackets are not markup.
    say = partial(console.print, markup=False)
    try:
        with Stack(folder, database, say, with_pages=True, engine=engine) as stack:
            _welcome(stack, folder, console, engine)
            while True:
                stack.supervise()
                time.sleep(_SUPERVISE_SECONDS)
    except KeyboardInterrupt:
        console.print("stopped; your data is kept")
    except (BrokerDidNotStart, StackFailed) as error:
        raise failed(str(error)) from error


def _engine(url: str | None, model: str | None) -> Engine | None:
    if url is None:
        if model is not None:
            raise typer.BadParameter("it needs --engine, the server that has it", param_hint="--model")
        return None
    try:
        return checked_engine(url, model or os.environ.get("MODEL") or None)
    except BadEngine as error:
        raise typer.BadParameter(str(error), param_hint="--engine") from error


def _refuse_another_host(host: str) -> None:
    """Refuse an API_HOST that is not this machine, because `homework up` would not be reachable there. Raises
    typer.Exit.
    """
    if host and host not in LOOPBACK_NAMES:
        raise failed(
            f"API_HOST is {sanitize(host)}, but `homework up` serves this machine alone: unset it, or run "
            "the services behind a proxy with TLS and with keys, as docs/compose.md and docs/security.md say"
        )


def _welcome(stack: Stack, folder: Path, console: Console, engine: Engine | None) -> None:
    mode = stack.mode()
    if stack.port != DEFAULT_API_PORT:
        console.print(f"port {DEFAULT_API_PORT} was taken, so the API listens on {stack.port}")
    console.print(f"console    {_console(stack, console)}", markup=False)
    console.print(f"classroom  {_classroom(stack, console)}", markup=False)
    console.print("           students sign in with links from there; `homework share` opens it to others")
    console.print(f"API docs   {stack.url}/docs")
    console.print(f"RabbitMQ   {stack.broker.describe()}", markup=False)
    console.print(f"mode       {mode}: {_who_writes(mode, engine)}", markup=False)
    console.print(_how_to_attach_a_gpu(stack, folder), markup=False)
    if engine is None and (found := look_on_usual_ports()):
        console.print(found, markup=False)
    console.print("Ctrl-C stops everything")


def _who_writes(mode: Mode, engine: Engine | None) -> str:
    if engine is None and mode is Mode.GPU:
        return "a model writes the homework"
    if engine is None:
        return "no model is attached, so the mock writes it"
    until = "another model" if mode is Mode.GPU else "the mock"
    return f"{engine} will write the homework once it has qualified; until then {until} does"


def _console(stack: Stack, console: Console) -> str | None:
    # A file with this output may be readable by everybody, so the sign-in address is shown on a terminal
    # only.
    if console.is_terminal:
        return stack.sign_in_address()
    return f"{stack.console_url} (`homework console` prints where to sign in)"


def _classroom(stack: Stack, console: Console) -> str:
    # The teacher's link is shown on a terminal only, for the same reason as the console's address.
    if not console.is_terminal:
        return f"{stack.classroom_url} (`homework teacher sign-in` prints a link for you)"
    try:
        link = stack.teacher_link(given_key(), given_teacher_id())
    except ApiError as error:
        return f"{stack.classroom_url}/teacher/sign-in (no link could be made: {error})"
    return f"{link} (works once; `homework teacher sign-in` prints another)"


def _how_to_attach_a_gpu(stack: Stack, folder: Path) -> str:
    if isinstance(stack.broker, ExternalBroker):
        return "attach a GPU: run `homework-generator` there with an AMQP_URL of that broker"
    # The output may be redirected into a file that everybody can read, so it does not contain the password.
    file = save_generator_url(folder, stack.broker.amqp_url("generator"))
    return (
        "attach a GPU: `homework tunnel` in another terminal, and `homework notebook` for Colab; or here:\n"
        f'           AMQP_URL="$(cat {file})" homework-generator'
    )
