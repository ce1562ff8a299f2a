"""What the declarations of Prometheus metrics share. Each service declares the metrics that it reports.

docs/reference/metrics.md lists them all. Labels are bounded: enums and fixed words.
What a generator says of itself is the exception; `homework_api.http.gauges` bounds it.
"""

from collections.abc import Iterable
from functools import cache
from typing import TypeVar

from prometheus_client import Counter, Gauge, Histogram

M = TypeVar("M", Counter, Gauge, Histogram)

SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
"""Buckets for how long a homework waits or takes to write."""


@cache
def cached_labels(metric: M, *labels: str) -> M:
    """Remember `metric.labels(…)`, which takes a lock and searches at each call. This is for what is counted
    for every job, and not for a metric that is ever cleared."""
    return metric.labels(*labels)


def begin_at_zero(counter: Counter, labels: Iterable[str]) -> None:
    """Show the series of these labels before anything is counted: a series that first appears with its first
    event hides that event from `increase()`."""
    for label in labels:
        counter.labels(label)
