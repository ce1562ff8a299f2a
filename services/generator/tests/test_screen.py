"""The status screen."""

import asyncio
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from tests.support.waiting import eventually

from homework_generator import screen as module
from homework_generator.model.plan import Row
from homework_generator.screen import WINDOW_SECONDS, Screen, choices
from homework_generator.writing.quality import Quality
from homework_shared.worker.stats import WorkerStats

IN_A_TERMINAL = """
import asyncio, structlog
from homework_generator.screen import Screen
from homework_shared.observability.logs import LogFormat, configure
from homework_shared.worker.stats import WorkerStats
from homework_generator.writing.quality import Quality

async def main():
    configure("generator", LogFormat.CONSOLE, "INFO")
    drawing = asyncio.create_task(Screen("gpu-1", "tiny", WorkerStats(), Quality(), None).show_for_ever())
    await asyncio.sleep(0)  # it is drawn as soon as the task begins
    structlog.get_logger("test").info("a_line_of_the_log")
    drawing.cancel()
    await asyncio.gather(drawing, return_exceptions=True)

asyncio.run(main())
"""


def shown(screen: Screen) -> str:
    console = Console(width=100)
    with console.capture() as captured:
        console.print(screen.table())
    return captured.get()


def test_it_shows_jobs_tokens_and_missed_deadlines() -> None:
    stats = WorkerStats(in_flight=3, done=12, missed=2, tokens=4200, connected=True)
    screen = Screen("gpu-1", "tiny", stats, Quality(), None)
    assert "loading the model" in shown(screen)
    screen.phase = ""
    text = shown(screen)
    for expected in ("gpu-1", "taking jobs", "12 written, 3 in flight", "4200 in all", "2 (the mock"):
        assert expected in text
    stats.connected = False
    assert "looking for the broker" in shown(screen)


def test_it_shows_the_usable_share_the_faults_and_what_the_self_check_takes() -> None:
    quality = Quality()
    screen = Screen("gpu-1", "tiny", WorkerStats(), quality, None)
    assert "nothing written yet" in shown(screen)
    for outcome in ("usable", "usable", "usable", "unsolved"):
        quality.count(outcome)
    quality.written.add(300, 100)
    quality.checked.add(80, 20)
    text = " ".join(shown(screen).split())
    assert "75 % of the last tries; faults: unsolved 1; self-check: 25 % more tokens" in text


async def test_the_rate_is_that_of_the_last_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REFRESH_SECONDS", 0.001)
    stats, file = WorkerStats(), tmp_path / "status.txt"
    screen = Screen("gpu-1", "tiny", stats, Quality(), file)
    drawing = asyncio.create_task(screen.show_for_ever())
    await eventually(lambda: file.exists() and "0 in all" in file.read_text())
    stats.tokens += 500
    await eventually(lambda: "500 in all" in file.read_text())
    await eventually(lambda: set(screen._samples) == {500})  # The previous lines are forgotten.
    drawing.cancel()
    await asyncio.gather(drawing, return_exceptions=True)


def test_the_rate_is_what_was_written_between_the_first_and_the_last_sample_that_is_kept() -> None:
    screen = Screen("gpu-1", "tiny", WorkerStats(), Quality(), None)
    rates = []
    for tokens in (0, 500, 500, *(600 for _ in range(10))):
        screen._samples.append(tokens)
        rates.append(screen.tokens_per_second())
    assert rates[:3] == [0, 500, 250]
    assert rates[-1] == (600 - 500) / WINDOW_SECONDS


async def test_an_unwritable_status_file_does_not_stop_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REFRESH_SECONDS", 0.001)
    screen = Screen("gpu-1", "tiny", WorkerStats(), Quality(), tmp_path / "no such folder" / "status.txt")
    drawing = asyncio.create_task(screen.show_for_ever())
    await eventually(lambda: len(screen._samples) > 2)
    assert not drawing.done()
    drawing.cancel()
    await asyncio.gather(drawing, return_exceptions=True)


def test_in_a_terminal_the_log_runs_above_the_screen() -> None:
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen(
        [sys.executable, "-c", IN_A_TERMINAL], stdout=theirs, stderr=theirs, env=environment
    )
    assert process.wait(60) == 0
    os.close(theirs)
    output = os.read(ours, 100_000).decode()
    os.close(ours)
    assert "Generator gpu-1" in output
    # The screen is erased before the line is written, and drawn again below it.
    before = output[: output.index("a_line_of_the_log")]
    assert "\x1b[2K" in before[before.rindex("Generator gpu-1") :]


def test_what_preflight_chose_is_a_table_with_reasons() -> None:
    console = Console(width=100)
    with console.capture() as captured:
        console.print(choices((Row("device", "CPU", "no NVIDIA driver here"),)))
    assert "because" in captured.get()
