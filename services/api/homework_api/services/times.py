"""Validates the times that a teacher may choose, by the service's clock."""

from datetime import UTC, datetime, timedelta

from homework_api.domain.errors import WrongTime
from homework_api.schemas.assignments import MAX_DEADLINE_SECONDS, MIN_DEADLINE_SECONDS

_MIN, _MAX = timedelta(seconds=MIN_DEADLINE_SECONDS), timedelta(seconds=MAX_DEADLINE_SECONDS)


def require_ready_by(ready_by: datetime, now: datetime) -> None:
    """The limits of `deadline_seconds` apply. Raises WrongTime."""
    if not now + _MIN <= ready_by <= now + _MAX:
        raise WrongTime(
            f"Homework has to be written between 5 seconds and 7 days from now. It is {written(now)}: "
            f"send a `ready_by` from {written(now + _MIN)} to {written(now + _MAX)}"
        )


def require_due_at(due_at: datetime, earliest: datetime) -> None:
    """Students need time between `earliest` and the due date. Raises WrongTime."""
    if due_at <= earliest:
        raise WrongTime(
            f"Students could not send their homework by then: send a `due_at` after {written(earliest)}"
        )


def require_release_at(release_at: datetime, now: datetime) -> None:
    """Raises WrongTime."""
    if release_at <= now:
        raise WrongTime(
            f"It is {written(now)}, so this moment is over: send a later `release_at`, or release it at once "
            "with POST …/release and no body"
        )


def written(moment: datetime) -> str:
    """The time in the form that a request may contain."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
