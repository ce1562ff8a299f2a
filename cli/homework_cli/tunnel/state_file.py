"""What others get to know of the tunnel: a file that the API reads, for its overview and its metrics."""

import contextlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from homework_cli.broker.address import PublicAddress
from homework_cli.files import write_whole
from homework_cli.tunnel.supervisor import Screen, State
from homework_cli.tunnel.usage import FREE_CONNECTIONS


class Told:
    """Tells of a state, then shows it. The API takes a file older than 30 s for a dead tunnel."""

    def __init__(self, screen: Screen, file: Path) -> None:
        self._screen = screen
        self._file = file
        self._address: PublicAddress | None = None
        self._changes = 0

    def show(self, state: State) -> None:
        if state.address is not None and state.address != self._address:
            if self._address is not None:
                self._changes += 1
            self._address = state.address
        self._write(state)
        self._screen.show(state)

    def _write(self, state: State) -> None:
        now = datetime.now(UTC).isoformat()
        told = as_json(state) | {"address_changes": self._changes, "updated_at": now}
        # A full disk closes no tunnel, and the usage, which lies beside it, has told of it already.
        with contextlib.suppress(OSError):
            write_whole(self._file, json.dumps(told).encode(), 0o644)


def as_json(state: State) -> dict[str, Any]:
    return {
        "up": state.is_open,
        "note": "; ".join([state.note, *state.problems]),
        "address": str(state.address) if state.address else None,
        "connections_used": state.usage.connections,
        "connections_limit": FREE_CONNECTIONS,
    }
