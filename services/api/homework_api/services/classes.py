"""Teachers' classes. Each change is one transaction, committed before its method returns."""

from collections.abc import Callable

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from homework_api.database.engine import Database
from homework_api.database.models import CLASSES
from homework_api.database.queries import classes as queries
from homework_api.database.queries.classes import ClassRecord
from homework_api.database.queries.counts import count_owned
from homework_api.database.queries.students import StudentRecord
from homework_api.domain.access import Reach
from homework_api.domain.errors import ClassNameTaken, ClassNotFound, ClassTooLarge
from homework_api.schemas.classes import ClassDetail, ClassName, ClassResponse, MembersRequest
from homework_api.schemas.fields import MAX_STUDENTS
from homework_api.schemas.paging import Page
from homework_api.schemas.students import StudentResponse
from homework_api.services.known_students import require_students
from homework_shared.runtime.clock import Clock


class ClassService:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def create(self, request: ClassName, reach: Reach) -> ClassResponse:
        """Raises ClassNameTaken."""
        now = self._clock()
        return await self._name(
            lambda connection: queries.insert_class(
                connection, request.name, request.key, now, reach.teacher_id
            )
        )

    async def page(self, page: Page, reach: Reach) -> tuple[list[ClassResponse], int]:
        """Newest first, and how many there are on all pages."""

        def read(connection: Connection) -> tuple[list[ClassRecord], int]:
            found = queries.page_classes(connection, page, reach)
            return found, count_owned(connection, CLASSES, reach)

        classes, total = await self._database.read(read)
        return [ClassResponse.model_validate(one) for one in classes], total

    async def get(self, class_id: int, reach: Reach) -> ClassDetail:
        """With its students. Raises ClassNotFound."""

        def read(connection: Connection) -> tuple[ClassRecord, list[StudentRecord]]:
            found = queries.find_class(connection, class_id, reach)
            if found is None:
                raise ClassNotFound
            return found, queries.list_members(connection, class_id)

        found, members = await self._database.read(read)
        students = [StudentResponse.model_validate(one) for one in members]
        return ClassDetail(
            id=found.id, name=found.name, created_at=found.created_at, size=found.size, students=students
        )

    async def rename(self, class_id: int, request: ClassName, reach: Reach) -> ClassResponse:
        """Raises ClassNotFound, ClassNameTaken."""

        def rename(connection: Connection) -> ClassRecord:
            known = _locked(connection, class_id, reach)
            return queries.rename_class(connection, known, request.name, request.key)

        return await self._name(rename)

    async def delete(self, class_id: int, reach: Reach) -> None:
        """Its students and their homework stay. Raises ClassNotFound."""

        def delete(connection: Connection) -> None:
            known = _locked(connection, class_id, reach)
            queries.lock_members(connection, class_id, known.teacher_id)
            queries.delete_class(connection, class_id)

        await self._database.write(delete)

    async def change_members(self, class_id: int, request: MembersRequest, reach: Reach) -> ClassResponse:
        """Make all changes or none. Adding a member again, or removing a student who is no member, is not an
        error.

        Raises:
            ClassNotFound, ClassTooLarge.
            StudentNotFound: a named student does not belong to the teacher of this class.
        """

        def change(connection: Connection) -> ClassRecord:
            known = _locked(connection, class_id, reach)
            require_students(connection, [*request.add, *request.remove], known.teacher_id)
            queries.remove_members(connection, class_id, request.remove)
            queries.add_members(connection, class_id, request.add)
            changed = queries.find_class(connection, class_id, reach)
            if changed is None:
                raise ClassNotFound
            if changed.size > MAX_STUDENTS:
                raise ClassTooLarge
            return changed

        return ClassResponse.model_validate(await self._database.write(change))

    async def _name(self, give: Callable[[Connection], ClassRecord]) -> ClassResponse:
        """Store the name. A unique index enforces it, so a name cannot be taken between the check and the
        write.
        """
        try:
            return ClassResponse.model_validate(await self._database.write(give))
        except IntegrityError as error:
            raise ClassNameTaken from error


def _locked(connection: Connection, class_id: int, reach: Reach) -> ClassRecord:
    found = queries.lock_class(connection, class_id, reach)
    if found is None:
        raise ClassNotFound
    return found
