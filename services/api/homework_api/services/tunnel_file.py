"""Reads the state of the tunnel from a file that `homework tunnel` rewrites every few seconds."""

from datetime import timedelta
from pathlib import Path

from pydantic import ValidationError

from homework_api.schemas.system import TunnelState
from homework_shared.runtime.clock import Clock

FRESH_FOR = timedelta(seconds=30)


class TunnelFile:
    """Reads the current state; without a file there is no tunnel."""

    def __init__(self, path: Path | None, clock: Clock) -> None:
        self._path = path
        self._clock = clock

    def read(self) -> TunnelState | None:
        if self._path is None:
            return None
        try:
            state = TunnelState.model_validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return None
        if self._clock() - state.updated_at <= FRESH_FOR:
            return state
        return state.model_copy(
            update={"up": False, "note": "`homework tunnel` does not run: start it, or delete its state.json"}
        )
