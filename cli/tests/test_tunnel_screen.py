"""What the person who runs the tunnel sees."""

import io
from pathlib import Path

from rich.console import Console

from homework_cli.tunnel.address import PublicAddress
from homework_cli.tunnel.screen import screen
from homework_cli.tunnel.supervisor import State
from homework_cli.tunnel.usage import Usage

HERE = PublicAddress("0.tcp.ngrok.io", 12345)
MONTH = Usage("2026-11", connections=4321, bytes=12_345_678)


def shown(states: list[State], *, terminal: bool) -> str:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=200, highlight=False)
    with screen(console, lambda: [Path("/run/[bold]/ticket")]) as out:
        for state in states:
            out.show(state)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_terminal_shows_address_files_and_both_counters() -> None:
    text = shown([State("open", MONTH, HERE, ("the ticket file /x cannot be written",))], terminal=True)
    for part in ("tcp://0.tcp.ngrok.io:12345", "open", "/run/[bold]/ticket", "/x cannot be written"):
        assert part in text
    assert "4,321 of 5,000 connections, about 12.3 of 1,000 MB" in text


def test_a_log_gets_a_line_for_each_change_and_none_for_mere_counting() -> None:
    more = Usage("2026-11", connections=4322)
    text = shown([State("open", MONTH, HERE), State("open", more, HERE), State("gone", more)], terminal=False)
    of_the_plan = "of 5,000 connections, about"
    assert text.splitlines() == [
        f"tunnel: tcp://0.tcp.ngrok.io:12345 open (2026-11: 4,321 {of_the_plan} 12.3 of 1,000 MB)",
        f"tunnel: gone (2026-11: 4,322 {of_the_plan} 0.0 of 1,000 MB)",
    ]


def test_brackets_in_what_is_shown_are_no_markup() -> None:
    text = shown([State("gone [/red]", MONTH, None, ("[Errno 5] [/nonsense]",))], terminal=True)
    assert "gone [/red]" in text
    assert "[Errno 5] [/nonsense]" in text
