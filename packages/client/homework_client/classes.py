"""The requests about classes: groups of students to whom homework is assigned together."""

from collections.abc import Sequence

from homework_client.models import ClassDetail, SchoolClass
from homework_client.request import Request, given


def list_classes(
    limit: int | None = None, offset: int | None = None, before_id: int | None = None
) -> Request[list[SchoolClass]]:
    """List the classes, newest first, in pages as in `requests.list_students`."""
    params = given(limit=limit, offset=offset, before_id=before_id)
    return Request("GET", "/api/teacher/classes", list[SchoolClass], params)


def create_class(name: str) -> Request[SchoolClass]:
    """Create a class without students."""
    return Request("POST", "/api/teacher/classes", SchoolClass, body={"name": name})


def get_class(class_id: int) -> Request[ClassDetail]:
    """The class and its students."""
    return Request("GET", _class(class_id), ClassDetail)


def rename_class(class_id: int, name: str) -> Request[SchoolClass]:
    return Request("PATCH", _class(class_id), SchoolClass, body={"name": name})


def delete_class(class_id: int) -> Request[None]:
    """Delete the class. Its students and their homework are kept."""
    return Request("DELETE", _class(class_id), type(None))


def change_members(
    class_id: int, *, add: Sequence[int] = (), remove: Sequence[int] = ()
) -> Request[SchoolClass]:
    """Add students to the class and remove others in one step. Repeating the request changes nothing more."""
    body = {"add": list(add), "remove": list(remove)}
    return Request("PATCH", f"{_class(class_id)}/students", SchoolClass, body=body)


def _class(class_id: int) -> str:
    return f"/api/teacher/classes/{class_id}"
