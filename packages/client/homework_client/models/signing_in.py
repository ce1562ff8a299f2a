"""The links that people use to sign in to the classroom, and the sessions of their browsers."""

from datetime import datetime

from homework_client.models.base import Model


class StudentLink(Model):
    """A sign-in link that works once. Append `token` to the classroom's address. It is not shown again."""

    student_id: int
    name: str
    token: str
    created_at: datetime
    expires_at: datetime


class Session(Model):
    """The student who is signed in, and the end of the session."""

    student_id: int
    name: str
    expires_at: datetime


class NewSession(Session):
    """A new session. `secret` is sent like an API key and has the same rights as the student's key."""

    secret: str


class TeacherLink(Model):
    """A sign-in link that works once. Append `token` to the classroom's address. It is not shown again."""

    teacher_id: int
    name: str
    token: str
    created_at: datetime
    expires_at: datetime


class TeacherSession(Model):
    """The teacher who is signed in, and the end of the session."""

    teacher_id: int
    name: str
    expires_at: datetime


class NewTeacherSession(TeacherSession):
    """A new session. `secret` is sent like an API key and has the right `teacher` for this teacher only."""

    secret: str
