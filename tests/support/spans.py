"""Spans that tests look at."""

from opentelemetry.trace import INVALID_SPAN_CONTEXT, NonRecordingSpan


class EndedSpan(NonRecordingSpan):
    """Counts how often the span was ended."""

    def __init__(self) -> None:
        super().__init__(INVALID_SPAN_CONTEXT)
        self.ended = 0

    def end(self, end_time: int | None = None) -> None:
        self.ended += 1
