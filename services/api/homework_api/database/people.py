"""Students, and the classes to which they belong."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from homework_api.database.column_types import ID, NEVER_REUSE_IDS, UtcDateTime
from homework_api.database.owners import owned


class Student(SQLModel, table=True):
    """A pupil in one teacher's list: a pupil of two teachers has a row for each. `address_copy` is the
    student's own id if an older student has the same address in another case, as earlier versions allowed,
    and 0 otherwise.
    """

    __tablename__ = "students"
    __table_args__ = (
        # The constraint also refuses addresses that processes of an earlier version, which compare with case,
        # would add.
        Index("ix_students_address", "teacher_id", text("lower(email)"), "address_copy", unique=True),
        Index("ix_students_teacher_id_id", "teacher_id", "id"),
        NEVER_REUSE_IDS,
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=ID)
    name: str
    email: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    address_copy: int = Field(default=0, sa_column=Column(BigInteger, server_default="0", nullable=False))
    teacher_id: int = owned()


class SchoolClass(SQLModel, table=True):
    """A group of one teacher's students. `name_key` is the form of the name that is
    compared, without case.
    """

    __tablename__ = "classes"
    __table_args__ = (
        UniqueConstraint("teacher_id", "name_key", name="uq_classes_teacher_id_name_key"),
        Index("ix_classes_teacher_id_id", "teacher_id", "id"),
        NEVER_REUSE_IDS,
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=ID)
    name: str
    name_key: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    teacher_id: int = owned()


class ClassMember(SQLModel, table=True):
    """A student's membership in a class; a student may be in several. It is deleted with the student, and
    with the class.
    """

    __tablename__ = "class_members"

    class_id: int = Field(foreign_key="classes.id", ondelete="CASCADE", primary_key=True, sa_type=ID)
    student_id: int = Field(
        foreign_key="students.id", ondelete="CASCADE", primary_key=True, index=True, sa_type=ID
    )
