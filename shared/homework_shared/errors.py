"""The errors that decide what happens to a message: each error class carries the verdict for its delivery."""

from enum import StrEnum
from typing import ClassVar


class Verdict(StrEnum):
    """What the consumer answers the broker about one delivery. Each delivery gets exactly one verdict."""

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
    """The job failed for a reason that may pass: it is worth another try, here or on another worker."""

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
    """RabbitMQ answers, but its queues accept no message, as after a full disk: free disk space and restart
    it.
    """

    code = "queues_down"


class Unroutable(TransientError):
    """No queue is bound for this message: run `homework broker apply`."""

    code = "unroutable"


class QueueLocked(TransientError):
    """Another caller is browsing this queue: try again when that request has ended."""

    code = "queue_locked"


class GeneratorLost(HomeworkError):
    """The generator itself is broken, for example because its engine has died.

    Its jobs are not requeued one by one, because that would use up their delivery limit on a worker that
    cannot do them. The session ends instead, and the broker takes all jobs back.
    """

    verdict = Verdict.REQUEUE
    code = "generator_lost"


class DeadlinePassed(TransientError):
    """The job's deadline has passed. Once it is requeued, the broker dead-letters it as expired."""

    code = "deadline_passed"


class PermanentError(HomeworkError):
    """Another try on this kind of generator cannot succeed: another kind has to take the job."""

    code = "permanent"


class MalformedMessage(PermanentError):
    """The message does not have a format that this version understands."""

    code = "malformed"


class MessageTooLarge(PermanentError):
    """The message is larger than its consumers accept."""

    code = "too_large"


class TopologyMismatch(HomeworkError):
    """The broker does not have the exchanges and queues that the services need."""

    verdict = Verdict.REQUEUE
    code = "topology_mismatch"


def verdict_of(error: BaseException) -> Verdict:
    """The verdict for a delivery whose handling raised `error`.

    An error that is not a HomeworkError is a bug, and the job would fail again on the same input. It is
    rejected, so that it reaches the mock generator now and not after five redeliveries.
    """
    return error.verdict if isinstance(error, HomeworkError) else Verdict.REJECT
