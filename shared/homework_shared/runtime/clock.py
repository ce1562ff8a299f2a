"""The clock of every service: what needs another one, a test for instance, is handed it as an argument."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)
