"""The requests about students' links, and about the sessions that begin with them."""

from homework_client.models import NewSession, Session, StudentLink
from homework_client.request import Request

STUDENT_NAME = "Student-Name"
"""The header with which a student's session is told the student's name, percent-encoded."""


def make_link(student_id: int, nonce: str | None = None) -> Request[StudentLink]:
    """A link for the student to sign in with, once. An earlier one is void. Sent again with the same nonce, a
    random text of 43 characters or more, it answers with the same link."""
    return Request("POST", f"/api/teacher/students/{student_id}/link", StudentLink, body={"nonce": nonce})


def withdraw_link(student_id: int) -> Request[None]:
    """The link is void, and the student is signed out everywhere."""
    return Request("DELETE", f"/api/teacher/students/{student_id}/link", type(None))


def make_links_for_class(class_id: int, nonce: str | None = None) -> Request[list[StudentLink]]:
    """A link for everybody in the class, the oldest student first. The nonce is as for one student."""
    return Request("POST", f"/api/teacher/classes/{class_id}/links", list[StudentLink], body={"nonce": nonce})


def begin_session(token: str, nonce: str) -> Request[NewSession]:
    """Needs no API key. Sent again with the same nonce, a random text, it answers with the same session."""
    return Request("POST", "/api/session", NewSession, body={"token": token, "nonce": nonce})


def get_session() -> Request[Session]:
    """The student who is signed in."""
    return Request("GET", "/api/session", Session)


def end_session() -> Request[None]:
    """Sign out the session that asks."""
    return Request("DELETE", "/api/session", type(None))
