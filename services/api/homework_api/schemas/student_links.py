"""Links with which students sign in, and the sessions that begin with them."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

_TOKEN = "Xq3vT9mJc0Yb7sKfA1uWzR5eHnD8gLpQiO2tVxNyBaE"  # noqa: S105  # nosec B105 - an example
_LINK_EXAMPLE: JsonDict = {
    "student_id": 1,
    "name": "Giulia Bianchi",
    "token": _TOKEN,
    "created_at": "2026-11-23T09:00:00Z",
    "expires_at": "2026-12-23T09:00:00Z",
}
_SESSION_EXAMPLE: JsonDict = {
    "student_id": 1,
    "name": "Giulia Bianchi",
    "expires_at": "2027-05-22T09:20:00Z",
}
_LONG_NONCE = "p9Kd2mQv7Zs4TnXe1RbYg6WjLc8HfUa3oNiC5tEyVxM"
_NONCE = "n0T-the-same-twice-4f81c2"


class LinksCreate(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"nonce": _LONG_NONCE}]})

    nonce: Annotated[str, StringConstraints(min_length=43, max_length=100)] | None = Field(
        default=None,
        description="A random text of 32 bytes or more, made for this one request. The secrets of the links "
        "are derived from it. The same text within ten minutes gives the same links, so a double click does "
        "no harm.",
    )


class LinkResponse(BaseModel):
    """A link that works once, until `expires_at`. Its address is the classroom's address and `token`:
    `…/in/TOKEN`.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_LINK_EXAMPLE]})

    student_id: int
    name: str
    token: str = Field(description="The secret. It is shown only now, because only a hash of it is stored.")
    created_at: datetime
    expires_at: datetime = Field(description="Until when the link works.")


class SessionCreate(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"token": _TOKEN, "nonce": _NONCE}]}
    )

    token: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Field(
        description="The token of the link."
    )
    nonce: Annotated[str, StringConstraints(min_length=22, max_length=100)] = Field(
        description="A random text of this one browser. A link works once, but the same text gives the same "
        "session again, so a double click or a lost response locks nobody out."
    )


class SessionResponse(BaseModel):
    """The student who is signed in, and the end of the session."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_SESSION_EXAMPLE]})

    student_id: int
    name: str
    expires_at: datetime = Field(description="When the session ends.")


class NewSessionResponse(SessionResponse):
    """Send `secret` as `Authorization: Bearer SECRET`: it has the rights of the student's API key."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**_SESSION_EXAMPLE, "secret": f"hs_{_TOKEN}"}]}
    )

    secret: str = Field(description="The secret. It is shown only now, because only a hash of it is stored.")
