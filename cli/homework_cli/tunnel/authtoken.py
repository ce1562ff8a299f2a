"""Finds the ngrok authtoken."""

import os
import re
import sys
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from homework_cli.tunnel.agent import CONFIGURATION, NgrokAgent
from homework_cli.tunnel.errors import TunnelRefused

_IS_MISSING = (
    "ngrok needs your authtoken: copy it from "
    "https://dashboard.ngrok.com/get-started/your-authtoken (the account is free) and set NGROK_AUTHTOKEN"
)
_SAVED = re.compile(r'^  authtoken: "(.+)"$', re.MULTILINE)


def give_token(agent: NgrokAgent[Any], console: Console, beside: Path | None = None) -> None:
    """Give the agent the token from the environment. An agent that has a token keeps it; otherwise it gets
    the token that a command saved in the folder `beside`, or one that the user types.

    Raises:
        TunnelRefused: there is no terminal for the user to type at.
    """
    if token := os.environ.get("NGROK_AUTHTOKEN", "").strip():
        agent.save_token(token)
    elif agent.has_token:
        return
    elif beside is not None and (saved := _saved_in(beside / CONFIGURATION)):
        agent.save_token(saved)
    elif sys.stdin.isatty():
        console.print(_IS_MISSING)
        agent.save_token(str(typer.prompt("or paste it here (hidden)", hide_input=True)).strip())
    else:
        raise TunnelRefused(_IS_MISSING)


def _saved_in(configuration: Path) -> str | None:
    try:
        found = _SAVED.search(configuration.read_text())
    except OSError:
        return None
    return found[1] if found else None
