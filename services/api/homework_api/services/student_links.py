"""Links with which students sign in without a password, and the sessions that begin with them.

ADR 44 explains why a link works once, and why a session's secret is derived from token and nonce.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from homework_api.database.engine import Database
from homework_api.database.queries import student_links as queries
from homework_api.database.queries.classes import find_class, list_members
from homework_api.database.queries.student_links import LinkRecord, SessionRecord
from homework_api.database.queries.students import StudentRecord
from homework_api.domain.access import Caller, Reach
from homework_api.domain.errors import (
    ClassNotFound,
    LinkExpired,
    LinkNotFound,
    LinkUsed,
    NobodyInClass,
    NoSession,
    SessionEnded,
    StudentNotFound,
)
from homework_api.schemas.student_links import LinkResponse, NewSessionResponse, SessionResponse
from homework_api.services.secret_texts import SessionKind, derived_token, hash_of, new_token, session_secret
from homework_shared.runtime.clock import Clock

LINK_LASTS = timedelta(days=30)
"""A sheet of them is handed out in the next lesson, and somebody was ill."""
SAME_LINKS_WITHIN = timedelta(minutes=10)
"""How long a form that is sent again is answered with the links that it has made."""
SESSION_LASTS = timedelta(days=180)
"""Half a school year, so that a class signs in again each term."""


class StudentLinks:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def make(self, student_id: int, reach: Reach, nonce: str | None = None) -> LinkResponse:
        """Create a link that replaces the student's earlier one, unless that one was created with the same
        nonce. Raises StudentNotFound.
        """

        def make(connection: Connection) -> list[LinkResponse]:
            students = queries.lock_students(connection, [student_id], reach)
            if not students:
                raise StudentNotFound
            return self._make(connection, students, nonce)

        [link] = await self._database.write(make)
        return link

    async def make_for_class(
        self, class_id: int, reach: Reach, nonce: str | None = None
    ) -> list[LinkResponse]:
        """Create one for each student of the class, the oldest first. Raises ClassNotFound, NobodyInClass."""

        def make(connection: Connection) -> list[LinkResponse]:
            if find_class(connection, class_id, reach) is None:
                raise ClassNotFound
            members = [student.id for student in list_members(connection, class_id)]
            students = queries.lock_students(connection, members, reach)
            if not students:
                raise NobodyInClass
            return self._make(connection, students, nonce)

        return await self._database.write(make)

    async def withdraw(self, student_id: int, reach: Reach) -> None:
        """Invalidate the link and end every session of the student. Raises StudentNotFound."""

        def withdraw(connection: Connection) -> None:
            if not queries.lock_students(connection, [student_id], reach):
                raise StudentNotFound
            queries.delete_links(connection, [student_id])
            queries.delete_sessions(connection, student_id)

        await self._database.write(withdraw)

    async def begin_session(self, token: str, nonce: str) -> NewSessionResponse:
        """The session of this token and this nonce. Only the first nonce gets a session.

        Raises:
            LinkNotFound: the token is unknown, was withdrawn, or was replaced by a newer link.
            LinkUsed, LinkExpired.
        """
        secret, now = session_secret(SessionKind.STUDENT, token, nonce), self._clock()

        def begin(connection: Connection) -> SessionRecord:
            link = queries.find_link(connection, hash_of(token))
            if link is None:
                raise LinkNotFound
            is_good = link.used_at is None and link.expires_at > now
            if is_good and queries.use_link(connection, link.token_hash, now):
                until = now + SESSION_LASTS
                queries.insert_session(connection, hash_of(secret), link.student_id, now, until)
            session = queries.find_session(connection, hash_of(secret))
            if session is None:
                raise LinkExpired if link.used_at is None and link.expires_at <= now else LinkUsed
            return session

        begun = SessionResponse.model_validate(await self._database.write(begin))
        return NewSessionResponse(**begun.model_dump(), secret=secret)

    async def session_of(self, caller: Caller) -> SessionResponse:
        """Raises NoSession, SessionEnded."""
        hashed = _session(caller)
        found = await self._database.read(lambda connection: queries.find_session(connection, hashed))
        if found is None:
            raise SessionEnded
        return SessionResponse.model_validate(found)

    async def end_session(self, caller: Caller) -> None:
        """Raises NoSession."""
        hashed = _session(caller)
        await self._database.write(lambda connection: queries.delete_session(connection, hashed))

    def _make(
        self, connection: Connection, students: Sequence[StudentRecord], nonce: str | None
    ) -> list[LinkResponse]:
        now = self._clock()
        made: list[LinkResponse] = []
        rows: list[LinkRecord] = []
        known = queries.links_of(connection, [student.id for student in students]) if nonce else {}
        for student in students:
            token, row = self._token(student.id, known.get(student.id), nonce, now)
            if row is None:
                row = LinkRecord(student.id, hash_of(token), now, now + LINK_LASTS)
                rows.append(row)
            made.append(
                LinkResponse(
                    student_id=student.id, name=student.name, token=token, created_at=row.created_at,
                    expires_at=row.expires_at,
                )
            )  # fmt: skip
        if rows:
            queries.replace_links(connection, rows)
        return made

    @staticmethod
    def _token(
        student_id: int, known: LinkRecord | None, nonce: str | None, now: datetime
    ) -> tuple[str, LinkRecord | None]:
        """A token, and the link that has it already. What a nonce gives changes with time, so that an old
        form cannot make a used link valid again.
        """
        if nonce is None:
            return new_token(), None
        period = int(now.timestamp() // SAME_LINKS_WITHIN.total_seconds())
        # The first click may have been just before the change of the period.
        for each in (period, period - 1):
            token = derived_token(nonce, student_id, each)
            if known is not None and known.token_hash == hash_of(token):
                return token, known
        return derived_token(nonce, student_id, period), None


def _session(caller: Caller) -> str:
    if caller.session is None or caller.student_id is None:
        raise NoSession
    return caller.session
