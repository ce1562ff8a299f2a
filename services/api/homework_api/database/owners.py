"""Teachers, and the column that says whose a row is."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey
from sqlmodel import Field, SQLModel

from homework_api.database.column_types import ID, NEVER_REUSE_IDS, UtcDateTime
from homework_api.domain.access import FIRST_TEACHER


class Teacher(SQLModel, table=True):
    """Whoever students, classes and assignments belong to. `name_key` is the name as names are compared."""

    __tablename__ = "teachers"
    __table_args__ = NEVER_REUSE_IDS

    id: int | None = Field(default=None, primary_key=True, sa_type=ID)
    name: str
    name_key: str = Field(unique=True)
    created_at: datetime = Field(sa_type=UtcDateTime)


def owned() -> Any:
    """Whose a row is. A process of the version before does not say it, and knows the first teacher only."""
    owner = ForeignKey("teachers.id")
    column = Column(ID, owner, server_default=str(FIRST_TEACHER), nullable=False)
    return Field(default=FIRST_TEACHER, sa_column=column)
