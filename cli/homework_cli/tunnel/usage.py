"""What a metered tunnel has used up this month. ngrok's free plan: https://ngrok.com/docs/pricing-limits/free-plan-limits."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from homework_cli.files import write_whole

FREE_CONNECTIONS = 5_000
FREE_BYTES = 10**9


@dataclass(frozen=True, slots=True)
class Usage:
    """Counted from this computer alone, since the first of `month` (UTC).

    `bytes` is a little less than what went through: RabbitMQ tells it per connection every five
    seconds, without TLS's own share.
    """

    month: str
    connections: int = 0
    bytes: int = 0


def _this_month() -> str:
    return f"{datetime.now(UTC):%Y-%m}"


class UsageBook:
    """Adds up what the agent and RabbitMQ count from their own start, and keeps the sum in `file`."""

    def __init__(self, file: Path, month: Callable[[], str] = _this_month) -> None:
        self._file = file
        self._month = month
        self._connections = 0
        self._traffic: dict[str, int] = {}
        self._unkept = False
        self.now = self._kept()
        self.problem: str | None = None
        """Why the sum is not what it seems, or will not be after a restart."""

    def begin(self, traffic: Mapping[str, int] | None) -> None:
        """A new agent counts from zero, and what is connected already does not come through it."""
        self._connections = 0
        self._traffic = dict(traffic or {})

    def count(self, connections: int | None, traffic: Mapping[str, int] | None) -> Usage:
        """`connections` since `begin`, `traffic` as bytes by connection; None where it is not told."""
        before = self.now if self.now.month == self._month() else Usage(self._month())
        self.problem = None if connections is not None else "the ngrok agent does not tell its connections"
        told = self._connections if connections is None else connections
        new, self._connections = max(0, told - self._connections), told
        sent = self._more(traffic) if traffic is not None else 0
        self.now = Usage(before.month, before.connections + new, before.bytes + sent)
        if self.now != before or self._unkept:
            self._keep()
        return self.now

    def _keep(self) -> None:
        try:
            write_whole(self._file, json.dumps(asdict(self.now)).encode(), 0o600)
            self._unkept = False
        except OSError as error:  # a full disk is no reason to close a tunnel
            self._unkept = True
            self.problem = f"the count cannot be kept in {self._file} ({error.strerror or error})"

    def _more(self, traffic: Mapping[str, int]) -> int:
        more = sum(max(0, now - self._traffic.get(name, 0)) for name, now in traffic.items())
        self._traffic = dict(traffic)
        return more

    def _kept(self) -> Usage:
        try:
            kept = Usage(**json.loads(self._file.read_text()))
        except (OSError, ValueError, TypeError):
            return Usage(self._month())
        return kept if kept.month == self._month() else Usage(self._month())
