"""Students, as teachers make and see them."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, EmailStr, Field
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


class StudentResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_STUDENT_EXAMPLE]})

    id: int
    name: str
    email: Annotated[str, BeforeValidator(shown)] = Field(description="Empty for a student without one.")
    created_at: datetime
