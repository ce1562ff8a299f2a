"""The order in which a student sees the homework: the earliest due date comes first."""

from collections.abc import Iterable
from datetime import UTC, datetime

from homework_client.models import Homework, HomeworkStatus

_NEVER = datetime.max.replace(tzinfo=UTC)


def to_do(homework: Iterable[Homework]) -> list[Homework]:
    """The homework that is not submitted yet, by its due date. Homework without a due date follows, and
    homework that could not be written comes last.
    """
    open_ = {one.id: one for one in homework if one.status is not HomeworkStatus.COMPLETED}
    return sorted(open_.values(), key=_urgency)


def sent(homework: Iterable[Homework]) -> list[Homework]:
    """The homework that was submitted, newest first."""
    return [one for one in homework if one.status is HomeworkStatus.COMPLETED]


def _urgency(homework: Homework) -> tuple[bool, datetime, int]:
    return homework.status is HomeworkStatus.FAILED, homework.due_at or _NEVER, homework.id
