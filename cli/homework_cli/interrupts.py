"""Whatever asks a command to end unwinds it like Ctrl-C, through every `with` that stops what it started."""

import signal
from types import FrameType

_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def interruptible() -> None:
    """From now on Ctrl-C, SIGTERM and a terminal that is closed raise KeyboardInterrupt."""
    for number in _ENDS:
        # `nohup` ignores SIGHUP for us, and shall. A shell that starts us in the background does so with
        # SIGINT, and Python would leave it so.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)


def uninterruptible() -> None:
    """For a clean-up whose every wait is bounded: a second Ctrl-C must not leave half of it undone."""
    for number in _ENDS:
        signal.signal(number, signal.SIG_IGN)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    if number == signal.SIGHUP:
        # A closed terminal sends it two or three times, once through the shell; the others must not hit
        # the clean-up.
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
