"""The requests of a teacher who looks homework through before the students get it."""

from datetime import datetime

from homework_client.models import Assignment
from homework_client.request import Request, plain


def release_assignment(assignment_id: int, release_at: datetime | str | None = None) -> Request[Assignment]:
    """Give what is held back to the students: at once, or at a moment. A second time changes nothing."""
    path = f"/api/teacher/assignments/{assignment_id}/release"
    return Request("POST", path, Assignment, body=plain({"release_at": release_at}))
