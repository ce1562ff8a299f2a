"""The requests about teachers: each has students, classes and assignments of their own."""

from homework_client.models import Teacher
from homework_client.request import Request


def list_teachers() -> Request[list[Teacher]]:
    """The oldest first."""
    return Request("GET", "/api/ops/teachers", list[Teacher])


def create_teacher(name: str) -> Request[Teacher]:
    """Nothing is theirs yet. `requests.create_api_key` with their id makes the key that lets them in."""
    return Request("POST", "/api/ops/teachers", Teacher, body={"name": name})


def rename_teacher(teacher_id: int, name: str) -> Request[Teacher]:
    return Request("PATCH", _teacher(teacher_id), Teacher, body={"name": name})


def delete_teacher(teacher_id: int) -> Request[None]:
    """With their API keys, once they have no student, no class and no assignment any more."""
    return Request("DELETE", _teacher(teacher_id), type(None))


def _teacher(teacher_id: int) -> str:
    return f"/api/ops/teachers/{teacher_id}"
