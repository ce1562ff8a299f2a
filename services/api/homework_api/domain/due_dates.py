"""When students have to send their homework, and what becomes of what is sent later."""

from datetime import datetime
from enum import StrEnum


class LateWork(StrEnum):
    """What happens to work that is sent after its due date."""

    ACCEPT = "accept"
    MARK = "mark"
    REFUSE = "refuse"


def is_late(sent_at: datetime | None, due_at: datetime | None, late_work: LateWork) -> bool:
    """Whether it is to be marked as late: what comes at the due moment is in time."""
    if sent_at is None or due_at is None or late_work is LateWork.ACCEPT:
        return False
    return sent_at > due_at
