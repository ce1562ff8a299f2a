"""What was done, for whoever has to account for it. No name of a student and no text is in it."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from homework_api.database.column_types import ID, UtcDateTime


class Erasure(SQLModel, table=True):
    """A student who was deleted, so that a restored backup does not bring them back.

    The id alone would not do: a database that was restored may give the id of a student who came after its
    backup to somebody else. Both together are one student's. Nothing refers to `students`, whose row is gone.
    """

    __tablename__ = "erasures"

    student_id: int = Field(primary_key=True, sa_type=ID, sa_column_kwargs={"autoincrement": False})
    student_created_at: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    erased_at: datetime = Field(sa_type=UtcDateTime)
