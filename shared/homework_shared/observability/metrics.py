"""Every Prometheus metric of the product, declared once. Labels are bounded: enums and fixed words.

docs/monitoring.md lists them; a test compares.
"""

from collections.abc import Iterable
from functools import cache
from itertools import product
from typing import TypeVar

from prometheus_client import Counter, Gauge, Histogram

from homework_shared.exercises.checks import Check
from homework_shared.exercises.messages import FallbackReason, GeneratorKind

M = TypeVar("M", Counter, Gauge, Histogram)


@cache
def cached_labels(metric: M, *labels: str) -> M:
    """`metric.labels(…)`, which looks for a lock and a child at each call, found once: for what is counted
    for every job. Not for a metric that is ever cleared."""
    return metric.labels(*labels)


_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
_MARGINS = (-600, -60, -10, -2, -1, 0, 1, 2.5, 5, 10, 30, 60, 300, 3600)
_BATCHES = (1, 2, 5, 10, 25, 50, 100, 200, 300)

# What is there now: read from the database, the broker and the generators' announcements at each
# scrape of an API process. Several API processes see the same, so queries take max().
assignments = Gauge("homework_assignments", "Assignments, by status", ["status"])
homework = Gauge("homework_records", "Homework, by status and by who wrote it", ["status", "generated_by"])
outbox_rows = Gauge("homework_outbox_rows", "Jobs that the database owes the broker")
outbox_oldest = Gauge("homework_outbox_oldest_seconds", "Age of the oldest of them")
database_up = Gauge("homework_database_up", "1 if the database answers")
broker_up = Gauge("homework_broker_up", "1 if the broker answers")
queue_ready = Gauge("homework_queue_ready", "Messages ready for delivery", ["queue"])
queue_consumers = Gauge("homework_queue_consumers", "Consumers", ["queue"])
generators_online = Gauge("homework_generators_online", "Generators heard of within 15 s", ["kind"])
generators_in_flight = Gauge("homework_generators_in_flight", "Jobs that they hold", ["kind"])
generators_tokens = Gauge("homework_generators_tokens_per_second", "Tokens a second they write", ["kind"])
generators_uptime = Gauge("homework_generators_uptime_seconds", "Age of the longest running one", ["kind"])
tunnel_up = Gauge("homework_tunnel_up", "1 while the tunnel leads to the broker; NaN without a tunnel")
tunnel_changes = Gauge("homework_tunnel_address_changes", "Times the running tunnel got another address")
tunnel_used = Gauge("homework_tunnel_connections_used", "Connections through it this month")
tunnel_limit = Gauge("homework_tunnel_connections_limit", "Connections that a free account has a month")

# What an API process did.
http_seconds = Histogram(
    "homework_http_request_seconds", "Seconds per HTTP request", ["method", "route", "status"]
)
published = Counter("homework_jobs_published_total", "Jobs that the broker confirmed", ["route"])
publish_refused = Counter(
    "homework_publish_refused_total", "Publishes that the broker did not confirm", ["code"]
)
retried = Counter("homework_jobs_retried_total", "Homework that a teacher asked for again")
rescued = Counter("homework_rescued_total", "Overdue homework that the deadline net sent to the fallback")
results = Counter("homework_results_total", "Results received, by what became of them", ["outcome"])
results_batch = Histogram("homework_results_batch_size", "Results stored per transaction", buckets=_BATCHES)
written = Counter(
    "homework_written_total",
    "Homework stored, by who wrote it and why it was not a GPU (none: nothing went wrong)",
    ["generated_by", "fallback_reason"],
)
end_to_end_seconds = Histogram(
    "homework_end_to_end_seconds", "From request to stored homework", ["generated_by"], buckets=_SECONDS
)
queue_seconds = Histogram(
    "homework_queue_seconds", "From request to a generator's hands", ["generated_by"], buckets=_SECONDS
)
generation_seconds = Histogram(
    "homework_generation_seconds",
    "What one homework took to write",
    ["generated_by"],
    buckets=_SECONDS,
)
deadline_margin = Histogram(
    "homework_deadline_margin_seconds",
    "Time left at the deadline when a homework was stored; the mock's are about zero",
    ["generated_by"],
    buckets=_MARGINS,
)
deadlines_missed = Counter(
    "homework_deadlines_missed_total",
    "Homework stored over two seconds after its deadline",
    ["generated_by"],
)
failed_checks = Counter(
    "homework_failed_checks_total", "Checks that exercises on receipt failed, each by its name", ["check"]
)
answers = Counter("homework_answers_total", "Answers that students sent, by verdict", ["verdict"])
dead_letters = Counter(
    "homework_dead_letters_settled_total", "Dead letters that an operator settled", ["action"]
)
pruned = Counter("homework_pruned_rows_total", "Rows that the housekeeping deleted", ["table"])
statuses_ignored = Counter("homework_statuses_ignored_total", "Generator statuses that could not be read")

# What a generator did; one in Colab is not scraped, and tells its figures with its announcements.
deliveries = Counter(
    "homework_worker_deliveries_total", "Jobs that a worker settled", ["kind", "verdict", "code"]
)
in_flight = Gauge("homework_worker_in_flight", "Jobs that a worker holds now", ["kind"])
worker_seconds = Histogram(
    "homework_worker_generation_seconds", "Seconds a generator worked on one job", ["kind"], buckets=_SECONDS
)
exercises = Counter(
    "homework_generator_exercises_total", "Exercises that a model wrote, by what became of them", ["outcome"]
)
tokens = Counter("homework_generator_tokens_total", "Tokens that a model read and wrote", ["kind"])
engine_restarts = Counter("homework_generator_engine_restarts_total", "Engines rebuilt after their core died")

_OUTCOMES = {
    "stored", "replaced", "repeated", "unknown", "failed", "malformed", "unusable", "unstorable",
}  # fmt: skip


def _begin_at_zero() -> None:
    """A series that first appears with its first event hides that event from increase()."""
    words: tuple[tuple[Counter, Iterable[str]], ...] = (
        (deadlines_missed, GeneratorKind),
        (published, ("job", "fallback")),
        (publish_refused, ("publish_refused", "unroutable", "link_lost")),
        (results, _OUTCOMES),
        (failed_checks, Check),
        (pruned, ("idempotency_keys", "outbox")),
        (exercises, ("usable",)),
        (tokens, ("prompt", "completion")),
    )
    for counter, labels in words:
        for label in labels:
            counter.labels(label)
    for kind, reason in product(GeneratorKind, ("none", *FallbackReason)):
        written.labels(kind, reason)


_begin_at_zero()
