"""Helpers for Prometheus metrics. Each service declares the metrics that it reports.

docs/reference/metrics.md lists them all. Labels are bounded: their values are enums and fixed words. The
values that a generator reports about itself are the exception; `homework_api.http.gauges` bounds them.
"""

from collections.abc import Iterable
from functools import cache
from typing import TypeVar

from prometheus_client import Counter, Gauge, Histogram

M = TypeVar("M", Counter, Gauge, Histogram)

SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
"""Buckets, in seconds, for the time that a homework waits or takes to be written."""


@cache
def cached_labels(metric: M, *labels: str) -> M:
    """Remember the result of `metric.labels(…)`, which takes a lock and a lookup at each call.

    Use it for what is counted for every job. Do not use it for a metric that is ever cleared.
    """
    return metric.labels(*labels)


def begin_at_zero(counter: Counter, labels: Iterable[str]) -> None:
    """Show the series of these labels before anything is counted. A series that first appears together with
    its first event hides that event from `increase()`.
    """
    for label in labels:
        counter.labels(label)
