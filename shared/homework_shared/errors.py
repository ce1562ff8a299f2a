"""Every error that decides what happens to a message: its class has the verdict."""

from enum import StrEnum
from typing import ClassVar


class Verdict(StrEnum):
    """What the broker is told about a delivery. Each delivery gets exactly one verdict."""

    ACK = "ack"
    REQUEUE = "requeue"
    REJECT = "reject"


class HomeworkError(Exception):
    """Root of the errors this project raises. The docstring is the default message."""

    verdict: ClassVar[Verdict] = Verdict.REJECT
    code: ClassVar[str] = "internal_error"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class TransientError(HomeworkError):
    """Worth another try, here or on another worker."""

    verdict = Verdict.REQUEUE
    code = "transient"


class LinkLost(TransientError):
    """The connection to the broker is gone."""

    code = "link_lost"


class PublishRefused(TransientError):
    """The broker refused the message: its queue is full, or it is in an alarm."""

    code = "publish_refused"


class BrokerClaimed(TransientError):
    """Another installation uses this vhost of the broker."""

    code = "broker_claimed"


class QueuesDown(TransientError):
    """RabbitMQ answers and its queues take nothing, as after a full disk: make room there and restart it."""

    code = "queues_down"


class Unroutable(TransientError):
    """No queue is bound for this message: run `homework broker apply`."""

    code = "unroutable"


class QueueLocked(TransientError):
    """Somebody else is looking into this queue."""

    code = "queue_locked"


class GeneratorLost(HomeworkError):
    """The generator itself is broken. Its jobs are not requeued one by one, which would spend their delivery
    limit on a worker that cannot do them: the session ends, and the broker takes all of them back."""

    verdict = Verdict.REQUEUE
    code = "generator_lost"


class DeadlinePassed(TransientError):
    """The job's deadline has passed. Once it is requeued, the broker dead-letters it as expired."""

    code = "deadline_passed"


class PermanentError(HomeworkError):
    """Trying again cannot help: another kind of generator has to take the job."""

    code = "permanent"


class MalformedMessage(PermanentError):
    """The message is not one that this version understands."""

    code = "malformed"


class MessageTooLarge(PermanentError):
    """The message is larger than its receivers would read."""

    code = "too_large"


class TopologyMismatch(HomeworkError):
    """The broker does not have the exchanges and queues that the services need."""

    verdict = Verdict.REQUEUE
    code = "topology_mismatch"


def verdict_of(error: BaseException) -> Verdict:
    """The verdict for a delivery whose handling raised `error`.

    An error that is not ours is a bug: the job would fail again on the same input. It is rejected, so that it
    reaches the fallback now and not after five redeliveries.
    """
    return error.verdict if isinstance(error, HomeworkError) else Verdict.REJECT
