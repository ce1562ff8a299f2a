"""Structured logs: each line has an event name and the context of its job, as JSON or for a console."""

import logging
import sys
from enum import StrEnum
from typing import TextIO

import structlog

from homework_shared.observability.tracing import trace_id


class LogFormat(StrEnum):
    CONSOLE = "console"
    JSON = "json"


class _StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to the current `sys.stderr`. A live screen on the terminal replaces `sys.stderr`, so log lines
    appear above the screen and not across it.
    """

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def configure(service: str, log_format: LogFormat, level: str) -> None:
    """Send the log lines of structlog and of the standard library to stderr in one format."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _add_trace_id,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = _StderrHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(log_format)],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    quiet_amqp_libraries()
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,  # A line below the level is dropped before it is formatted.
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)


def quiet_amqp_libraries() -> None:
    """Drop what aiormq logs: each lost connection with a traceback, and each call that is cancelled. Our own
    code says in one line what matters.
    """
    for noisy in ("aiormq", "aio_pika"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)


def _add_trace_id(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    if current := trace_id():
        event["trace_id"] = current
    return event


def _rendering(log_format: LogFormat) -> list[structlog.typing.Processor]:
    if log_format is LogFormat.JSON:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    # The default traceback prints local variables, which may contain names, addresses and passwords.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
