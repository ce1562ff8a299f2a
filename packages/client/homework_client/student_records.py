"""The requests about what is kept of one student: to correct it, and to hand it out."""

from typing import TypedDict

from homework_client.models import File, Student
from homework_client.request import Request, given


class StudentDetails(TypedDict, total=False):
    """What is left out stays as it is; `email` None: the student has no address any more."""

    name: str
    email: str | None


def correct_student(student_id: int, details: StudentDetails) -> Request[Student]:
    """Homework, links and sessions stay as they are."""
    return Request("PATCH", f"/api/teacher/students/{student_id}", Student, body=dict(details))


def export_student(student_id: int, format_: str = "json") -> Request[File]:
    """All that is kept about the student, right answers included: `json`, or `pdf` to read on paper."""
    return Request("GET", f"/api/teacher/students/{student_id}/export", File, given(format=format_))
