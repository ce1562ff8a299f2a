"""Requests and responses about classes, which are groups of students."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from homework_api.schemas.fields import MAX_STUDENTS, Id, NameAsItCame, WithoutRepeats, without_case
from homework_api.schemas.students import StudentResponse

_CLASS_EXAMPLE: JsonDict = {"id": 4, "name": "2B", "created_at": "2026-11-23T09:00:00Z", "size": 1}
_STUDENT_EXAMPLE: JsonDict = {
    "id": 1,
    "name": "Giulia Bianchi",
    "email": "giulia@example.com",
    "created_at": "2026-11-23T09:00:00Z",
}
_StudentIds = Annotated[list[Id], Field(max_length=MAX_STUDENTS), WithoutRepeats]


class ClassName(BaseModel):
    """The name of a class. Names are compared without regard to case."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "2B"}]})

    name: NameAsItCame

    @property
    def key(self) -> str:
        """The form of the name that has to be unique among one teacher's classes."""
        return without_case(self.name)


class MembersRequest(BaseModel):
    """Students to add to the class and students to remove from it, in one step."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"add": [1, 2, 3]}, {"add": [4], "remove": [2]}]}
    )

    add: _StudentIds = Field(default=[], description="The ids of students who join the class.")
    remove: _StudentIds = Field(
        default=[], description="The ids of students who leave the class. Their homework stays."
    )

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if not self.add and not self.remove:
            raise ValueError("name the students to `add`, to `remove`, or both")
        if both := sorted(set(self.add).intersection(self.remove)):
            raise ValueError(f"student {both[0]} cannot be added and removed at once: leave one of them out")
        return self


class ClassResponse(BaseModel):
    """A class, which is a group of students."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_CLASS_EXAMPLE]})

    id: int
    name: str
    created_at: datetime
    size: int = Field(description="How many students are in the class.")


class ClassDetail(ClassResponse):
    """The class with its students, the oldest first."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={"examples": [{**_CLASS_EXAMPLE, "students": [_STUDENT_EXAMPLE]}]},
    )

    students: list[StudentResponse] = Field(description="The students of the class.")
