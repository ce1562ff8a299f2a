"""Requests and responses about teachers, for operators."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from homework_api.schemas.fields import NameAsItCame, without_case

_EXAMPLE: JsonDict = {"id": 2, "name": "Anna Verdi", "created_at": "2026-11-23T09:00:00Z"}


class TeacherName(BaseModel):
    """The name of a teacher. Names are compared without regard to case."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "Anna Verdi"}]})

    name: NameAsItCame

    @property
    def key(self) -> str:
        """The form of the name that has to be unique among the teachers."""
        return without_case(self.name)


class TeacherResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_EXAMPLE]})

    id: int
    name: str
    created_at: datetime
