"""Writes the tunnel's state to a file, which the API reads for its overview and its metrics."""

import contextlib
from pathlib import Path

from homework_cli.broker.address import PublicAddress
from homework_cli.tunnel.supervisor import Screen, State
from homework_cli.tunnel.usage import FREE_CONNECTIONS
from homework_client.models import TunnelState
from homework_shared.runtime.clock import Clock, utc_now
from homework_shared.runtime.files import write_atomically


class StateFile:
    """A display that writes each state to a file and passes it to the next display. The API treats a file
    that is older than 30 s as a dead tunnel.
    """

    def __init__(self, screen: Screen, file: Path, now: Clock = utc_now) -> None:
        self._screen = screen
        self._file = file
        self._now = now
        self._address: PublicAddress | None = None
        self._changes = 0

    def show(self, state: State) -> None:
        if state.address is not None and state.address != self._address:
            if self._address is not None:
                self._changes += 1
            self._address = state.address
        # A full disk is no reason to close a tunnel, and the usage file beside this one reports it already.
        with contextlib.suppress(OSError):
            payload = tunnel_state(state, self._changes, self._now).model_dump_json()
            write_atomically(self._file, payload.encode(), 0o644)
        self._screen.show(state)


def tunnel_state(state: State, address_changes: int = 0, now: Clock = utc_now) -> TunnelState:
    """The state as the API shows it."""
    return TunnelState(
        up=state.is_open,
        note="; ".join([state.note, *state.problems]),
        address=str(state.address) if state.address else None,
        address_changes=address_changes,
        connections_used=state.usage.connections,
        connections_limit=FREE_CONNECTIONS,
        updated_at=now(),
    )
