"""Prometheus metrics of the pipeline, declared once. Labels are bounded: enums and fixed words."""

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)

published = Counter("homework_jobs_published_total", "Jobs that the broker confirmed", ["route"])
publish_refused = Counter(
    "homework_publish_refused_total", "Publishes that the broker did not confirm", ["code"]
)
deliveries = Counter(
    "homework_worker_deliveries_total", "Jobs that a worker settled", ["kind", "verdict", "code"]
)
in_flight = Gauge("homework_worker_in_flight", "Jobs that a worker holds now", ["kind"])
generation_seconds = Histogram(
    "homework_generation_seconds", "Seconds a generator worked on one job", ["kind"], buckets=_SECONDS
)
results = Counter("homework_results_total", "Results received, by what became of them", ["outcome"])
results_batch = Histogram(
    "homework_results_batch_size",
    "Results stored per transaction",
    buckets=(1, 2, 5, 10, 25, 50, 100, 200, 300),
)
end_to_end_seconds = Histogram(
    "homework_end_to_end_seconds",
    "Seconds from request to stored homework",
    ["generated_by"],
    buckets=_SECONDS,
)
failed_checks = Counter(
    "homework_failed_checks_total", "Checks that exercises on receipt failed, each by its name", ["check"]
)
dead_letters = Counter(
    "homework_dead_letters_settled_total", "Dead letters that an operator settled", ["action"]
)
rescued = Counter("homework_rescued_total", "Overdue homework that the deadline net sent to the fallback")
pruned = Counter("homework_pruned_rows_total", "Rows that the housekeeping deleted", ["table"])
statuses_ignored = Counter("homework_statuses_ignored_total", "Generator statuses that could not be read")
generators_online = Gauge("homework_generators_online", "Generators heard of lately", ["kind"])
answers = Counter("homework_answers_total", "Answers that students sent, by verdict", ["verdict"])
exercises = Counter(
    "homework_generator_exercises_total", "Exercises that a model wrote, by what became of them", ["outcome"]
)
tokens = Counter("homework_generator_tokens_total", "Tokens that a model read and wrote", ["kind"])
engine_restarts = Counter("homework_generator_engine_restarts_total", "Engines rebuilt after their core died")
