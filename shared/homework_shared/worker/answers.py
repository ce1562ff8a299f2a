"""What a worker says beside the homework itself: whose it is, why it wrote it, why nobody could."""

from homework_shared.exercises.messages import FallbackReason, GenerateHomework, HomeworkFailed
from homework_shared.messaging.transport import INSTALLATION_HEADER, Delivery
from homework_shared.observability.tracing import HEADER, traceparent
from homework_shared.runtime.terminal import sanitize


def result_headers(delivery: Delivery) -> dict[str, str]:
    """What the result tells its receiver about the job: its trace, and whose it is."""
    given, parent = delivery.envelope.headers, traceparent()
    headers = {INSTALLATION_HEADER: given[INSTALLATION_HEADER]} if INSTALLATION_HEADER in given else {}
    return headers | ({HEADER: parent} if parent else {})


def fallback_reason(delivery: Delivery) -> FallbackReason:
    """Why the last resort was asked: what the broker says, or OVERDUE for a job of the deadline net."""
    try:
        return FallbackReason(delivery.death_reason or FallbackReason.OVERDUE)
    except ValueError:
        return FallbackReason.REJECTED


def failure(job: GenerateHomework, error: Exception, code: str, worker_id: str) -> HomeworkFailed:
    """The last word on a job that even the last resort could not do."""
    text = sanitize(f"no generator could write this homework ({code}): {error}"[:500])
    return HomeworkFailed(
        job_id=job.job_id,
        delivery_token=job.delivery_token,
        code=code,
        message=" ".join(text.split()),
        worker_id=worker_id,
    )
