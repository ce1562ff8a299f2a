"""Teachers, who each have students, classes and assignments of their own."""

from collections.abc import Callable

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from homework_api.database.engine import Database
from homework_api.database.queries import teachers as queries
from homework_api.database.queries.audit import note
from homework_api.database.queries.teachers import TeacherRecord
from homework_api.domain.access import FIRST_TEACHER, NO_KEY, Caller, Reach, Signature
from homework_api.domain.audit import Action
from homework_api.domain.errors import (
    FirstTeacherStays,
    TeacherNameTaken,
    TeacherNotFound,
    TeacherOwnsSomething,
)
from homework_api.schemas.teachers import TeacherName, TeacherResponse
from homework_shared.runtime.clock import Clock


class TeacherService:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def reach_of(self, caller: Caller, teacher_id: int | None) -> Reach:
        """What this caller may see with a request that names a teacher, or none. Raises TeacherNotFound."""
        if teacher_id is None:
            return caller.reach
        named = Reach(teacher_id)
        if not caller.reach.all_teachers:
            if teacher_id != caller.teacher_id:
                raise TeacherNotFound
            return named
        if not await self._database.read(lambda connection: queries.teacher_exists(connection, teacher_id)):
            raise TeacherNotFound
        return named

    async def create(self, request: TeacherName, by: Signature = NO_KEY) -> TeacherResponse:
        """Raises TeacherNameTaken."""
        now = self._clock()

        def create(connection: Connection) -> TeacherRecord:
            made = queries.insert_teacher(connection, request.name, request.key, now)
            note(connection, Action.TEACHER_MADE, made.id, by, now)
            return made

        return await self._name(create)

    async def all(self) -> list[TeacherResponse]:
        """The oldest first."""
        found = await self._database.read(queries.list_teachers)
        return [TeacherResponse.model_validate(one) for one in found]

    async def rename(self, teacher_id: int, request: TeacherName) -> TeacherResponse:
        """Rename a teacher, who keeps their students, classes and assignments. Raises TeacherNotFound,
        TeacherNameTaken.
        """

        def rename(connection: Connection) -> TeacherRecord:
            renamed = queries.rename_teacher(connection, teacher_id, request.name, request.key)
            if renamed is None:
                raise TeacherNotFound
            return renamed

        return await self._name(rename)

    async def delete(self, teacher_id: int, by: Signature = NO_KEY) -> None:
        """Delete a teacher with their API keys. Raises TeacherNotFound, FirstTeacherStays,
        TeacherOwnsSomething.
        """
        if teacher_id == FIRST_TEACHER:
            raise FirstTeacherStays
        now = self._clock()

        def delete(connection: Connection) -> None:
            if queries.owns_anything(connection, teacher_id):
                raise TeacherOwnsSomething
            if not queries.delete_teacher(connection, teacher_id):
                raise TeacherNotFound
            note(connection, Action.TEACHER_REMOVED, teacher_id, by, now)

        try:
            await self._database.write(delete)
        except (
            IntegrityError
        ) as error:  # Another process created an object for this teacher between the check and the delete.
            raise TeacherOwnsSomething from error

    async def _name(self, give: Callable[[Connection], TeacherRecord]) -> TeacherResponse:
        """Store the name. A unique index enforces it, so a name cannot be taken between the check and the
        write.
        """
        try:
            return TeacherResponse.model_validate(await self._database.write(give))
        except IntegrityError as error:
            raise TeacherNameTaken from error
