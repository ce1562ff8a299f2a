"""`homework`: run the service, show the main job, look after the broker, use the API."""

import os
import shutil
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from homework_cli.broker.choice import ExternalBroker
from homework_cli.broker.process import BrokerDidNotStart
from homework_cli.commands import api_keys as keys
from homework_cli.commands import broker as broker_commands
from homework_cli.commands import dead_letters as dead
from homework_cli.commands import student, teacher
from homework_cli.commands import ticket as ticket_commands
from homework_cli.commands.demo import DemoFailed, run_demo
from homework_cli.commands.notebook import NoTemplate, packed_notebook
from homework_cli.commands.setup import setup
from homework_cli.commands.status import status
from homework_cli.commands.tunnel import tunnel
from homework_cli.interrupts import interruptible
from homework_cli.run_folder import API_KEY, DEFAULT_API_PORT
from homework_cli.stack.stack import Stack, StackFailed

app = typer.Typer(
    help="Italian homework, generated on a GPU you borrow.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(broker_commands.app, name="broker")
app.add_typer(ticket_commands.app, name="ticket")
app.add_typer(dead.app, name="dead")
app.add_typer(keys.app, name="keys")
app.add_typer(teacher.app, name="teacher")
app.add_typer(student.app, name="student")
app.command()(tunnel)
app.command()(status)
app.command()(setup)
console = Console(highlight=False, soft_wrap=True)

Folder = Annotated[Path, typer.Option(help="where the broker's data, ports, passwords and logs are kept")]
Database = Annotated[Path, typer.Option(help="the SQLite file")]
RunningApi = Annotated[
    str | None, typer.Option("--api-url", help="do it on this service, which runs already")
]
_SUPERVISE_SECONDS = 0.5


@app.callback()
def _interruptible() -> None:
    interruptible()


@app.command()
def up(folder: Folder = Path(".run"), database: Database = Path("data/italian_teacher.db")) -> None:
    """Run broker, API, mock generator and console until Ctrl-C. Data stays for the next time."""
    try:
        with Stack(folder, database, console.print, with_console=True) as stack:
            _welcome(stack)
            while True:
                stack.supervise()
                time.sleep(_SUPERVISE_SECONDS)
    except KeyboardInterrupt:
        console.print("stopped; your data is kept")
    except (BrokerDidNotStart, StackFailed) as error:
        _fail(str(error))


@app.command()
def demo(folder: Folder = Path(".run/demo"), api_url: RunningApi = None) -> None:
    """Do the main job once, from an empty start, and leave nothing running; or on a service that runs."""
    if api_url is not None:
        try:
            return console.print(run_demo(api_url.rstrip("/"), console, os.environ.get(API_KEY)))
        except DemoFailed as error:
            _fail(str(error))
    shutil.rmtree(folder, ignore_errors=True)
    try:
        with Stack(folder, folder / "homework.db", console.print) as stack:
            try:
                summary = run_demo(stack.url, console)
            except DemoFailed as error:
                _fail(f"{error}\n{stack.log_tails()}")
    except (BrokerDidNotStart, StackFailed) as error:
        _fail(str(error))
    except KeyboardInterrupt:
        _fail("interrupted")
    return console.print(summary)


@app.command()
def notebook(
    output: Annotated[Path, typer.Option(help="the file to write")] = Path("generator.ipynb"),
) -> None:
    """Write the Colab notebook with the generator's source in it: one file to upload, no secrets."""
    try:
        output.write_text(packed_notebook(), encoding="utf-8")
    except (NoTemplate, OSError) as error:
        _fail(f"the notebook was not written: {error}")
    console.print(
        f"wrote {output}: open https://colab.research.google.com and upload it (File, Upload notebook)"
    )


def _welcome(stack: Stack) -> None:
    mode = stack.mode()
    if stack.port != DEFAULT_API_PORT:
        console.print(f"port {DEFAULT_API_PORT} is taken, so the API listens on {stack.port}")
    console.print(f"console    {stack.console_url}")
    console.print(f"API docs   {stack.url}/docs")
    console.print(f"RabbitMQ   {stack.broker.describe()}", markup=False)
    text = "a GPU writes the homework" if mode == "gpu" else "no GPU is attached, so the mock writes it"
    console.print(f"mode       {mode}: {text}")
    console.print(_how_to_attach_a_gpu(stack), markup=False)
    console.print("Ctrl-C stops everything")


def _how_to_attach_a_gpu(stack: Stack) -> str:
    if isinstance(stack.broker, ExternalBroker):
        return "attach a GPU: run `homework-generator` there with an AMQP_URL of that broker"
    return (
        "attach a GPU: `homework tunnel` in another terminal, and `homework notebook` for Colab; or here:\n"
        f"           AMQP_URL={stack.broker.amqp_url('generator')} homework-generator"
    )


def _fail(text: str) -> None:
    console.print(text, markup=False)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
