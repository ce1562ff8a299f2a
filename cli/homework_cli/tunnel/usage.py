"""The use of a metered tunnel this month. ngrok's free plan:
https://ngrok.com/docs/pricing-limits/free-plan-limits.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from homework_shared.runtime.clock import utc_now
from homework_shared.runtime.files import write_atomically

FREE_CONNECTIONS = 5_000
FREE_BYTES = 10**9


@dataclass(frozen=True, slots=True)
class Usage:
    """What this computer has used since the first of `month` (UTC).

    `bytes` is a little less than the real traffic: RabbitMQ reports it per connection every five seconds,
    without the overhead of TLS.
    """

    month: str
    connections: int = 0
    bytes: int = 0


def _this_month() -> str:
    return f"{utc_now():%Y-%m}"


class UsageBook:
    """Adds up the counts of the agent and of RabbitMQ, which each begin at their own start, and stores the
    sum in `file`.
    """

    def __init__(self, file: Path, month: Callable[[], str] = _this_month) -> None:
        self._file = file
        self._month = month
        self._connections = 0
        self._traffic: dict[str, int] = {}
        self._is_unsaved = False
        self.now = self._load()
        self.problem: str | None = None
        """Why the sum is wrong, or will be wrong after a restart."""

    def begin(self, traffic: Mapping[str, int] | None) -> None:
        """Start at zero, as a new agent does. Existing connections do not come through it."""
        self._connections = 0
        self._traffic = dict(traffic or {})

    def count(self, connections: int | None, traffic: Mapping[str, int] | None) -> Usage:
        """Add the `connections` since `begin`, and `traffic` in bytes by connection. None means unknown."""
        before = self.now if self.now.month == self._month() else Usage(self._month())
        self.problem = None if connections is not None else "the ngrok agent does not report its connections"
        total = self._connections if connections is None else connections
        new, self._connections = max(0, total - self._connections), total
        sent = self._more(traffic) if traffic is not None else 0
        self.now = Usage(before.month, before.connections + new, before.bytes + sent)
        if self.now != before or self._is_unsaved:
            self._save()
        return self.now

    def _save(self) -> None:
        try:
            write_atomically(self._file, json.dumps(asdict(self.now)).encode(), 0o600)
            self._is_unsaved = False
        except OSError as error:
            # A full disk is no reason to close a tunnel.
            self._is_unsaved = True
            self.problem = f"the count cannot be kept in {self._file} ({error.strerror or error})"

    def _more(self, traffic: Mapping[str, int]) -> int:
        more = sum(max(0, now - self._traffic.get(name, 0)) for name, now in traffic.items())
        self._traffic = dict(traffic)
        return more

    def _load(self) -> Usage:
        try:
            saved = Usage(**json.loads(self._file.read_text()))
        except (OSError, ValueError, TypeError):
            return Usage(self._month())
        return saved if saved.month == self._month() else Usage(self._month())
