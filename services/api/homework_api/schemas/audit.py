"""The audit log, for operators."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from homework_api.domain.audit import Action, ThingKind

_EXAMPLE: JsonDict = {
    "id": 41,
    "done_at": "2026-11-23T09:00:00Z",
    "done_by": "Anna's key",
    "done_by_key": "0f3a9c1b7d52",
    "action": "student_deleted",
    "kind": "student",
    "thing": "12",
}


class AuditEntryResponse(BaseModel):
    """One action. It contains no student's name and no text."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_EXAMPLE]})

    id: int
    done_at: datetime = Field(description="When it was done.")
    done_by: str | None = Field(
        description="The name of the API key, or of the teacher who was signed in. It is null if no key was "
        "in use; then it was a user of the service's own machine."
    )
    done_by_key: str | None = Field(
        description="The id of the key. It is null for a key from the settings, which has no id."
    )
    action: Action = Field(description="What was done.")
    kind: ThingKind = Field(description="The kind of the object that `thing` names.")
    thing: str = Field(description="The id of the student, key, teacher, assignment or decision.")
