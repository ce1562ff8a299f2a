"""The display of `homework tunnel`: a live table on a terminal, a line for each change elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from homework_cli.tunnel.state_file import tunnel_state
from homework_cli.tunnel.supervisor import Screen, State
from homework_cli.tunnel.usage import FREE_BYTES, FREE_CONNECTIONS, Usage


def month_so_far(usage: Usage) -> str:
    """Both counters, each beside what a free account includes."""
    return (
        f"{usage.month}: {usage.connections:,} of {FREE_CONNECTIONS:,} connections, "
        f"about {usage.bytes / 1e6:,.1f} of {FREE_BYTES / 1e6:,.0f} MB"
    )


class Lines:
    """One line for each change of the state. A change of the counters alone prints no line."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = ""

    def show(self, state: State) -> None:
        where = f"{state.address} " if state.address else ""
        text = "; ".join([f"{where}{state.note}", *state.problems])
        if text != self._last:
            self._last = text
            self._console.print(f"tunnel: {text} ({month_so_far(state.usage)})", markup=False)


class LiveTable:
    def __init__(self, live: Live, files: Callable[[], list[Path]]) -> None:
        self._live = live
        self._files = files

    def show(self, state: State) -> None:
        rows = [
            ("tunnel", str(state.address or "none")),
            ("state", state.note),
            *(("ticket", str(file)) for file in self._files()),
            ("this month", month_so_far(state.usage)),
            *(("problem", problem) for problem in state.problems),
        ]
        table = Table.grid(padding=(0, 2))
        for name, text in rows:
            # Brackets in a path or an error are no markup, so the text is a Text.
            table.add_row(name, Text(text))
        self._live.update(table, refresh=True)


class JsonLines:
    """One line of JSON for each change of the state."""

    def __init__(self) -> None:
        self._last: tuple[object, ...] = ()

    def show(self, state: State) -> None:
        changed = (state.note, state.address, state.problems)
        if changed != self._last:
            self._last = changed
            typer.echo(tunnel_state(state).model_dump_json(exclude={"address_changes", "updated_at"}))


@contextmanager
def screen(console: Console, files: Callable[[], list[Path]], in_json: bool = False) -> Iterator[Screen]:
    """The display. `files` is called each time, because `homework ticket forget` may have removed one
    meanwhile.
    """
    if in_json:
        yield JsonLines()
        return
    if not console.is_terminal:
        yield Lines(console)
        return
    with Live(console=console, auto_refresh=False) as live:
        yield LiveTable(live, files)
