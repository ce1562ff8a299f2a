"""The date until which students have to submit their homework, and the policy for later submissions."""

from datetime import datetime
from enum import StrEnum


class LateWork(StrEnum):
    """What happens to homework that is submitted after its due date."""

    ACCEPT = "accept"
    MARK = "mark"
    REFUSE = "refuse"


def is_late(sent_at: datetime | None, due_at: datetime | None, late_work: LateWork) -> bool:
    """Whether the submission is marked as late. A submission at the due moment is in time."""
    if sent_at is None or due_at is None or late_work is LateWork.ACCEPT:
        return False
    return sent_at > due_at
