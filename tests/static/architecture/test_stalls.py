"""`tests.support.stalls` delays steps of tasks, and changes nothing else."""

import json
import os
import subprocess
import sys

import pytest

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
