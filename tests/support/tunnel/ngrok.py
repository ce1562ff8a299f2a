"""Installs the stand-in ngrok agent for one test."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import psutil

from tests.support.tunnel.ngrok_agent import KNOWN_TOKEN

__all__ = ["KNOWN_TOKEN", "Ngrok"]

_AGENT = Path(__file__).with_name("ngrok_agent.py")


class Ngrok:
    """An `ngrok` in a separate folder, because pyngrok distinguishes agents by their path."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.path = folder / "ngrok"
        # The stand-in runs as a script and is not imported, because its folder is that of this command.
        self.path.write_text(
            f"#!{sys.executable}\nexec(compile(open({str(_AGENT)!r}).read(), {str(_AGENT)!r}, 'exec'))\n"
        )
        self.path.chmod(0o755)
        self.behave()

    def behave(self, **how: Any) -> None:
        """Have the agent do one of these from now on, and everything else as it should:

        refuse="8013", start_error="105", silent=True, die_after=seconds, vanished=True,
        moved_to="tcp://…", status="offline", cut_off=True, uncounted=True."""
        draft = self._folder / "behaviour.draft"
        draft.write_text(json.dumps(how))
        draft.replace(self._folder / "behaviour.json")

    @property
    def starts(self) -> list[dict[str, Any]]:
        file = self._folder / "starts.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def agents(self) -> list[psutil.Process]:
        """The running agents."""
        found = []
        for start in self.starts:
            try:
                process = psutil.Process(start["pid"])
                if process.status() != psutil.STATUS_ZOMBIE and str(self.path) in process.cmdline():
                    found.append(process)
            except psutil.NoSuchProcess:
                continue
        return found

    def close(self) -> None:
        for agent in self.agents:
            agent.kill()


def on_some_command_line(text: str) -> bool:
    """Whether the text is on the command line of any process of this machine, where `ps` would show it."""
    for process in psutil.process_iter(["cmdline"]):
        if process.pid != os.getpid() and any(text in part for part in process.info["cmdline"] or []):
            return True
    return False
