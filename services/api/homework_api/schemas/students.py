"""Requests and responses about students, for teachers."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, EmailStr, Field, model_validator
from pydantic.config import JsonDict

from homework_api.domain.addresses import shown
from homework_api.schemas.fields import NameAsItCame

_STUDENT_EXAMPLE: JsonDict = {
    "id": 1,
    "name": "Giulia Bianchi",
    "email": "giulia@example.com",
    "created_at": "2026-11-23T09:00:00Z",
}


class StudentCreate(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Giulia Bianchi", "email": "giulia@example.com"}, {"name": "Luca Verdi"}]
        }
    )

    name: NameAsItCame
    email: EmailStr | None = Field(
        default=None, description="None: the student has none. It says who is twice in a list."
    )


class StudentCorrection(BaseModel):
    """A field that is not sent keeps its value. An unknown field is refused, as in `RetryRequest`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "Giulia Bianchi"}, {"email": "giulia@example.com"}, {"email": None}],
            "minProperties": 1,
        },
    )

    name: NameAsItCame | None = Field(default=None, description="null: the name stays.")
    email: EmailStr | None = Field(default=None, description="Another address; null: the student has none.")

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if self.name is None and "email" not in self.model_fields_set:
            raise ValueError("say what to correct: `name`, `email` or both")
        return self


class StudentResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_STUDENT_EXAMPLE]})

    id: int
    name: str
    email: Annotated[str, BeforeValidator(shown)] = Field(description="Empty for a student without one.")
    created_at: datetime
