"""The display of `homework tunnel`, and the file that the API reads."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from homework_api.services.tunnel_file import TunnelFile
from homework_cli.broker.address import PublicAddress
from homework_cli.tunnel.screen import screen
from homework_cli.tunnel.state_file import StateFile
from homework_cli.tunnel.supervisor import State
from homework_cli.tunnel.usage import Usage

THERE = PublicAddress("1.tcp.ngrok.io", 1)
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


def test_the_state_file_holds_what_the_api_reads(tmp_path: Path) -> None:
    file = TunnelFile(tmp_path / "state.json", lambda: datetime.now(UTC))
    with screen(Console(file=io.StringIO()), list) as out:
        state_file = StateFile(out, tmp_path / "state.json")
        state_file.show(State("open", MONTH, HERE))
        state_file.show(State("trying", MONTH))
        assert (read := file.read())
        assert (read.up, read.note, read.address, read.connections_used) == (False, "trying", None, 4321)
        state_file.show(State("open", MONTH, THERE, ("x",)))
        assert (read := file.read())
        assert (read.up, read.note, read.address) == (True, "open; x", str(THERE))
        assert read.address_changes == 1


def test_the_tunnel_stays_open_on_a_full_disk(tmp_path: Path) -> None:
    with screen(Console(file=io.StringIO()), list) as out:
        StateFile(out, tmp_path / "not there" / "state.json").show(State("open", MONTH, HERE))


def test_in_json_each_change_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with screen(Console(), list, in_json=True) as out:
        out.show(State("open", MONTH, HERE))
        out.show(State("open", Usage("2026-11", 9), HERE))
        out.show(State("gone", MONTH))
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["up"], first["address"], second["up"]) == (True, str(HERE), False)


def test_a_log_gets_a_line_for_each_change_and_none_for_mere_counting() -> None:
    more = Usage("2026-11", connections=4322)
    text = shown([State("open", MONTH, HERE), State("open", more, HERE), State("gone", more)], terminal=False)
    of_the_plan = "of 5,000 connections, about"
    assert text.splitlines() == [
        f"tunnel: tcp://0.tcp.ngrok.io:12345 open (2026-11: 4,321 {of_the_plan} 12.3 of 1,000 MB)",
        f"tunnel: gone (2026-11: 4,322 {of_the_plan} 0.0 of 1,000 MB)",
    ]


def test_brackets_in_a_text_are_no_markup() -> None:
    text = shown([State("gone [/red]", MONTH, None, ("[Errno 5] [/nonsense]",))], terminal=True)
    assert "gone [/red]" in text
    assert "[Errno 5] [/nonsense]" in text
