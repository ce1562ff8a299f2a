"""One role of the API that crashes on request at the line where a crash could lose or repeat work.

`homework_api.main` runs unchanged. The two functions are patched from outside, so the product has no switch
for this. A trigger file in CHAOS_FOLDER requests the crash, and the crashing process removes it.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homework_api.database.queries.outbox import settle_outbox
from homework_api.main import app
from homework_api.pipeline import relay, results

BETWEEN_CONFIRM_AND_MARK = "die-between-confirm-and-mark"
BETWEEN_COMMIT_AND_ACK = "die-between-commit-and-ack"


def die_if(asked: str) -> None:
    try:
        (Path(os.environ["CHAOS_FOLDER"]) / asked).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def dying_before(step: Any, asked: str) -> Any:
    """Wrap a coroutine function or a plain function."""

    def wrapped(*arguments: Any) -> Any:
        die_if(asked)
        return step(*arguments)

    return wrapped


def main() -> None:
    settle = results._Stored.settle
    with (
        patch.object(relay, "settle_outbox", dying_before(settle_outbox, BETWEEN_CONFIRM_AND_MARK)),
        patch.object(results._Stored, "settle", dying_before(settle, BETWEEN_COMMIT_AND_ACK)),
    ):
        app(sys.argv[1:])


if __name__ == "__main__":
    main()
