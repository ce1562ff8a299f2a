"""What was done, for whoever has to account for it. No name of a student and no text is in it."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from homework_api.database.column_types import ID, NEVER_REUSE_IDS, EnumText, UtcDateTime
from homework_api.domain.audit import Action, ThingKind


class Erasure(SQLModel, table=True):
    """A student who was deleted, so that a restored backup does not bring them back.

    The id alone would not do: a database that was restored may give the id of a student who came after its
    backup to somebody else. Both together are one student's. Nothing refers to `students`, whose row is gone.
    """

    __tablename__ = "erasures"

    student_id: int = Field(primary_key=True, sa_type=ID, sa_column_kwargs={"autoincrement": False})
    student_created_at: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    erased_at: datetime = Field(sa_type=UtcDateTime)


class AuditEntry(SQLModel, table=True):
    """Who did what to which thing. `done_by` is the name of the API key, or of the teacher who was signed in;
    `done_by_key` the key's id. Both None: no key was in use."""

    __tablename__ = "audit_log"
    __table_args__ = NEVER_REUSE_IDS

    id: int | None = Field(default=None, primary_key=True, sa_type=ID)
    done_at: datetime = Field(index=True, sa_type=UtcDateTime)
    done_by: str | None = None
    done_by_key: str | None = None
    action: Action = Field(sa_type=EnumText(Action))
    kind: ThingKind = Field(sa_type=EnumText(ThingKind))
    thing: str
