"""Which messages each broker user may send. RabbitMQ accepts no message with the name of another user."""

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
    """The broker user that published a message."""

    @property
    def user_id(self) -> str | None: ...

    @property
    def is_from_own_user(self) -> bool: ...


def _kinds_of(sender: Sender) -> frozenset[GeneratorKind]:
    """The kinds of generator that the sender may be.

    Where all parts share one account, the sender is the API's own user and may be any kind. The sender of a
    message without a user may be none.
    """
    if sender.user_id is None:
        return frozenset()
    if sender.is_from_own_user:
        return _EVERY_KIND
    return _LAST_RESORT if sender.user_id == FALLBACK_USER else _EVERY_KIND - _LAST_RESORT


def may_say(sender: Sender, message: Message) -> bool:
    """Whether the sender may send this message. A generator may send results and statuses of its own kind,
    only the mock generator may report homework as failed, and only the API may create jobs."""
    if isinstance(message, GenerateHomework):
        return sender.is_from_own_user
    kinds = _kinds_of(sender)
    match message:
        case HomeworkGenerated(generated_by=kind) | GeneratorStatus(kind=kind):
            return kind in kinds
    return GeneratorKind.MOCK in kinds
