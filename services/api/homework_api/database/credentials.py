"""API keys, sign-in links and sessions. Only a hash of each secret is stored."""

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from homework_api.database.column_types import ID, UtcDateTime


class ApiKey(SQLModel, table=True):
    """An API key and its rights. Only a hash of the secret is stored. A student's key is deleted with the
    student, and a teacher's with the teacher. A key with a teacher's right but without a teacher belongs to
    the first teacher.
    """

    __tablename__ = "api_keys"

    id: str = Field(primary_key=True)
    name: str
    rights: list[str] = Field(sa_type=JSON)
    student_id: int | None = Field(
        default=None, foreign_key="students.id", ondelete="CASCADE", index=True, sa_type=ID
    )
    secret_hash: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    teacher_id: int | None = Field(
        default=None, foreign_key="teachers.id", ondelete="CASCADE", index=True, sa_type=ID
    )


class StudentLink(SQLModel, table=True):
    """A link with which a student signs in once. A new link replaces it. Only a hash is stored."""

    __tablename__ = "student_links"

    student_id: int = Field(foreign_key="students.id", ondelete="CASCADE", primary_key=True, sa_type=ID)
    token_hash: str = Field(unique=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class StudentSession(SQLModel, table=True):
    """A browser in which a student is signed in. It is deleted with the student."""

    __tablename__ = "student_sessions"

    secret_hash: str = Field(primary_key=True)
    student_id: int = Field(foreign_key="students.id", ondelete="CASCADE", index=True, sa_type=ID)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class TeacherLink(SQLModel, table=True):
    """A link with which a teacher signs in once. A new link replaces it. Only a hash is stored.

    `key_id` names the API key that created it, and a session that begins with the link ends with that key. It
    is the id of a key of this database, or the hash of a key from the settings. None means that no key was in
    use.
    """

    __tablename__ = "teacher_links"

    teacher_id: int = Field(foreign_key="teachers.id", ondelete="CASCADE", primary_key=True, sa_type=ID)
    token_hash: str = Field(unique=True)
    key_id: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class TeacherSession(SQLModel, table=True):
    """A browser in which a teacher is signed in. It is deleted with the teacher, and ends with the API key
    that `key_id` names, as a link does.
    """

    __tablename__ = "teacher_sessions"

    secret_hash: str = Field(primary_key=True)
    teacher_id: int = Field(foreign_key="teachers.id", ondelete="CASCADE", index=True, sa_type=ID)
    key_id: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
