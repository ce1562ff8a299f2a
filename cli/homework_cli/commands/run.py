"""`homework up`: the whole service on this machine, until Ctrl-C."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from homework_cli.broker.choice import ExternalBroker
from homework_cli.broker.process import BrokerDidNotStart
from homework_cli.output import failed, narrator
from homework_cli.run_folder import DEFAULT_API_PORT, save_generator_url
from homework_cli.stack.stack import Stack, StackFailed
from homework_client.models import Mode

Folder = Annotated[Path, typer.Option(help="where the broker's data, ports, passwords and logs are kept")]
Database = Annotated[Path, typer.Option(help="the SQLite file")]
_SUPERVISE_SECONDS = 0.5


def up(folder: Folder = Path(".run"), database: Database = Path("data/italian_teacher.db")) -> None:
    """Run broker, API, mock generator and console until Ctrl-C. Your data stays."""
    console = narrator()
    try:
        with Stack(folder, database, console.print, with_console=True) as stack:
            _welcome(stack, folder, console)
            while True:
                stack.supervise()
                time.sleep(_SUPERVISE_SECONDS)
    except KeyboardInterrupt:
        console.print("stopped; your data is kept")
    except (BrokerDidNotStart, StackFailed) as error:
        raise failed(str(error)) from error


def _welcome(stack: Stack, folder: Path, console: Console) -> None:
    mode = stack.mode()
    if stack.port != DEFAULT_API_PORT:
        console.print(f"port {DEFAULT_API_PORT} is taken, so the API listens on {stack.port}")
    console.print(f"console    {_console(stack, console)}", markup=False)
    console.print(f"API docs   {stack.url}/docs")
    console.print(f"RabbitMQ   {stack.broker.describe()}", markup=False)
    text = (
        "a model writes the homework" if mode is Mode.GPU else "no model is attached, so the mock writes it"
    )
    console.print(f"mode       {mode}: {text}")
    console.print(_how_to_attach_a_gpu(stack, folder), markup=False)
    console.print("Ctrl-C stops everything")


def _console(stack: Stack, console: Console) -> str | None:
    # A file that the output goes to may be everybody's to read, so the way in is shown on a terminal only.
    if console.is_terminal:
        return stack.sign_in_address()
    return f"{stack.console_url} (`homework console` prints where to sign in)"


def _how_to_attach_a_gpu(stack: Stack, folder: Path) -> str:
    if isinstance(stack.broker, ExternalBroker):
        return "attach a GPU: run `homework-generator` there with an AMQP_URL of that broker"
    # What is printed may be redirected into a file that everybody reads: the password stays in its own.
    file = save_generator_url(folder, stack.broker.amqp_url("generator"))
    return (
        "attach a GPU: `homework tunnel` in another terminal, and `homework notebook` for Colab; or here:\n"
        f'           AMQP_URL="$(cat {file})" homework-generator'
    )
