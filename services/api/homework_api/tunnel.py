"""The tunnel as `homework tunnel` tells of it, in a file that it writes anew every few seconds."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ValidationError

FRESH_FOR = timedelta(seconds=30)


class TunnelState(BaseModel):
    """`connections_used` of `connections_limit` are this month's."""

    up: bool
    note: str
    address: str | None
    address_changes: int
    connections_used: int
    connections_limit: int | None
    updated_at: AwareDatetime


class TunnelFile:
    """Reads what is there now; without a file there is no tunnel."""

    def __init__(self, path: Path | None, clock: Callable[[], datetime]) -> None:
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
