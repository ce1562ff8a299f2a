"""In which order a student finds the homework: what is due first comes first."""

from collections.abc import Iterable
from datetime import UTC, datetime

from homework_client.models import Homework, HomeworkStatus

_NEVER = datetime.max.replace(tzinfo=UTC)


def to_do(homework: Iterable[Homework]) -> list[Homework]:
    """What is not sent yet, by its due date. What has none comes after that, and at the end what nobody can
    do because it could not be written."""
    open_ = {one.id: one for one in homework if one.status is not HomeworkStatus.COMPLETED}
    return sorted(open_.values(), key=_urgency)


def sent(homework: Iterable[Homework]) -> list[Homework]:
    """The newest first."""
    return [one for one in homework if one.status is HomeworkStatus.COMPLETED]


def _urgency(homework: Homework) -> tuple[bool, datetime, int]:
    return homework.status is HomeworkStatus.FAILED, homework.due_at or _NEVER, homework.id
