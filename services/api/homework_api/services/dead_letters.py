"""Dead letters: the messages that are parked in generation.dead, and what an operator can do with them.

Listing consumes all messages and returns them when the link closes, so one operator can list at a time. A
message that is sent again is confirmed by the broker before its dead letter is acknowledged. A crash between
the two leaves it parked and sends it twice, which does no harm because of the job id.
"""

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import structlog

from homework_api.domain.errors import BrokerUnavailable, DeadLetterNotFound, NotReplayable
from homework_api.pipeline.senders import may_say
from homework_api.services import metrics
from homework_shared.errors import (
    BrokerClaimed,
    LinkLost,
    MalformedMessage,
    PublishRefused,
    QueueLocked,
    TopologyMismatch,
    Unroutable,
    Verdict,
)
from homework_shared.exercises.messages import (
    GenerateHomework,
    HomeworkFailed,
    HomeworkGenerated,
    Message,
    decode,
)
from homework_shared.messaging.topology import (
    DEAD,
    FALLBACK_DESTINATION,
    JOB_DESTINATION,
    RESULT_REPLAY_DESTINATION,
)
from homework_shared.messaging.transport import (
    INSTALLATION_HEADER,
    Broker,
    Death,
    Delivery,
    Destination,
    Envelope,
)
from homework_shared.observability.tracing import HEADER
from homework_shared.runtime.clock import Clock

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

MAX_LOOKED_AT = 1000
_KEPT_HEADERS = (HEADER, INSTALLATION_HEADER)
_RESULTS: dict[str, type[Message]] = {kind.__name__: kind for kind in (HomeworkGenerated, HomeworkFailed)}


class DeadLetterAction(StrEnum):
    """What an operator can do with a dead letter."""

    REPLAY = "replay"
    MOCK = "mock"
    DROP = "drop"


@dataclass(frozen=True)
class DeadLetter:
    """Equal messages in generation.dead: the copies of one job that the deadline net sent are one letter."""

    id: str
    deliveries: Sequence[Delivery]

    @property
    def envelope(self) -> Envelope:
        return self.deliveries[0].envelope

    @property
    def deaths(self) -> list[Death]:
        """The deaths of all copies, the last one first."""
        every = [death for delivery in self.deliveries for death in delivery.deaths]
        return sorted(every, key=lambda death: death.at, reverse=True)


class DeadLetters:
    """Lists and settles the messages in generation.dead. Every method raises BrokerUnavailable if the broker
    does not answer.
    """

    def __init__(self, broker: Broker, clock: Clock) -> None:
        self._broker = broker
        self._clock = clock

    async def list_letters(self) -> list[DeadLetter]:
        """The first MAX_LOOKED_AT messages, the most recently dead-lettered first."""
        with _broker_errors():
            async with self._broker.browse(DEAD, MAX_LOOKED_AT) as deliveries:
                return _letters(deliveries)

    async def get_letter(self, id_: str) -> DeadLetter:
        return _find(await self.list_letters(), id_)

    async def drop(self, id_: str) -> None:
        with _broker_errors():
            async with self._broker.browse(DEAD, MAX_LOOKED_AT) as deliveries:
                await _settle(_find(_letters(deliveries), id_), DeadLetterAction.DROP)

    async def send_again(self, id_: str, action: DeadLetterAction) -> Destination:
        """Send the message again. Returns its destination. Raises DeadLetterNotFound, NotReplayable."""
        with _broker_errors():
            async with (
                self._broker.publisher() as publisher,
                self._broker.browse(DEAD, MAX_LOOKED_AT) as deliveries,
            ):
                letter = _find(_letters(deliveries), id_)
                route, envelope = self._again(letter, action)
                await publisher.publish(route, envelope)
                await _settle(letter, action)
        return route

    def _again(self, letter: DeadLetter, action: DeadLetterAction) -> tuple[Destination, Envelope]:
        """The same message for another try: without its deaths, and with the time that is left until its
        deadline.
        """
        dead = letter.envelope
        headers = {name: text for name, text in dead.headers.items() if name in _KEPT_HEADERS}
        route, expires_in_ms = self._way(letter, action)
        return route, Envelope(dead.type, dead.message_id, dead.body, headers, expires_in_ms)

    def _way(self, letter: DeadLetter, action: DeadLetterAction) -> tuple[Destination, int | None]:
        dead = letter.envelope
        try:
            if action is DeadLetterAction.REPLAY and dead.type in _RESULTS:
                _require_sender(letter, decode(_RESULTS[dead.type], dead.type, dead.body))
                return RESULT_REPLAY_DESTINATION, None
            job = decode(GenerateHomework, dead.type, dead.body)
        except MalformedMessage as error:
            # The message would be dead-lettered again at once: no process of this version can read it.
            raise NotReplayable(f"This cannot be sent again ({error}): DELETE drops it") from error
        _require_sender(letter, job)
        left = job.milliseconds_left(self._clock())
        # As for new jobs: past its deadline a job must not wait in the GPU's queue.
        return (
            (JOB_DESTINATION, left)
            if left and action is DeadLetterAction.REPLAY
            else (FALLBACK_DESTINATION, None)
        )


def _require_sender(letter: DeadLetter, message: Message) -> None:
    """A message that is sent again carries the API's own user name, which receivers trust. So only messages
    that their first sender was allowed to send may be sent again. Raises NotReplayable.
    """
    # All copies were sent by the same user, because the user is part of the id.
    [delivery, *_] = letter.deliveries
    if not may_say(delivery, message):
        who = f"the broker's user {delivery.user_id}" if delivery.user_id else "an unnamed user"
        raise NotReplayable(f"This was sent by {who}, who may not send such messages: DELETE drops it")


def _letters(deliveries: Sequence[Delivery]) -> list[DeadLetter]:
    copies: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        copies.setdefault(_id_of(delivery), []).append(delivery)
    letters = [DeadLetter(id_, same) for id_, same in copies.items()]
    dated = [(letter.deaths[0].at.timestamp() if letter.deaths else 0.0, letter) for letter in letters]
    return [letter for _, letter in sorted(dated, key=lambda each: each[0], reverse=True)]


def _id_of(delivery: Delivery) -> str:
    # A job and its result share the message id, and other messages may have none, so type and body are part
    # of this id. The user is part of it too, because users may send different messages.
    envelope = delivery.envelope
    named = f"{envelope.type}\n{envelope.message_id}\n{delivery.user_id}\n".encode()
    return hashlib.sha256(named + envelope.body).hexdigest()[:12]


def _find(letters: Sequence[DeadLetter], id_: str) -> DeadLetter:
    for letter in letters:
        if letter.id == id_:
            return letter
    raise DeadLetterNotFound


async def _settle(letter: DeadLetter, action: DeadLetterAction) -> None:
    for delivery in letter.deliveries:
        await delivery.settle(Verdict.ACK)
    metrics.dead_letters.labels(action).inc(len(letter.deliveries))
    log.info("dead_letter_settled", action=action, id=letter.id, job_id=letter.envelope.message_id[:64])


@contextlib.contextmanager
def _broker_errors() -> Iterator[None]:
    try:
        yield
    except QueueLocked as error:
        raise BrokerUnavailable(
            "Somebody else is looking at the dead letters: try again in a moment"
        ) from error
    except (Unroutable, TopologyMismatch, BrokerClaimed) as error:
        raise BrokerUnavailable(str(error)) from error
    except (LinkLost, PublishRefused) as error:
        raise BrokerUnavailable(
            f"The broker cannot be used now ({error}). Start it or wait, see GET /ready, then try again: "
            "what was sent again already is harmless a second time"
        ) from error
