"""The requests of a teacher who reviews homework before the students receive it."""

from collections.abc import Mapping
from datetime import datetime

from homework_client.models import Assignment, EditedHomework, ReviewedHomework
from homework_client.request import Request, given, plain


def release_assignment(
    assignment_id: int,
    release_at: datetime | str | None = None,
    unchanged_since: datetime | None = None,
) -> Request[Assignment]:
    """Release the homework to the students, at once or at a moment. Repeating the request changes nothing.

    `unchanged_since` is the assignment's `changed_at` as it was read; homework that has changed since then
    stays held back.
    """
    path = f"/api/teacher/assignments/{assignment_id}/release"
    body = plain({"release_at": release_at, "unchanged_since": unchanged_since})
    return Request("POST", path, Assignment, body=body)


def take_back_release(assignment_id: int) -> Request[Assignment]:
    """Hold the assignment back until it is released, whatever release time was set before."""
    return Request("DELETE", f"/api/teacher/assignments/{assignment_id}/release", Assignment)


def list_reviewed_homework(
    assignment_id: int, limit: int | None = None, offset: int | None = None, before_id: int | None = None
) -> Request[list[ReviewedHomework]]:
    """List the homework of an assignment, including homework that is held back; newest first, in pages as in
    `requests.list_students`.
    """
    params = given(limit=limit, offset=offset, before_id=before_id)
    path = f"/api/teacher/assignments/{assignment_id}/homework"
    return Request("GET", path, list[ReviewedHomework], params)


def get_reviewed_homework(homework_id: int) -> Request[ReviewedHomework]:
    """The homework with its right answers, also while it is held back from its student."""
    return Request("GET", f"/api/teacher/homework/{homework_id}", ReviewedHomework)


def edit_exercise(
    homework_id: int, index: int, exercise: Mapping[str, object], version: str
) -> Request[EditedHomework]:
    """Replace the exercise at `index`, counted from 1, by the teacher's own.

    `version` is the version of the exercise that was read; an exercise that has changed since then is not
    overwritten. Repeating the request changes nothing.
    """
    body = {"version": version, "exercise": dict(exercise)}
    return Request("PUT", _exercise(homework_id, index), EditedHomework, body=body)


def replace_exercise(
    homework_id: int, index: int, version: str, deadline_seconds: int | None = None
) -> Request[ReviewedHomework]:
    """Have the exercise at `index`, from 1, written anew; it stays until the new one is there. `version` as
    in `edit_exercise`. Asked for again meanwhile it changes nothing."""
    body = {"version": version, "deadline_seconds": deadline_seconds}
    return Request("POST", f"{_exercise(homework_id, index)}/replace", ReviewedHomework, body=body)


def _exercise(homework_id: int, index: int) -> str:
    return f"/api/teacher/homework/{homework_id}/exercises/{index}"
