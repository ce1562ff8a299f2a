"""Imports the module of a command only when it is called, so that no command waits for another's imports."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """A command, or a Typer with subcommands. `help` is its line in the list of commands."""

    module: str
    attribute: str
    help: str

    def load(self) -> Any:
        found = getattr(import_module(self.module), self.attribute)
        if isinstance(found, typer.Typer):
            return get_command(found)
        alone = typer.Typer(add_completion=False)
        alone.command()(found)
        return get_command(alone)


class LazyGroup(TyperGroup):
    """Lists its commands, for `--help` and for shell completion, without importing any of them."""

    lazy_commands: ClassVar[Mapping[str, LazyCommand]] = {}

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        for name, lazy in self.lazy_commands.items():
            self.commands[name] = TyperCommand(name, help=lazy.help)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        # A command in the list is never resolved. One that runs or completes its own options is.
        name, command, rest = super().resolve_command(ctx, args)
        lazy = self.lazy_commands.get(name or "")
        return name, command if lazy is None else lazy.load(), rest
