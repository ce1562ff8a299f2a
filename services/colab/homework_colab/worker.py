"""The generator as a process whose files are in one folder. It does not depend on the cell or the kernel."""

import contextlib
import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from homework_colab.processes import birth, end, left_in

_DRAIN_SECONDS = 45.0
_ENGINE_SECONDS = 5.0
_TAIL_BYTES = 64 * 1024
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_TICKET = re.compile(r"homework1:[\w=-]+")


class Worker:
    """The worker of a folder; there is at most one. Another kernel, or a cell that is run again, finds the
    running one.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder.resolve()
        self.ticket = self.folder / "ticket"
        self.status = self.folder / "status.txt"
        self.log = self.folder / "worker.log"
        self._exit_file = self.folder / "exit.txt"
        self._state = self.folder / "worker.json"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        if self._process is not None:
            # This collects the process once it has ended; a zombie would look alive to other kernels.
            self._process.poll()
        pid, born, _ = self._recorded()
        return born is not None and birth(pid) == born

    def runs_with(self, settings: Mapping[str, str]) -> bool:
        return self.running and self._recorded()[2] == settings

    @property
    def exit_code(self) -> int | None:
        """How the worker ended; None if its supervisor was killed before it could write that."""
        try:
            return int(self._exit_file.read_text())
        except (OSError, ValueError):
            return None

    def start(
        self, command: Sequence[str], environment: Mapping[str, str], settings: Mapping[str, str]
    ) -> None:
        """Start the worker. `runs_with` compares the settings, which contain no secret."""
        for old in (self._exit_file, self.status):
            old.unlink(missing_ok=True)
        with self.log.open("wb") as log:
            # Interrupting a cell signals the kernel's process group, so the worker gets a session of its own.
            self._process = subprocess.Popen(
                [*command], env=environment, cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        pid = self._process.pid
        self._state.write_text(json.dumps({"pid": pid, "born": birth(pid), "settings": settings}))

    def stop(self) -> None:
        """End the worker and processes that earlier workers left behind, such as the engine of a killed
        generator.
        """
        if self.running:
            end([self._recorded()[0]], _DRAIN_SECONDS)
        end(left_in(self.folder), _ENGINE_SECONDS)
        if self._process is not None:
            self._process.wait()

    def screen(self, lines: int) -> str:
        """The generator's status, and below it the end of its log."""
        status = ""
        with contextlib.suppress(OSError):
            status = self.status.read_text(encoding="utf-8") + "\n"
        return f"{status}{self.tail(lines)}"

    def tail(self, lines: int) -> str:
        """The end of the log, without colours, overwritten progress and tickets."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - _TAIL_BYTES))
            text = log.read().decode(errors="replace")
        plain = _TICKET.sub("homework1:…", _ANSI.sub("", text)).rstrip()
        return "\n".join(line.rstrip().rpartition("\r")[2] for line in plain.split("\n")[-lines:])

    def _recorded(self) -> tuple[int, str | None, dict[str, str]]:
        try:
            state = json.loads(self._state.read_text())
            return state["pid"], state["born"], state["settings"]
        except (OSError, ValueError, KeyError):
            return 0, None, {}
