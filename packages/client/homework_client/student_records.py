"""The requests about what is kept of one student: to correct it."""

from typing import TypedDict

from homework_client.models import Student
from homework_client.request import Request


class StudentDetails(TypedDict, total=False):
    """What is left out stays as it is; `email` None: the student has no address any more."""

    name: str
    email: str | None


def correct_student(student_id: int, details: StudentDetails) -> Request[Student]:
    """Homework, links and sessions stay as they are."""
    return Request("PATCH", f"/api/teacher/students/{student_id}", Student, body=dict(details))
