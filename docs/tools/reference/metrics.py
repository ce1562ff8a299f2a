"""The metrics of every service, from the modules that declare them."""

from collections.abc import Iterator
from types import ModuleType

from docs.tools.reference.markdown import code, codes, page, table
from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.registry import Collector

import homework_api.http.middleware.metrics
import homework_api.pipeline.metrics
import homework_api.services.metrics
import homework_generator.metrics
import homework_shared.worker.metrics
from homework_api.http.gauges import Gauges

DECLARING_MODULES: dict[ModuleType, str] = {
    homework_api.http.middleware.metrics: "API, HTTP",
    homework_api.services.metrics: "API, HTTP",
    homework_api.pipeline.metrics: "API, relay and results",
    homework_shared.worker.metrics: "generators",
    homework_generator.metrics: "GPU generators",
}
_GAUGES = "API, HTTP"
_INTRODUCTION = """[monitoring.md](../monitoring.md) says where a process shows its metrics, which panels use
them, and what their labels mean. A histogram gives three series, which end with `_bucket`,
`_count` and `_sum`."""


def write() -> str:
    rows = sorted(
        [code(name), kind, codes(labels), meaning, role] for name, kind, labels, meaning, role in metrics()
    )
    return page(
        "Metrics", _INTRODUCTION, [table(["name", "type", "labels", "what it says", "reported by"], rows)]
    )


def metrics() -> Iterator[tuple[str, str, tuple[str, ...], str, str]]:
    """Name, type, labels, help text and reporting role of each."""
    for module, role in DECLARING_MODULES.items():
        for metric in vars(module).values():
            if isinstance(metric, Counter | Gauge | Histogram):
                yield (*_described(metric), role)
    for gauge in vars(Gauges().registry)["_collector_to_names"]:
        yield (*_described(gauge), _GAUGES)


def _described(metric: Collector) -> tuple[str, str, tuple[str, ...], str]:
    [family] = metric.describe() if hasattr(metric, "describe") else metric.collect()
    name = family.name + ("_total" if family.type == "counter" else "")
    # The client tells labels with samples only, and most series have none before something is counted.
    return name, family.type, tuple(vars(metric)["_labelnames"]), family.documentation
