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
        default=None,
        description="The student's address, if there is one. A teacher cannot create two students with the "
        "same address, so a list that is sent twice creates nobody twice.",
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

    name: NameAsItCame | None = Field(
        default=None, description="The new name. With null, the name does not change."
    )
    email: EmailStr | None = Field(default=None, description="The new address. null removes the address.")

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if self.name is None and "email" not in self.model_fields_set:
            raise ValueError("say what to correct: `name`, `email` or both")
        return self


class StudentResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_STUDENT_EXAMPLE]})

    id: int
    name: str
    email: Annotated[str, BeforeValidator(shown)] = Field(
        description="The address, or an empty text if there is none."
    )
    created_at: datetime
