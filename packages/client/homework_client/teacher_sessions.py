"""The requests about teachers' links, and about the sessions that begin with them or with an API key."""

from homework_client.models import NewTeacherSession, TeacherLink, TeacherSession
from homework_client.request import Request

_SESSION = "/api/teacher-session"


def make_link() -> Request[TeacherLink]:
    """A link with which the teacher whose key asks signs in, once. An earlier one is void."""
    return Request("POST", "/api/teacher/link", TeacherLink)


def begin_session(token: str, nonce: str) -> Request[NewTeacherSession]:
    """With a link. Sent again with the same nonce, a random text, it answers with the same session."""
    return _begin(token, nonce, {})


def begin_session_with_key(key: str, nonce: str) -> Request[NewTeacherSession]:
    """With an API key that has the right `teacher`. The nonce is as for a link."""
    return _begin(None, nonce, {"Authorization": f"Bearer {key}"})


def _begin(token: str | None, nonce: str, headers: dict[str, str]) -> Request[NewTeacherSession]:
    return Request(
        "POST", _SESSION, NewTeacherSession, body={"token": token, "nonce": nonce}, headers=headers
    )


def get_session() -> Request[TeacherSession]:
    """The teacher who is signed in."""
    return Request("GET", _SESSION, TeacherSession)


def end_session() -> Request[None]:
    """Sign out the session that asks."""
    return Request("DELETE", _SESSION, type(None))


def end_all_sessions() -> Request[None]:
    """Sign the teacher whose key or session asks out everywhere. Their link is void."""
    return Request("DELETE", "/api/teacher/sessions", type(None))
