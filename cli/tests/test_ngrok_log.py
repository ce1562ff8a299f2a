"""The agent's log is readable by its owner only and never contains the token."""

import logging
import stat
from pathlib import Path

from tests.support.tunnel.ngrok import KNOWN_TOKEN
from tests.support.tunnel.ngrok_agent import refusal

from homework_cli.broker.tickets import Tickets
from homework_cli.tunnel.agent import TCP, NgrokAgent
from homework_cli.tunnel.log import AgentLog


def record(text: str) -> logging.LogRecord:
    return logging.LogRecord("pyngrok.process.ngrok", logging.ERROR, "", 0, text, None, None)


def test_a_token_that_ngrok_quotes_is_left_out(tmp_path: Path) -> None:
    log = AgentLog(tmp_path / "ngrok.log")
    for token in (KNOWN_TOKEN, "a typing error"):
        quoted = refusal("107", token)
        in_logfmt = quoted.replace("\r", "\\r").replace("\n", "\\n")
        for text in (quoted, f'lvl=eror err="{in_logfmt}"', f"Your authtoken: {token}"):
            log.emit(record(text))
    log.close()
    written = (tmp_path / "ngrok.log").read_text()
    assert written.count("Your authtoken: (hidden)") == 6
    assert written.count("ERR_NGROK_107") == 4
    assert KNOWN_TOKEN not in written
    assert "typing" not in written


def test_the_log_is_its_owners_alone_also_after_it_was_rotated(tmp_path: Path) -> None:
    file = tmp_path / "ngrok.log"
    file.touch(mode=0o644)
    log = AgentLog(file, maxBytes=100, backupCount=1)
    for _ in range(3):
        log.emit(record("x" * 60))
    log.close()
    found = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
    assert found == {"ngrok.log": 0o600, "ngrok.log.1": 0o600}


def test_nobody_else_looks_into_the_tunnels_folder(tmp_path: Path) -> None:
    folder = tmp_path / "tunnel"
    # An earlier version left the folder readable by others.
    folder.mkdir(mode=0o755)
    Tickets(tmp_path)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(0o755)
    NgrokAgent(folder, TCP)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
