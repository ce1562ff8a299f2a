"""Turns signals that request an end into KeyboardInterrupt, so that `with` blocks stop what they started."""

import signal
from types import FrameType

_HANG_UP = getattr(signal, "SIGHUP", None)
"""Windows has no such signal. When a terminal is closed there, Windows itself ends its commands."""
_ENDS = [number for number in (signal.SIGINT, signal.SIGTERM, _HANG_UP) if number is not None]


def interruptible() -> None:
    """From now on Ctrl-C, SIGTERM and a closed terminal raise KeyboardInterrupt."""
    for number in _ENDS:
        # `nohup` ignores SIGHUP, and it stays ignored. A shell that starts us in the background ignores
        # SIGINT, and Python would leave it so.
        if number != _HANG_UP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)


def uninterruptible() -> None:
    """Ignore signals during a clean-up whose waits are all limited: a second Ctrl-C must not interrupt it."""
    for number in _ENDS:
        signal.signal(number, signal.SIG_IGN)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    if number != signal.SIGINT:
        # A terminal that is closed sends SIGHUP two or three times, once through the shell, and `make` passes
        # the SIGTERM on that a supervisor sends to the whole group. The later ones must not interrupt the
        # clean-up before it can call `uninterruptible`. Ctrl-C still does: a person may press it again.
        for again in filter(None, (signal.SIGTERM, _HANG_UP)):
            signal.signal(again, signal.SIG_IGN)
    raise KeyboardInterrupt
