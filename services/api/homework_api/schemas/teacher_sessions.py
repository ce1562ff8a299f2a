"""Links with which teachers sign in, and the sessions that begin with them or with an API key."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

_TOKEN = "Xq3vT9mJc0Yb7sKfA1uWzR5eHnD8gLpQiO2tVxNyBaE"  # noqa: S105  # nosec B105 - an example
_NONCE = "n0T-the-same-twice-4f81c2"
_LINK_EXAMPLE: JsonDict = {
    "teacher_id": 1,
    "name": "Anna",
    "token": _TOKEN,
    "created_at": "2026-11-23T09:00:00Z",
    "expires_at": "2026-11-24T09:00:00Z",
}
_SESSION_EXAMPLE: JsonDict = {"teacher_id": 1, "name": "Anna", "expires_at": "2026-12-23T09:20:00Z"}


class TeacherLinkResponse(BaseModel):
    """A link that works once, until `expires_at`. Its address is the classroom's address and `token`:
    `…/teacher/in/TOKEN`.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_LINK_EXAMPLE]})

    teacher_id: int
    name: str
    token: str = Field(description="The secret. It is shown only now, because only a hash of it is stored.")
    created_at: datetime
    expires_at: datetime = Field(description="Until when the link works.")


class TeacherSessionCreate(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"token": _TOKEN, "nonce": _NONCE}]}
    )

    token: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = Field(
        default=None,
        description="The token of a link. Without it, the API key of the request signs the teacher in.",
    )
    nonce: Annotated[str, StringConstraints(min_length=22, max_length=100)] = Field(
        description="A random text of this one browser. The same text with the same link or key gives the "
        "same session again, so a double click or a lost response does no harm."
    )


class TeacherSessionResponse(BaseModel):
    """The teacher who is signed in, and the end of the session."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_SESSION_EXAMPLE]})

    teacher_id: int
    name: str
    expires_at: datetime = Field(description="When the session ends.")


class NewTeacherSessionResponse(TeacherSessionResponse):
    """Send `secret` as `Authorization: Bearer SECRET`: it has the right `teacher` for this teacher."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**_SESSION_EXAMPLE, "secret": f"ht_{_TOKEN}"}]}
    )

    secret: str = Field(description="The secret. It is shown only now, because only a hash of it is stored.")
