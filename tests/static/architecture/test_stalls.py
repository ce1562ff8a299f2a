"""`tests.support.stalls` delays steps of tasks, `tests.support.standstills` whole processes, and both change
nothing else.
"""

import json
import os
import subprocess
import sys

import pytest

from tests.support import standstills
from tests.support.processes import ROOT

TASKS = 20
PROGRAM = f"""
import asyncio, json, tests.support.stalls

async def note(number, order):
    await asyncio.sleep(0)
    order.append(number)
    return await asyncio.to_thread(lambda: number)

async def main():
    order = []
    results = await asyncio.gather(*(note(number, order) for number in range({TASKS})))
    print(json.dumps([results, order]))

asyncio.run(main())
"""


@pytest.mark.parametrize(("share", "keeps_order"), [("0", True), ("0.5", False)])
def test_the_order_of_tasks_changes_and_their_results_do_not(share: str, keeps_order: bool) -> None:
    environment = os.environ | {"STALL_SHARE": share, "STALL_SECONDS": "0.2"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=110, check=True,
    )  # fmt: skip
    results, order = json.loads(done.stdout)
    assert results == list(range(TASKS))
    assert sorted(order) == results
    assert (order == results) is keeps_order


LOOK = """
import time

looks = [time.monotonic()]
while looks[-1] < looks[0] + 3:
    time.sleep(0.01)
    looks.append(time.monotonic())
raise SystemExit(sum(later - look > 0.4 for look, later in zip(looks, looks[1:])))
"""


def test_a_command_stands_still_now_and_then_and_its_exit_status_is_kept() -> None:
    if standstills.own_group() is None:
        pytest.skip("only root may freeze processes")
    # The program counts how often it stood still. Containers go on: other tests use them.
    assert standstills.run([sys.executable, "-c", LOOK], (), (0.1, 0.2), (0.5, 0.6)) >= 2
