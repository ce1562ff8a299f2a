"""API keys and browser sessions: created, listed, revoked, and checked at each request."""

import asyncio
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from pydantic import SecretStr
from sqlalchemy import Connection

from homework_api.database.engine import Database, DatabaseUnavailable
from homework_api.database.queries import api_keys as queries
from homework_api.database.queries.api_keys import ApiKeyRecord
from homework_api.database.queries.audit import note
from homework_api.database.queries.student_links import find_session
from homework_api.database.queries.students import student_exists
from homework_api.database.queries.teacher_sessions import find_session as find_teachers_session
from homework_api.database.queries.teachers import teacher_exists
from homework_api.domain.access import (
    ADMINISTRATOR,
    ANYBODY,
    CONSOLE,
    EVERYTHING,
    FIRST_TEACHER,
    NO_KEY,
    OWNER,
    Caller,
    Reach,
    Scope,
    Signature,
)
from homework_api.domain.audit import Action
from homework_api.domain.errors import (
    ApiKeyMissing,
    ApiKeyNotFound,
    ApiKeyNotGood,
    FirstKeyNeedsOps,
    NotGiven,
    SessionEnded,
    StudentNotFound,
    TeacherNotFound,
    TeacherSessionEnded,
)
from homework_api.services.secret_texts import SessionKind, hash_of, session_kind
from homework_shared.runtime.clock import Clock
from homework_shared.runtime.retry import pause

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

