"""The command lines, from the programs that read them."""

from collections.abc import Iterator
from typing import Any

import typer
from docs.tools.reference.markdown import code, codes, page, sentences, table
from typer.core import TyperGroup, TyperOption
from typer.main import get_command

from homework_api.main import app as api
from homework_cli.lazy_group import LazyGroup
from homework_cli.main import app as cli

_INTRODUCTION = """[cli.md](../cli.md) says how the commands are used, and which exit codes they have.
Every command shows the same with `--help`. The other programs of the service
(`homework-mock-generator`, `homework-generator`, `homework-console`, `homework-classroom`) read
only [settings](configuration.md). `homework-generator --check` tries its model or server and ends."""

_WORDS = {
    "str": "text", "int": "whole number", "int range": "whole number", "float": "number",
    "float range": "number", "datetime": "time", "path": "path",
}  # fmt: skip
_COMPLETION = {"--install-completion", "--show-completion"}
"""Every group has these options, because Typer takes each group for a program."""


def write() -> str:
    return page("Command line", _INTRODUCTION, (_section(*each) for each in commands()))


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with its full name, and groups before their commands."""
    yield from _within("homework", get_command(cli))
    yield from _within("homework-api", get_command(api))


def _within(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield name, command
    if isinstance(command, TyperGroup):
        for each, listed in command.commands.items():
            lazy = command.lazy_commands.get(each) if isinstance(command, LazyGroup) else None
            yield from _within(f"{name} {each}", lazy.load() if lazy else listed)


def _section(name: str, command: Any) -> str:
    level = "##" if isinstance(command, TyperGroup) else "###"
    parts = [f"{level} `{name}`", sentences(command.help)]
    context = typer.Context(command, info_name=name)
    rows = [_parameter(each, context) for each in command.params if not each.hidden and _is_told(name, each)]
    if rows:
        parts.append(table(["parameter", "value", "default", "meaning"], rows))
    return "\n\n".join(filter(None, parts))


def _is_told(name: str, parameter: Any) -> bool:
    return name == "homework" or not _COMPLETION.intersection(parameter.opts)


def _parameter(parameter: Any, context: typer.Context) -> list[str]:
    said = [str(parameter.help or "").rstrip(".")]
    if isinstance(parameter, TyperOption):
        names = codes([*parameter.opts, *parameter.secondary_opts])
        said += ["required"] if parameter.required else []
    else:
        names = code(str(parameter.name).upper())
        said += [] if parameter.required else ["may be left out"]
    if parameter.envvar:
        said.append(f"else the variable `{parameter.envvar}`")
    return [names, _value(parameter, context), _default(parameter), "; ".join(filter(None, said))]


def _value(parameter: Any, context: typer.Context) -> str:
    if getattr(parameter, "is_flag", False):
        return ""
    shown = parameter.display_type(context).strip("<>")
    of_each = shown.removeprefix("list[").removesuffix("]")
    words = _WORDS.get(of_each) or codes(of_each.split("|"))
    return words if of_each == shown else f"{words}, several"


def _default(parameter: Any) -> str:
    value = parameter.default
    is_flag = getattr(parameter, "is_flag", False)
    return (
        "" if is_flag or callable(value) or value in (None, "", ()) else code(getattr(value, "value", value))
    )
