"""The tables. Models with `table=True` do not validate: `schemas` validates the data before it is stored."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Text,
    false,
    text,
)
from sqlmodel import Field, SQLModel

from homework_api.database import accounts as accounts
from homework_api.database import credentials as credentials
from homework_api.database.column_types import ID, NEVER_REUSE_IDS, EnumText, UtcDateTime
from homework_api.database.owners import Teacher as Teacher
from homework_api.database.owners import owned
from homework_api.database.people import ClassMember as ClassMember
from homework_api.database.people import SchoolClass as SchoolClass
from homework_api.database.people import Student as Student
from homework_api.domain.access import FIRST_TEACHER
from homework_api.domain.due_dates import LateWork
from homework_api.domain.statuses import AssignmentStatus, HomeworkStatus
from homework_shared.exercises.messages import GeneratorKind

IS_AWAITED = (
    "CASE WHEN homework.status = 'pending' THEN 1 "
    "WHEN homework.status = 'available' AND homework.replacing IS NOT NULL THEN 1 ELSE 0 END = 1"
)
"""The condition that a generator's result is awaited, for the homework or for a replacement of its exercises.

The index and the statement contain exactly the same text, because otherwise the databases would not use the
index. It is a CASE and not an OR: SQLite would split an OR and then scan all available homework.
"""


class Assignment(SQLModel, table=True):
    """An assignment. `class_id` is the class that it was made for, until that class is deleted."""

    __tablename__ = "assignments"
    __table_args__ = (
        Index("ix_assignments_teacher_id_id", "teacher_id", "id"),
        # Housekeeping searches for assignments that ended long ago.
        Index("ix_assignments_deadline_at", "deadline_at"),
        NEVER_REUSE_IDS,
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=ID)
    cefr_level: str
    grammar_focus: str | None = None
    topic: str | None = None
    quantity: int
    exercise_types: list[str] = Field(sa_type=JSON)
    status: AssignmentStatus = Field(default=AssignmentStatus.PENDING, sa_type=EnumText(AssignmentStatus))
    created_at: datetime = Field(sa_type=UtcDateTime)
    deadline_at: datetime = Field(sa_type=UtcDateTime)
    completed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    error_message: str | None = None
    class_id: int | None = Field(
        default=None, foreign_key="classes.id", ondelete="SET NULL", index=True, sa_type=ID
    )
    # The date for the students; `deadline_at` is the deadline for the generators.
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    late_work: LateWork = Field(
        default=LateWork.MARK, sa_column=Column(EnumText(LateWork), server_default="mark", nullable=False)
    )
    teacher_id: int = owned()
    # The homework is held back from the students until `release_at`; with null, until the teacher releases
    # it.
    review: bool = Field(default=False, sa_column=Column(Boolean, server_default=false(), nullable=False))
    release_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Homework(SQLModel, table=True):
    """One student's homework. Of its ids, generators learn only `job_id`."""

    __tablename__ = "homework"
    __table_args__ = (
        # With this index, the deadline net reads only homework that is awaited, however much is done.
        Index(
            "ix_homework_awaited_rescue_at",
            "rescue_at",
            sqlite_where=text(IS_AWAITED.replace("homework.", "")),
            postgresql_where=text(IS_AWAITED.replace("homework.", "")),
        ),
        Index("ix_homework_assignment_id_status", "assignment_id", "status"),
        Index("ix_homework_student_id_status", "student_id", "status"),
        # Operators page through jobs, newest first, and look at the last hour.
        Index("ix_homework_status_id", "status", "id"),
        Index("ix_homework_generated_by_id", "generated_by", "id"),
        # A query with two filters uses one index only, and would scan all rows that match its filter.
        Index(
            "ix_homework_status_generated_by_id",
            "status",
            "generated_by",
            "id",
            sqlite_where=text("generated_by IS NOT NULL"),
            postgresql_where=text("generated_by IS NOT NULL"),
        ),
        Index(
            "ix_homework_written_available_at",
            "available_at",
            sqlite_where=text("available_at IS NOT NULL"),
            postgresql_where=text("available_at IS NOT NULL"),
        ),
        Index(
            "ix_homework_unwritten_deadline_at",
            "deadline_at",
            sqlite_where=text("available_at IS NULL"),
            postgresql_where=text("available_at IS NULL"),
        ),
        NEVER_REUSE_IDS,
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=ID)
    assignment_id: int = Field(foreign_key="assignments.id", ondelete="CASCADE", sa_type=ID)
    student_id: int = Field(foreign_key="students.id", ondelete="CASCADE", sa_type=ID)
    job_id: UUID = Field(unique=True)
    seed: int = Field(sa_type=BigInteger)
    # Null means that the previous version created the job, which carries no token.
    delivery_token: str | None = None
    status: HomeworkStatus = Field(default=HomeworkStatus.PENDING, sa_type=EnumText(HomeworkStatus))
    created_at: datetime = Field(sa_type=UtcDateTime)
    requested_at: datetime = Field(sa_type=UtcDateTime)
    deadline_at: datetime = Field(sa_type=UtcDateTime)
    rescue_at: datetime = Field(sa_type=UtcDateTime)
    rescues: int = 0
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    taken_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    generated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    available_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    # `available_at` changes when a GPU's late homework replaces the mock generator's; this one does not,
    # because the deadline was met.
    first_available_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    completed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    exercises: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)
    # The part that has arrived while the rest is pending; null where an exercise is missing.
    partial_exercises: list[dict[str, Any] | None] | None = Field(default=None, sa_type=JSON)
    # The writer of each exercise; null means that `generated_by` wrote them all.
    exercise_writers: list[str] | None = Field(default=None, sa_type=JSON)
    # The teacher's last change of an exercise: from then on no generator replaces the homework.
    edited_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    # The positions, counted from 0, of the exercises that the current job has to rewrite. The old ones stay
    # until then.
    replacing: list[int] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    generated_by: GeneratorKind | None = Field(default=None, sa_type=EnumText(GeneratorKind))
    model: str | None = None
    worker_id: str | None = None
    fallback_reason: str | None = None
    error_message: str | None = None
    answers: list[str | None] | None = Field(default=None, sa_type=JSON)
    grade: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)
    score: int | None = None


