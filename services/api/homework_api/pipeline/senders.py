"""What each user of the broker may send. RabbitMQ lets nobody publish under another user's name."""

from typing import Protocol

from homework_shared.exercises.messages import (
    GenerateHomework,
    GeneratorKind,
    GeneratorStatus,
    HomeworkGenerated,
    Message,
)
from homework_shared.messaging.topology import FALLBACK_USER

_EVERY_KIND = frozenset(GeneratorKind)
_LAST_RESORT = frozenset({GeneratorKind.MOCK})


class Sender(Protocol):
    """Who published a message."""

    @property
    def user_id(self) -> str | None: ...

    @property
    def is_from_own_user(self) -> bool: ...


def _kinds_of(sender: Sender) -> frozenset[GeneratorKind]:
    """The kinds of generator that the sender may be.

    Where one account serves all parts, the sender is the API's own user and may be everything. A message
    without a user is believed nothing.
    """
    if sender.user_id is None:
        return frozenset()
    if sender.is_from_own_user:
        return _EVERY_KIND
    return _LAST_RESORT if sender.user_id == FALLBACK_USER else _EVERY_KIND - _LAST_RESORT


def may_say(sender: Sender, message: Message) -> bool:
    """A generator speaks for its own kind, the last resort alone reports homework as failed, and only the API
    makes jobs."""
    if isinstance(message, GenerateHomework):
        return sender.is_from_own_user
    kinds = _kinds_of(sender)
    match message:
        case HomeworkGenerated(generated_by=kind) | GeneratorStatus(kind=kind):
            return kind in kinds
    return GeneratorKind.MOCK in kinds
