"""The metrics of jobs on their way to the broker and of results on their way into the database."""

from itertools import product

from prometheus_client import Counter, Gauge, Histogram

from homework_shared.exercises.checks import Check
from homework_shared.exercises.messages import FallbackReason, GeneratorKind
from homework_shared.observability.metrics import SECONDS, begin_at_zero

_MARGINS = (-600, -60, -10, -2, -1, 0, 1, 2.5, 5, 10, 30, 60, 300, 3600)
_BATCHES = (1, 2, 5, 10, 25, 50, 100, 200, 300)
_OUTCOMES = (
    "stored",
    "partial",
    "replaced",
    "exchanged",
    "repeated",
    "unknown",
    "failed",
    "given_up",
    "late",
    "malformed",
    "foreign",
    "unsigned",
    "forged",
    "wrong_token",
    "unusable",
    "unstorable",
)

published = Counter("homework_jobs_published_total", "Jobs that the broker confirmed", ["route"])
publish_refused = Counter(
    "homework_publish_refused_total", "Publishes that the broker did not confirm", ["code"]
)
rescued = Counter("homework_rescued_total", "Overdue homework that the deadline net sent to the fallback")
pruned = Counter("homework_pruned_rows_total", "Rows that the housekeeping deleted", ["table"])
statuses_ignored = Counter(
    "homework_statuses_ignored_total", "Generator statuses that were unreadable or not trusted"
)

clock_ahead = Gauge(
    "homework_clock_ahead_seconds",
    "Seconds that a clock is ahead of the one that deadlines go by: this machine's, a generator's",
    ["of"],
)

results = Counter("homework_results_total", "Results received, by outcome", ["outcome"])
results_batch = Histogram("homework_results_batch_size", "Results stored per transaction", buckets=_BATCHES)
failed_checks = Counter(
    "homework_failed_checks_total",
    "Checks that received exercises failed, by the name of the check",
    ["check"],
)
written = Counter(
    "homework_written_total",
    "Homework stored, by who wrote it and why it was not a GPU (none: nothing went wrong)",
    ["generated_by", "fallback_reason"],
)
end_to_end_seconds = Histogram(
    "homework_end_to_end_seconds",
    "Seconds from the request to the stored homework",
    ["generated_by"],
    buckets=SECONDS,
)
queue_seconds = Histogram(
    "homework_queue_seconds",
    "Seconds from the request until a generator took the job",
    ["generated_by"],
    buckets=SECONDS,
)
generation_seconds = Histogram(
    "homework_generation_seconds",
    "Seconds that a generator took to write one homework",
    ["generated_by"],
    buckets=SECONDS,
)
deadline_margin = Histogram(
    "homework_deadline_margin_seconds",
    "Seconds from storing a homework to its deadline: negative if late, near zero for the mock generator",
    ["generated_by"],
    buckets=_MARGINS,
)
deadlines_missed = Counter(
    "homework_deadlines_missed_total",
    "Homework stored over two seconds after its deadline",
    ["generated_by"],
)

begin_at_zero(published, ("job", "fallback"))
begin_at_zero(publish_refused, ("publish_refused", "unroutable", "link_lost"))
begin_at_zero(pruned, ("idempotency_keys", "outbox", "audit_log", "assignments"))
begin_at_zero(results, _OUTCOMES)
begin_at_zero(failed_checks, Check)
begin_at_zero(deadlines_missed, GeneratorKind)
for _kind, _reason in product(GeneratorKind, ("none", *FallbackReason)):
    written.labels(_kind, _reason)
