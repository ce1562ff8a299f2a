"""A stop completes, whatever a library does with a cancellation."""

import asyncio
import signal
import subprocess
import sys

import pytest
from structlog.testing import capture_logs

from homework_shared.runtime import cancellation
from homework_shared.runtime.cancellation import end_all
from homework_shared.runtime.process import OVERDUE
from homework_shared.runtime.retry import until

DEAF = """
import asyncio, sys
from homework_shared.runtime.process import run_until_signalled

async def main(stop):
    print("running", flush=True)
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass

run_until_signalled(main, stop_seconds=0.3)
"""

AS_ON_WINDOWS = """
import asyncio, sys
sys.modules["uvloop"] = None
asyncio.SelectorEventLoop.add_signal_handler = asyncio.AbstractEventLoop.add_signal_handler
from homework_shared.runtime.process import run_until_signalled

async def main(stop):
    print(type(asyncio.get_running_loop()).__module__, flush=True)
    await stop.wait()
    print("stopped", flush=True)

run_until_signalled(main)
"""


class Deaf:
    """Continues after `swallowed` cancellations, as aiormq's channel does while it is being closed."""

    def __init__(self, swallowed: int) -> None:
        self.swallows = swallowed
        self.started = asyncio.Event()

    async def run(self) -> None:
        self.started.set()
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if not self.swallows:
                    raise
                self.swallows -= 1


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancellation, "CANCEL_AGAIN_SECONDS", 0.05)


async def test_a_stop_whose_cancellation_was_swallowed_is_repeated() -> None:
    stop, deaf = asyncio.Event(), Deaf(swallowed=1)
    running = asyncio.create_task(until(stop, deaf.run()))
    await deaf.started.wait()
    stop.set()
    async with asyncio.timeout(30):
        await running
    assert deaf.swallows == 0


async def test_what_never_ends_is_named_in_the_log_and_left_behind() -> None:
    deaf = Deaf(swallowed=10)
    task = asyncio.create_task(deaf.run())
    await deaf.started.wait()
    with capture_logs() as logs:
        async with asyncio.timeout(30):
            await end_all([task])
    assert [entry["event"] for entry in logs] == ["task_does_not_end"]
    deaf.swallows = 0
    task.cancel()


async def test_what_ends_with_an_error_is_no_error_of_the_stop() -> None:
    async def fail() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise RuntimeError("in the end")

    task = asyncio.create_task(fail())
    await asyncio.sleep(0)
    await end_all([task])
    assert task.done()


def test_a_process_that_does_not_stop_ends_itself_and_says_where_it_was() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", DEAF], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert process.returncode == OVERDUE
    assert "stop_overdue" in out + err
    assert "Thread" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_a_process_whose_event_loop_takes_no_signal_handlers(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", AS_ON_WINDOWS], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "asyncio.unix_events\n"
        process.send_signal(number)
        out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "stopped\n")