class OutboxEntry(SQLModel, table=True):
    """An outbox row: a message that is not published yet. The row is deleted once the broker has confirmed
    the message.

    The key is the job, so a job has at most one row. `claimed_until` is a lease: if a relay dies while it
    publishes, its rows can be claimed again when the lease ends.
    """

    __tablename__ = "outbox"

    job_id: UUID = Field(primary_key=True)
    assignment_id: int = Field(foreign_key="assignments.id", ondelete="CASCADE", index=True, sa_type=ID)
    overdue: bool = False
    body: str = Field(sa_type=Text)
    traceparent: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    deadline_at: datetime = Field(index=True, sa_type=UtcDateTime)
    claimed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class IdempotencyKey(SQLModel, table=True):
    """A client's `Idempotency-Key` and the assignment that it created. Two teachers may use the same key."""

    __tablename__ = "idempotency_keys"

    teacher_id: int = Field(
        default=FIRST_TEACHER,
        sa_column=Column(
            ID,
            ForeignKey("teachers.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
            server_default=str(FIRST_TEACHER),
        ),
    )
    key: str = Field(primary_key=True)
    fingerprint: str
    assignment_id: int | None = Field(
        default=None, foreign_key="assignments.id", ondelete="SET NULL", index=True, sa_type=ID
    )
    created_at: datetime = Field(index=True, sa_type=UtcDateTime)


class Decision(SQLModel, table=True):
    """A teacher's decision about an answer to a question of an assignment. The rows are kept as a log.

    `homework_id` is None for a decision about the whole class. `decided_by` is the name of the API key and
    `decided_by_key` its id; both are None while no keys are in use, and the id is None for a key from the
    settings.
    """

    __tablename__ = "decisions"
    __table_args__ = NEVER_REUSE_IDS

    id: int | None = Field(default=None, primary_key=True, sa_type=ID)
    assignment_id: int = Field(foreign_key="assignments.id", ondelete="CASCADE", index=True, sa_type=ID)
    homework_id: int | None = Field(
        default=None, foreign_key="homework.id", ondelete="CASCADE", index=True, sa_type=ID
    )
    question: str
    answer: str
    is_right: bool
    decided_by: str | None = None
    decided_by_key: str | None = None
    decided_at: datetime = Field(sa_type=UtcDateTime)
    withdrawn_by: str | None = None
    withdrawn_by_key: str | None = None
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RowCount(SQLModel, table=True):
    """The number of assignments and homework, which triggers maintain. The total is the sum over `shard`."""

    # The table keeps its original name, because processes of the previous version, which run beside this one
    # during a rollout, would not find a renamed table.
    __tablename__ = "tallies"

    name: str = Field(primary_key=True)
    status: str = Field(primary_key=True)
    generated_by: str = Field(primary_key=True)
    shard: int = Field(primary_key=True)
    total: int = Field(sa_type=BigInteger)


class InstallationIdentity(SQLModel, table=True):
    """The installation's id, in one row that the migrations create. A restored backup is the same
    installation.
    """

    __tablename__ = "installation"

    id: str = Field(primary_key=True, sa_type=Text)


# Statements use the tables and not the ORM, because they are then compiled once and cost half as much.
_TABLES = SQLModel.metadata.tables
TEACHERS, STUDENTS, CLASSES, CLASS_MEMBERS, ASSIGNMENTS, HOMEWORK = (
    _TABLES[name] for name in ("teachers", "students", "classes", "class_members", "assignments", "homework")
)
OUTBOX, IDEMPOTENCY_KEYS, API_KEYS, DECISIONS, ROW_COUNTS, INSTALLATION = (
    _TABLES[name]
    for name in ("outbox", "idempotency_keys", "api_keys", "decisions", "tallies", "installation")
)
STUDENT_LINKS, STUDENT_SESSIONS = _TABLES["student_links"], _TABLES["student_sessions"]
ERASURES, AUDIT_LOG = _TABLES["erasures"], _TABLES["audit_log"]
TEACHER_LINKS, TEACHER_SESSIONS = _TABLES["teacher_links"], _TABLES["teacher_sessions"]


def to_json_text(value: object) -> str:
    """The text of a JSON column. Pydantic models may be part of the value."""
    return to_json(value).decode()
