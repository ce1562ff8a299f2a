"""A message that RabbitMQ delivered, and the verdict that is sent to the broker."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiormq.abc import FrameType
from pamqp import commands

from homework_shared.errors import Verdict
from homework_shared.messaging.receiving import Received
from homework_shared.messaging.transport import Death, Envelope

Acknowledge = Callable[[FrameType], Awaitable[object]]
"""Sends an acknowledgement, positive or negative. Raises LinkLost."""


@dataclass(frozen=True, slots=True, eq=False)
class RabbitDelivery:
    """A message from RabbitMQ."""

    tag: int
    redelivered: bool
    envelope: Envelope
    headers: Mapping[str, Any]
    acknowledge: Acknowledge
    user_id: str | None
    receiver: str

    @classmethod
    def of(cls, message: Received, acknowledge: Acknowledge, receiver: str) -> "RabbitDelivery":
        content, properties = message.content, message.content.properties
        headers = properties.headers or {}
        texts = {key: value for key, value in headers.items() if isinstance(value, str)}
        envelope = Envelope(properties.message_type or "", content.message_id or "", message.body, texts)
        user = properties.user_id
        return cls(message.tag, message.redelivered, envelope, headers, acknowledge, user, receiver)

    @property
    def is_from_own_user(self) -> bool:
        return self.user_id == self.receiver

    @property
    def earlier_deliveries(self) -> int:
        count = self.headers.get("x-delivery-count", 0)
        return count if isinstance(count, int) else 0

    @property
    def death_reason(self) -> str | None:
        return self.envelope.headers.get("x-first-death-reason")

    @property
    def deaths(self) -> Sequence[Death]:
        return [_death(entry) for entry in self._death_header or ()]

    @property
    def _death_header(self) -> list[dict[str, Any]] | None:
        """The broker's history of this message; None when a publisher made up what only the broker knows."""
        entries: Any = self.headers.get("x-death", [])
        is_a_history = isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)
        return entries if is_a_history else None

    async def settle(self, verdict: Verdict) -> None:
        await self.acknowledge(self._frame(verdict))

    def _frame(self, verdict: Verdict) -> FrameType:
        match verdict:
            case Verdict.REQUEUE:
                return commands.Basic.Nack(delivery_tag=self.tag, requeue=True)
            case Verdict.REJECT if self._death_header is not None:
                return commands.Basic.Reject(delivery_tag=self.tag, requeue=False)
        # The job is done, or its history is made up. RabbitMQ 3.10 stops dead-lettering from a whole queue
        # once it has to add to such a history, so this message is dropped instead.
        return commands.Basic.Ack(delivery_tag=self.tag)


def _death(entry: dict[str, Any]) -> Death:
    at, count = entry.get("time"), entry.get("count")
    return Death(
        queue=str(entry.get("queue", "")),
        reason=str(entry.get("reason", "")),
        count=count if isinstance(count, int) else 1,
        at=at if isinstance(at, datetime) else datetime.fromtimestamp(0, UTC),
    )