LOOK_SECONDS = 2.0
LOOKUP_SECONDS = 2.0
USE_NOTED_EVERY = timedelta(minutes=1)
RECOGNISED = 10_000  # More than a school's keys and sessions of a day.
_FORM = re.compile(r"hk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_NOBODYS_HASH = hash_of(secrets.token_hex(32))


@dataclass(frozen=True)
class NewKey:
    """A new key. `text` is the secret, which is shown only now."""

    row: ApiKeyRecord
    text: str


class ApiKeys:
    """The keys of one database, and those of the settings. Of the keys in the settings, only the
    administrator's makes every request need a key; the owner's and the console's do not.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        admin_key: SecretStr | None = None,
        console_key: SecretStr | None = None,
        owner_key: SecretStr | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        given = {ADMINISTRATOR: admin_key, OWNER: owner_key, CONSOLE: console_key}
        self._given = {caller: hash_of(key.get_secret_value()) for caller, key in given.items() if key}
        self._are_there = admin_key is not None
        self._recognised: dict[str, Caller] = {}
        self._noted: dict[str, datetime] = {}

    @property
    def are_there(self) -> bool:
        """Whether requests need a key: true once a key exists, even if it has been revoked since."""
        return self._are_there

    async def run(self, stop: asyncio.Event) -> None:
        """Watch for the first key, which another process may create."""
        while not (stop.is_set() or self._are_there):
            try:
                await self.look()
            except DatabaseUnavailable as error:
                log.warning("database_unavailable", error=str(error)[:200])
            await pause(stop, LOOK_SECONDS)
        await stop.wait()

    async def look(self) -> bool:
        found = await self._database.read(queries.any_key)
        self._are_there = self._are_there or found
        return self._are_there

    async def caller(self, authorization: str | None) -> Caller:
        """The caller who sent this header.

        Raises:
            ApiKeyMissing, ApiKeyNotGood, SessionEnded: 401.
        """
        text = _text(authorization or "")
        # Clients of the service's predecessor may send a header although there is no key. A session counts
        # even then; otherwise the classroom would give students the rights of this machine's user.
        if not self._are_there and session_kind(text) is None:
            return ANYBODY
        return await self.holder(authorization)

    async def holder(self, authorization: str | None) -> Caller:
        """The owner of the key or session in this header, also while no key is needed. Raises as `caller`
        does.
        """
        text = _text(authorization or "")
        if authorization is None or not authorization.lower().startswith("bearer "):
            raise ApiKeyMissing
        try:
            caller = await self._known(text)
        except ApiKeyNotGood:
            self._recognised.pop(hash_of(text), None)
            raise
        self._recognise(hash_of(text), caller)
        return caller

    def _recognise(self, hashed: str, caller: Caller) -> None:
        # The most recent stand last. Without a limit, every session of every pupil would stay for as long as
        # the process runs.
        self._recognised.pop(hashed, None)
        self._recognised[hashed] = caller
        if len(self._recognised) > RECOGNISED:
            del self._recognised[next(iter(self._recognised))]

    def name_of(self, caller: Caller) -> str | None:
        """The id of this caller's key, or the hash of a key from the settings. None if the caller
        has no key.
        """
        return caller.key_id or self._given.get(caller)

    @property
    def of_settings(self) -> frozenset[str]:
        """The hashes of the keys in the settings."""
        return frozenset(self._given.values())

    def recognised(self, authorization: str) -> str | None:
        """A name for the key in this header, if it was valid when this process last looked it up."""
        hashed = hash_of(_text(authorization))
        return hashed[:16] if hashed in self._recognised else None

    async def may(self, right: Scope, authorization: str | None) -> bool:
        """Whether the sender of this header has the right now. While the database does not answer, the result
        of the last look-up counts.
        """
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                return (await self.caller(authorization)).may(right)
        except (ApiKeyMissing, ApiKeyNotGood):
            return False
        except (DatabaseUnavailable, TimeoutError):
            known = self._recognised.get(hash_of(_text(authorization or "")))
            return known is not None and known.may(right)

    async def is_bad(self, authorization: str) -> bool:
        """Look up whether the key of this header is invalid. False while the database does not answer."""
        try:
            await self.caller(authorization)
        except (ApiKeyMissing, ApiKeyNotGood):
            return True
        except DatabaseUnavailable:
            return False
        return False

    async def _known(self, text: str) -> Caller:
        for caller, hashed in self._given.items():
            if hmac.compare_digest(hashed, hash_of(text)):
                return caller
        match session_kind(text):
            case SessionKind.STUDENT:
                return await self._student(hash_of(text))
            case SessionKind.TEACHER:
                return await self._teacher(hash_of(text))
        form = _FORM.fullmatch(text)
        now = self._clock()
        row: ApiKeyRecord | None = None
        if form:
            row = await self._database.read(lambda connection: queries.find_key(connection, form[1]))
        is_right = hmac.compare_digest(row.secret_hash if row else _NOBODYS_HASH, hash_of(text))
        if row is None or not is_right or row.revoked_at or (row.expires_at and row.expires_at <= now):
            raise ApiKeyNotGood
        await self._note_use(row, now)
        rights = frozenset(map(Scope, row.rights))
        return Caller(row.name, rights, row.student_id, row.id, row.teacher_id or FIRST_TEACHER)

    async def _note_use(self, key: ApiKeyRecord, now: datetime) -> None:
        last = max(filter(None, (key.last_used_at, self._noted.get(key.id))), default=None)
        if last is not None and now - last < USE_NOTED_EVERY:
            return
        # This is set before the write, so that the requests that come meanwhile do not wait for the same row.
        self._noted[key.id] = now
        try:
            await self._database.write(lambda connection: queries.note_use(connection, key.id, now))
        except DatabaseUnavailable as error:
            # A full disk accepts no write, but homework can still be read.
            log.warning("use_of_key_not_noted", error=str(error)[:200])

    async def _student(self, session: str) -> Caller:
        found = await self._database.read(lambda connection: find_session(connection, session))
        if found is None or found.expires_at <= self._clock():
            raise SessionEnded
        return Caller(found.name, student_id=found.student_id, teacher_id=found.teacher_id, session=session)

    async def _teacher(self, session: str) -> Caller:
        now = self._clock()
        found = await self._database.read(
            lambda connection: find_teachers_session(connection, session, now, self.of_settings)
        )
        if found is None:
            raise TeacherSessionEnded
        key_id = None if found.key_id in self.of_settings else found.key_id
        rights = frozenset({Scope.TEACHER})
        return Caller(found.name, rights, key_id=key_id, teacher_id=found.teacher_id, session=session)

    async def create_by(
        self,
        maker: Caller,
        name: str,
        rights: frozenset[Scope],
        student_id: int | None,
        expires_at: datetime | None,
        teacher_id: int | None,
    ) -> NewKey:
        """Create a key on behalf of `maker`. Raises NotGiven if `maker` does not have these rights, and what
        `create` raises.
        """
        if not maker.may_give(rights, student_id):
            raise NotGiven
        if teacher_id is None and student_id is None and Scope.TEACHER in rights:
            teacher_id = maker.teacher_id
        return await self.create(name, rights, student_id, expires_at, teacher_id, Signature.of(maker))

    async def create(
        self,
        name: str,
        rights: frozenset[Scope],
        student_id: int | None,
        expires_at: datetime | None,
        teacher_id: int | None = None,
        by: Signature = NO_KEY,
    ) -> NewKey:
        """Create a key. `teacher_id` is the teacher of a key with a teacher's right; None means the first
        teacher.

        Raises:
            FirstKeyNeedsOps, TeacherNotFound.
            StudentNotFound: the student is unknown, or another teacher's.
        """
        id_, now = secrets.token_hex(6), self._clock()
        text = f"hk_{id_}_{secrets.token_urlsafe(32)}"
        row = ApiKeyRecord(
            id_, name, sorted(rights), student_id, hash_of(text), now, expires_at, teacher_id=teacher_id
        )

        def insert(connection: Connection) -> ApiKeyRecord:
            if Scope.OPS not in rights and not (self._are_there or queries.any_key(connection)):
                raise FirstKeyNeedsOps
            if teacher_id is not None and not teacher_exists(connection, teacher_id):
                raise TeacherNotFound
            reach = EVERYTHING if teacher_id is None else Reach(teacher_id)
            if student_id is not None and not student_exists(connection, student_id, reach):
                raise StudentNotFound
            queries.insert_key(connection, row)
            note(connection, Action.KEY_MADE, id_, by, now)
            # A student's key belongs to the student's teacher.
            return queries.find_key(connection, id_) or row

        stored = await self._database.write(insert)
        self._are_there = True
        return NewKey(stored, text)

    async def all(self) -> list[ApiKeyRecord]:
        """The newest first."""
        return await self._database.read(queries.list_keys)

    async def revoke(self, id_: str, by: Signature = NO_KEY) -> None:
        """Revoke a key: every process refuses it from the next request on. Raises ApiKeyNotFound."""
        now = self._clock()

        def revoke(connection: Connection) -> None:
            if not queries.revoke_key(connection, id_, now):
                raise ApiKeyNotFound
            note(connection, Action.KEY_REVOKED, id_, by, now)

        await self._database.write(revoke)


def _text(authorization: str) -> str:
    return authorization.partition(" ")[2].strip()
