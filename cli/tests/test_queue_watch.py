"""The watch over a broker's queues, which `homework up` runs beside what it prints on the terminal."""

import subprocess
import sys

SCRIPT = """
import logging
from homework_cli.broker.queue_watch import QueueWatch
QueueWatch(lambda: "amqp://127.0.0.1")
logging.getLogger("aiormq.channel").warning("Closing channel because RPC call was cancelled")
"""


def test_the_amqp_library_prints_nothing_on_the_terminal_when_ctrl_c_interrupts_a_look() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stderr == ""
