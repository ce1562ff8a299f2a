"""Students, as teachers make and see them."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, EmailStr
from pydantic.config import JsonDict

from homework_api.schemas.fields import NameAsItCame

_STUDENT_EXAMPLE: JsonDict = {
    "id": 1,
    "name": "Giulia Bianchi",
    "email": "giulia@example.com",
    "created_at": "2026-11-23T09:00:00Z",
}


class StudentCreate(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Giulia Bianchi", "email": "giulia@example.com"}]}
    )

    name: NameAsItCame
    email: EmailStr


class StudentResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_STUDENT_EXAMPLE]})

    id: int
    name: str
    email: str
    created_at: datetime
