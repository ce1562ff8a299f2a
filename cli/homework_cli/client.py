"""Where a command finds the API and its key, and what it advises when a request fails.

The address is --api-url or HOMEWORK_API_URL, else `api_url` of the config file, else what `homework up`
noted in .run here, else port 8000 of this machine. The key is HOMEWORK_API_KEY, else `api_key`, else, at
the address that `homework up` noted, the key that it keeps there for whoever runs it. An administrator
asks for the teacher of HOMEWORK_TEACHER_ID, else of `teacher_id`, else for all.
"""

import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from homework_cli.output import say
from homework_cli.run_folder import (
    API_KEY,
    DEFAULT_API_PORT,
    RUN_FOLDER,
    TEACHER_ID,
    load_api_url,
    load_owner_key,
)
from homework_client.client import Client
from homework_client.refusals import Advice, ApiError, Misused, Unreachable

NOTED = f"noted by `homework up` in {RUN_FOLDER}"
EXIT_REFUSED = 1
EXIT_USAGE = 2
EXIT_UNREACHABLE = 3

ApiUrl = Annotated[
    str | None,
    typer.Option("--api-url", envvar="HOMEWORK_API_URL", show_envvar=True, help="address of the API"),
]


class CommandFailed(Exception):
    """Ends a command with this sentence, which contains the next step, and with this exit code."""

    def __init__(self, text: str, exit_code: int = EXIT_REFUSED) -> None:
        super().__init__(text)
        self.exit_code = exit_code


@contextmanager
def api_at(url: str | None) -> Iterator[Client]:
    """The API. If a request in this block fails, the command ends with a sentence and an exit code."""
    try:
        with connect(url) as api:
            yield api
    except (ApiError, CommandFailed) as error:
        say(str(error))
        raise typer.Exit(_exit_code(error)) from error


def _exit_code(error: ApiError | CommandFailed) -> int:
    match error:
        case CommandFailed():
            return error.exit_code
        case Misused():
            return EXIT_USAGE
        case Unreachable():
            return EXIT_UNREACHABLE
    return EXIT_REFUSED


def connect(url: str | None = None) -> Client:
    """A client for the API at the configured address. Raises Misused."""
    config = _config()
    address, source = _address(url, config)
    # The address in .run is on this machine. The owner's key is sent to no other address.
    key = given_key() or (load_owner_key(RUN_FOLDER) if source == NOTED else None)
    return Client(
        address,
        key,
        teacher_id=given_teacher_id(),
        advice=_advice(source),
    )


def given_key() -> str | None:
    """The key in the environment variable, or in the config file."""
    return os.environ.get(API_KEY) or _config().get("api_key")


def given_teacher_id() -> int | None:
    """The teacher on whose behalf an administrator sends requests. Raises Misused."""
    given = os.environ.get(TEACHER_ID) or _config().get("teacher_id")
    try:
        return int(given) if given else None
    except ValueError as error:
        raise Misused(
            f"{TEACHER_ID} is {given!r} and has to be the id of a teacher, a number: `homework teachers list`"
        ) from error


def config_file() -> Path:
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "homework" / "config.toml"


def _advice(source: str) -> Advice:
    return Advice(
        start="start it with `homework up`",
        locate="say where it is with --api-url",
        authorize=f"set {API_KEY}, or api_key in {config_file()}",
        update="install the command line in the service's own version",
        address_source=source,
    )


def _config() -> dict[str, str]:
    try:
        found = tomllib.loads(config_file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise Misused(f"{config_file()} cannot be read: {error}") from error
    return {name: str(found[name]) for name in ("api_url", "api_key", "teacher_id") if name in found}


def _address(given: str | None, config: dict[str, str]) -> tuple[str, str]:
    """The address, and where it was found."""
    if given:
        return given, "--api-url or HOMEWORK_API_URL"
    if "api_url" in config:
        return config["api_url"], str(config_file())
    if noted := load_api_url(RUN_FOLDER):
        return noted, NOTED
    return f"http://127.0.0.1:{DEFAULT_API_PORT}", "the default"
