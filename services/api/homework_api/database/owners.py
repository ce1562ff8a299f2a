"""Teachers, and the column that says to which teacher a row belongs."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey
from sqlmodel import Field, SQLModel

from homework_api.database.column_types import ID, NEVER_REUSE_IDS, UtcDateTime
from homework_api.domain.access import FIRST_TEACHER


class Teacher(SQLModel, table=True):
    """The owner of students, classes and assignments. `name_key` is the form of the name that is compared."""

    __tablename__ = "teachers"
    __table_args__ = NEVER_REUSE_IDS

    id: int | None = Field(default=None, primary_key=True, sa_type=ID)
    name: str
    name_key: str = Field(unique=True)
    created_at: datetime = Field(sa_type=UtcDateTime)


def owned() -> Any:
    """The column with the row's teacher. A process of the previous version does not set it and knows only the
    first teacher.
    """
    owner = ForeignKey("teachers.id")
    column = Column(ID, owner, server_default=str(FIRST_TEACHER), nullable=False)
    return Field(default=FIRST_TEACHER, sa_column=column)
