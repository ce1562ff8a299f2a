"""Records of what was done, for accountability. They contain no student's name and no text."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from homework_api.database.column_types import ID, NEVER_REUSE_IDS, EnumText, UtcDateTime
from homework_api.domain.audit import Action, ThingKind


class Erasure(SQLModel, table=True):
    """A student who was deleted, so that a restored backup does not bring them back.

    The id alone is not enough: a restored database may give the id of a student who was added after the
    backup to another student. The id and the time together identify one student. No foreign key refers to
    `students`, whose row is gone.
    """

    __tablename__ = "erasures"

    student_id: int = Field(primary_key=True, sa_type=ID, sa_column_kwargs={"autoincrement": False})
    student_created_at: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    erased_at: datetime = Field(sa_type=UtcDateTime)


class AuditEntry(SQLModel, table=True):
    """Who did what to which object. `done_by` is the name of the API key, or of the teacher who was signed
    in; `done_by_key` is the key's id. Both are None if no key was in use.
    """

    __tablename__ = "audit_log"
    __table_args__ = NEVER_REUSE_IDS

    id: int | None = Field(default=None, primary_key=True, sa_type=ID)
    done_at: datetime = Field(index=True, sa_type=UtcDateTime)
    done_by: str | None = None
    done_by_key: str | None = None
    action: Action = Field(sa_type=EnumText(Action))
    kind: ThingKind = Field(sa_type=EnumText(ThingKind))
    thing: str
