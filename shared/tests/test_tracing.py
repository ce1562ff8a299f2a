"""Tracing without a collector: the caller's trace is propagated unchanged, and nothing is stored."""

import cProfile
import sys

import pytest
from opentelemetry import trace

from homework_shared.observability.tracing import begin_span, span, trace_id, traced, traceparent

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
NO_TRACE = "00-00000000000000000000000000000000-b7ad6b7169203331-01"


def test_without_a_collector_the_callers_traceparent_is_passed_on_unchanged() -> None:
    with span("request", parent=CALLER):
        assert traceparent() == CALLER
        assert trace_id() == CALLER.split("-")[1]
        with span("within"):
            assert traceparent() == CALLER
    assert traceparent(begin_span("publish", parent=CALLER)) == CALLER
    assert (traceparent(), trace_id()) == (None, None)


@pytest.mark.parametrize(
    "header",
    ["", "x", "00-ab-cd-01", CALLER.replace("0af7", "zzzz"), "00-" + "0" * 32 + "-b7ad6b7169203331-01"],
)
def test_a_header_that_is_not_a_traceparent_is_ignored(header: str) -> None:
    with span("request", parent=header):
        assert traceparent() is None


def test_a_given_parent_is_used_instead_of_the_current_span() -> None:
    other = CALLER.replace("0af7", "1af7")
    with span("batch", parent=CALLER):
        assert traceparent(begin_span("publish", parent=other)) == other


def test_a_span_without_a_parent_belongs_to_the_current_one() -> None:
    assert traceparent(begin_span("publish")) is None
    with span("batch", parent=CALLER):
        assert traceparent(begin_span("publish")) == CALLER


def test_spans_cost_few_calls_while_nobody_traces() -> None:
    profile = cProfile.Profile(builtins=False)

    def job() -> None:
        """What a worker and the API do for each job."""
        with span("generate"), span("send"):
            traceparent()
        begin_span("send").end()
        traceparent(begin_span("process"))

    profile.runcall(job)
    assert sum(entry.callcount for entry in profile.getstats()) <= 32


def test_an_error_in_a_span_is_raised_on() -> None:
    with pytest.raises(ValueError, match="text"), span("request"):
        raise ValueError("text")


def test_without_an_endpoint_the_exporter_is_not_imported_and_no_provider_is_set() -> None:
    before = set(sys.modules)
    with traced("test", None):
        assert not {name for name in set(sys.modules) - before if "otlp" in name}
        assert not hasattr(trace.get_tracer_provider(), "add_span_processor")
