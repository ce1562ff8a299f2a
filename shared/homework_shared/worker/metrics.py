"""The metrics of a worker. Prometheus cannot scrape a generator in Colab: its statuses carry the figures
instead.
"""

from prometheus_client import Counter, Gauge, Histogram

from homework_shared.observability.metrics import SECONDS

deliveries = Counter(
    "homework_worker_deliveries_total", "Jobs that a worker settled", ["kind", "verdict", "code"]
)
in_flight = Gauge("homework_worker_in_flight", "Jobs that a worker holds now", ["kind"])
generation_seconds = Histogram(
    "homework_worker_generation_seconds", "Seconds a generator worked on one job", ["kind"], buckets=SECONDS
)
