"""Requests and responses about API keys, for operators."""

from datetime import datetime
from typing import Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)

from homework_api.domain.access import Scope
from homework_api.schemas.fields import Id, Moment, NameAsItCame


class KeyCreate(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Anna's key", "rights": ["teacher"], "teacher_id": 2, "expires_at": None}]
        }
    )

    name: NameAsItCame
    rights: list[Scope] = Field(
        default=[],
        max_length=len(Scope),
        description="`teacher`, `ops` or both. With `student_id` it may be empty.",
    )
    student_id: Id | None = Field(
        default=None, description="The student whose homework the key may read and submit."
    )
    expires_at: Moment | None = Field(
        default=None, description="When the key stops working. Without it the key never expires."
    )
    teacher_id: Id | None = Field(
        default=None,
        description="For a key with the right `teacher`: the teacher whose students, classes and assignments "
        "it reaches. The default is the teacher of the key that is sent with the request; without any key, "
        "it is the first teacher.",
    )

    @model_validator(mode="after")
    def _can_do_something(self) -> Self:
        if not self.rights and self.student_id is None:
            raise ValueError("a key needs rights or a student_id")
        if self.teacher_id is not None and Scope.TEACHER not in self.rights:
            raise ValueError("a key with a teacher_id needs the right `teacher`")
        return self


class KeyResponse(BaseModel):
    id: str
    name: str
    rights: list[Scope] = Field(description="`teacher`, `ops`, or both. A student's key may have none.")
    student_id: int | None = Field(description="The student whose homework the key may read and submit.")
    created_at: datetime
    expires_at: datetime | None = Field(
        description="When the key stops working. It is null if the key never expires."
    )
    revoked_at: datetime | None = Field(description="When the key was revoked.")
    last_used_at: datetime | None = Field(description="When the key was last used.")
    teacher_id: int | None = Field(
        description="The teacher to whom the key belongs, or the teacher of its student. It is null for "
        "operators' keys."
    )

    @classmethod
    def of(cls, row: object) -> Self:
        return cls.model_validate(row, from_attributes=True)


class NewKeyResponse(KeyResponse):
    key: str = Field(description="The secret. It is shown only now, because only a hash of it is stored.")
