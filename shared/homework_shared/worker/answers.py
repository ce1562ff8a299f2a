"""What a worker publishes beside the exercises: the result's headers, the fallback reason,
and the failure.
"""

from homework_shared.exercises.messages import FallbackReason, GenerateHomework, HomeworkFailed
from homework_shared.messaging.transport import INSTALLATION_HEADER, Delivery
from homework_shared.observability.tracing import HEADER, traceparent
from homework_shared.runtime.terminal import sanitize


def result_headers(delivery: Delivery) -> dict[str, str]:
    """The headers of a result: the trace of its job, and the installation that the job came from."""
    given, parent = delivery.envelope.headers, traceparent()
    headers = {INSTALLATION_HEADER: given[INSTALLATION_HEADER]} if INSTALLATION_HEADER in given else {}
    return headers | ({HEADER: parent} if parent else {})


def fallback_reason(delivery: Delivery) -> FallbackReason:
    """Why the job came to the mock generator: the reason in the broker's headers, or OVERDUE for a job that
    the deadline net published.
    """
    try:
        return FallbackReason(delivery.death_reason or FallbackReason.OVERDUE)
    except ValueError:
        return FallbackReason.REJECTED


def failure(job: GenerateHomework, error: Exception, code: str, worker_id: str) -> HomeworkFailed:
    """The event for a job that even the mock generator could not do."""
    text = sanitize(f"no generator could write this homework ({code}): {error}"[:500])
    return HomeworkFailed(
        job_id=job.job_id,
        delivery_token=job.delivery_token,
        code=code,
        message=" ".join(text.split()),
        worker_id=worker_id,
    )
