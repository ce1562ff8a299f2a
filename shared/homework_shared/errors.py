"""Every error that decides what happens to a message. The class is the verdict."""

from enum import StrEnum
from typing import ClassVar


class Verdict(StrEnum):
    """What the broker is told about a delivery; each delivery gets exactly one."""

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


class Unroutable(TransientError):
    """No queue is bound for this message: run `homework broker apply`."""

    code = "unroutable"


class QueueLocked(TransientError):
    """Somebody else is looking into this queue."""

    code = "queue_locked"


class GeneratorLost(HomeworkError):
    """The generator itself is broken. Its jobs are not settled one by one, which would spend their
    deliveries on a worker that cannot do them: the shift ends and the broker gives all of them back."""

    verdict = Verdict.REQUEUE
    code = "generator_lost"


class DeadlinePassed(TransientError):
    """The job's deadline is behind it. Requeued, the broker dead-letters it as expired at once."""

    code = "deadline_passed"


class PermanentError(HomeworkError):
    """Trying again cannot help: another kind of generator has to take the job."""

    code = "permanent"


class MalformedMessage(PermanentError):
    """The message is not one that this version understands."""

    code = "malformed"


class TopologyMismatch(HomeworkError):
    """The broker does not have the exchanges and queues that the services need."""

    verdict = Verdict.REQUEUE
    code = "topology_mismatch"


def verdict_of(error: BaseException) -> Verdict:
    """The verdict for a delivery whose handling raised `error`.

    An error that is not ours is a bug: it would fail again on the same input, so the job is
    rejected and reaches the fallback now instead of after five redeliveries.
    """
    return error.verdict if isinstance(error, HomeworkError) else Verdict.REJECT
