"""The generator's status on one screen: in the terminal, or in a file that a notebook shows."""

import asyncio
import contextlib
import os
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.table import Table

from homework_generator.model.plan import Row
from homework_generator.writing.quality import Quality
from homework_shared.runtime.clock import utc_now
from homework_shared.worker.stats import WorkerStats

REFRESH_SECONDS = 1.0
WINDOW_SECONDS = 10
_WIDTH = 76


def choices(rows: tuple[Row, ...], title: str = "What the model will run with") -> Table:
    """The table of preflight's choices and their reasons."""
    table = Table(title=title, title_justify="left")
    for heading in ("", "chosen", "because"):
        table.add_column(heading)
    for row in rows:
        table.add_row(row.what, row.chosen, row.why)
    return table


class Screen:
    """The status, redrawn every second. `phase` names the current step while no jobs can be taken."""

    def __init__(
        self, worker_id: str, model: str, stats: WorkerStats, quality: Quality, file: Path | None
    ) -> None:
        self.phase = "loading the model"
        self.model = model
        self._worker_id = worker_id
        self._stats = stats
        self._quality = quality
        self._file = file
        self._samples: deque[int] = deque(maxlen=WINDOW_SECONDS + 1)

    async def show_for_ever(self) -> None:
        """Draw until cancelled; the last picture stays."""
        with self._live() as live:
            while True:
                self._samples.append(self._stats.tokens)
                if live is not None:
                    live.update(self.table())
                if self._file is not None:
                    self._write(self._file)
                await asyncio.sleep(REFRESH_SECONDS)

    def table(self) -> Table:
        stats = self._stats
        up = utc_now() - stats.started_at
        table = Table(title=f"Generator {self._worker_id}", title_justify="left", show_header=False)
        table.add_row("state", self._state())
        table.add_row("model", self.model)
        table.add_row("jobs", f"{stats.done} written, {stats.in_flight} in flight")
        table.add_row("tokens", f"{self.tokens_per_second():.0f} a second, {stats.tokens} in all")
        table.add_row("usable", self._usable())
        table.add_row("deadlines missed", f"{stats.missed} (the mock generator wrote those)")
        table.add_row("up", f"{str(up).split('.')[0]}; this picture is of {time.strftime('%H:%M:%S')}")
        return table

    def tokens_per_second(self) -> float:
        if len(self._samples) < 2:
            return 0.0
        return (self._samples[-1] - self._samples[0]) / ((len(self._samples) - 1) * REFRESH_SECONDS)

    def _usable(self) -> str:
        quality = self._quality
        if (share := quality.usable_share) is None:
            return "nothing written yet"
        check = f"; self-check: {quality.check_percent:.0f} % more tokens" if quality.checked.total else ""
        return f"{100 * share:.0f} % of the last tries; faults: {quality.faults()}{check}"

    def _state(self) -> str:
        if self.phase:
            return self.phase
        return "taking jobs" if self._stats.connected else "looking for the broker; see the log"

    def _write(self, file: Path) -> None:
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        # A full disk must not end a worker that has jobs.
        with contextlib.suppress(OSError), draft.open("w", encoding="utf-8") as sink:
            Console(file=sink, width=_WIDTH, force_terminal=False).print(self.table())
            draft.replace(file)

    @contextlib.contextmanager
    def _live(self) -> Iterator[Live | None]:
        if not sys.stdout.isatty():
            yield None
            return
        with Live(self.table(), console=Console(), auto_refresh=False, vertical_overflow="visible") as live:
            yield live
