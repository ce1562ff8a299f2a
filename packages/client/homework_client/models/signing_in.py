"""Links with which people sign in to the classroom, and the sessions of their browsers."""

from datetime import datetime

from homework_client.models.base import Model


class StudentLink(Model):
    """Good once. `token` belongs behind the classroom's address, and is not told again."""

    student_id: int
    name: str
    token: str
    created_at: datetime
    expires_at: datetime


class Session(Model):
    """Who is signed in, and until when."""

    student_id: int
    name: str
    expires_at: datetime


class NewSession(Session):
    """`secret` is sent as an API key is, and has the same rights as the student's."""

    secret: str


class TeacherLink(Model):
    """Good once. `token` belongs behind the classroom's address, and is not told again."""

    teacher_id: int
    name: str
    token: str
    created_at: datetime
    expires_at: datetime


class TeacherSession(Model):
    """Which teacher is signed in, and until when."""

    teacher_id: int
    name: str
    expires_at: datetime


class NewTeacherSession(TeacherSession):
    """`secret` is sent as an API key is, and has the right `teacher` for this teacher alone."""

    secret: str
