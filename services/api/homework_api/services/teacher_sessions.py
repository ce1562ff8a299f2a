"""Teachers sign in to the classroom with a link that works once or with an API key.

ADR 47 explains what a session may do, and what ends it.
"""

from datetime import timedelta

from sqlalchemy import Connection

from homework_api.database.engine import Database
from homework_api.database.queries import teacher_sessions as queries
from homework_api.database.queries.teacher_sessions import TeacherLinkRecord, TeacherSessionRecord
from homework_api.domain.access import Caller, Reach, Scope
from homework_api.domain.errors import (
    NoKeyInUse,
    NoTeacherSession,
    NoTeachersKey,
    SessionMakesNoLink,
    TeacherLinkExpired,
    TeacherLinkNotFound,
    TeacherLinkUsed,
    TeacherNotFound,
    TeacherSessionEnded,
)
from homework_api.schemas.teacher_sessions import (
    NewTeacherSessionResponse,
    TeacherLinkResponse,
    TeacherSessionResponse,
)
from homework_api.services.api_keys import ApiKeys
from homework_api.services.secret_texts import SessionKind, hash_of, new_token, session_secret
from homework_shared.runtime.clock import Clock

LINK_LASTS = timedelta(hours=24)
"""It is opened on the machine that shows it, or sent to a phone."""
SESSION_LASTS = timedelta(days=30)


class TeacherSessions:
    def __init__(self, database: Database, clock: Clock, keys: ApiKeys) -> None:
        self._database = database
        self._clock = clock
        self._keys = keys

    async def make_link(self, caller: Caller, reach: Reach) -> TeacherLinkResponse:
        """Create a link that replaces the teacher's earlier one.
        Raises SessionMakesNoLink, TeacherNotFound.
        """
        if caller.session is not None:
            raise SessionMakesNoLink
        token, now = new_token(), self._clock()
        link = TeacherLinkRecord(
            reach.teacher_id, hash_of(token), self._keys.name_of(caller), now, now + LINK_LASTS
        )

        def make(connection: Connection) -> str:
            name = queries.lock_teacher(connection, link.teacher_id)
            if name is None:
                raise TeacherNotFound
            queries.replace_link(connection, link)
            return name

        name = await self._database.write(make)
        return TeacherLinkResponse(
            teacher_id=link.teacher_id, name=name, token=token, created_at=now, expires_at=link.expires_at
        )

    async def begin_with_link(self, token: str, nonce: str) -> NewTeacherSessionResponse:
        """The session of this token and this nonce. Only the first nonce gets a session.

        Raises:
            TeacherLinkNotFound: the token is unknown or replaced, or the key that created it is not valid any
                more.
            TeacherLinkUsed, TeacherLinkExpired.
        """
        secret, now = session_secret(SessionKind.TEACHER, token, nonce), self._clock()

        def begin(connection: Connection) -> TeacherSessionRecord:
            link = queries.find_link(connection, hash_of(token), now, self._keys.of_settings)
            if link is None:
                raise TeacherLinkNotFound
            is_good = link.used_at is None and link.expires_at > now
            if is_good and queries.use_link(connection, link.token_hash, now):
                self._insert(connection, secret, link.teacher_id, link.key_id)
            session = self._find(connection, hash_of(secret))
            if session is None:
                raise (
                    TeacherLinkExpired if link.used_at is None and link.expires_at <= now else TeacherLinkUsed
                )
            return session

        return _answer(await self._database.write(begin), secret)

    async def begin_with_key(self, authorization: str | None, nonce: str) -> NewTeacherSessionResponse:
        """The session of this key and this nonce. It ends with the key.

        Raises:
            NoKeyInUse: without keys, any text would let everybody in who reaches the classroom.
            NoTeachersKey: it is a student's, an operator's or a session's.
            ApiKeyMissing, ApiKeyNotGood, TeacherNotFound.
        """
        if not self._keys.are_there:
            raise NoKeyInUse
        caller = await self._keys.holder(authorization)
        if not caller.may(Scope.TEACHER) or caller.session is not None:
            raise NoTeachersKey
        secret = session_secret(SessionKind.TEACHER, authorization or "", nonce)

        def begin(connection: Connection) -> TeacherSessionRecord | None:
            # Two clicks arrive one after the other, and the second finds the session of the first.
            if queries.lock_teacher(connection, caller.teacher_id) is None:
                raise TeacherNotFound
            if (known := self._find(connection, hash_of(secret))) is not None:
                return known
            self._insert(connection, secret, caller.teacher_id, self._keys.name_of(caller))
            return self._find(connection, hash_of(secret))

        session = await self._database.write(begin)
        if session is None:  # The key was revoked after it was looked up.
            raise TeacherSessionEnded
        return _answer(session, secret)

    async def session_of(self, caller: Caller) -> TeacherSessionResponse:
        """Raises NoTeacherSession, TeacherSessionEnded."""
        hashed = _session(caller)
        found = await self._database.read(lambda connection: self._find(connection, hashed))
        if found is None:
            raise TeacherSessionEnded
        return TeacherSessionResponse.model_validate(found)

    async def end_session(self, caller: Caller) -> None:
        """Raises NoTeacherSession."""
        hashed = _session(caller)
        await self._database.write(lambda connection: queries.delete_session(connection, hashed))

    async def end_all(self, reach: Reach) -> None:
        """Sign the teacher out in every browser, and invalidate their link. Raises TeacherNotFound."""

        def end(connection: Connection) -> None:
            if queries.lock_teacher(connection, reach.teacher_id) is None:
                raise TeacherNotFound
            queries.delete_sign_ins(connection, reach.teacher_id)

        await self._database.write(end)

    def _insert(self, connection: Connection, secret: str, teacher_id: int, key_id: str | None) -> None:
        now = self._clock()
        new = TeacherSessionRecord(hash_of(secret), teacher_id, key_id, now + SESSION_LASTS, "")
        queries.insert_session(connection, new, now)

    def _find(self, connection: Connection, secret_hash: str) -> TeacherSessionRecord | None:
        return queries.find_session(connection, secret_hash, self._clock(), self._keys.of_settings)


def _answer(session: TeacherSessionRecord, secret: str) -> NewTeacherSessionResponse:
    begun = TeacherSessionResponse.model_validate(session)
    return NewTeacherSessionResponse(**begun.model_dump(), secret=secret)


def _session(caller: Caller) -> str:
    if caller.session is None or caller.student_id is not None:
        raise NoTeacherSession
    return caller.session
