"""The operations on teachers' students."""

from dataclasses import replace

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from homework_api.database.engine import Database
from homework_api.database.models import STUDENTS
from homework_api.database.queries import students as queries
from homework_api.database.queries.assignments import close_assignments
from homework_api.database.queries.audit import note
from homework_api.database.queries.counts import count_owned
from homework_api.database.queries.erasures import note_erasure
from homework_api.database.queries.students import StudentRecord
from homework_api.domain.access import NO_KEY, Reach, Signature
from homework_api.domain.addresses import shown, stand_in
from homework_api.domain.audit import Action
from homework_api.domain.errors import EmailTaken, StudentNotFound
from homework_api.pipeline.assignment_events import AssignmentEvents
from homework_api.schemas.paging import Page
from homework_api.schemas.students import StudentCorrection, StudentCreate, StudentResponse
from homework_shared.runtime.clock import Clock


class StudentService:
    def __init__(self, database: Database, clock: Clock, events: AssignmentEvents) -> None:
        self._database = database
        self._clock = clock
        self._events = events

    async def create(self, request: StudentCreate, reach: Reach, key: str | None = None) -> StudentResponse:
        """Create a student. Without an address, a repeated `key` means the student that it created. Raises
        EmailTaken.
        """
        if request.email is None:
            return await self._create_without_address(request.name, stand_in(key), reach)
        name, email, now = request.name, request.email, self._clock()

        def insert(connection: Connection) -> StudentRecord:
            if queries.is_email_taken(connection, email, reach.teacher_id):
                raise EmailTaken
            return queries.insert_student(connection, name, email, now, reach.teacher_id)

        try:
            return StudentResponse.model_validate(await self._database.write(insert))
        except IntegrityError as error:  # another process took it between the look and the insert
            raise EmailTaken from error

    async def _create_without_address(self, name: str, address: str, reach: Reach) -> StudentResponse:
        now = self._clock()

        def find_or_insert(connection: Connection) -> StudentRecord:
            found = queries.find_by_address(connection, address, reach.teacher_id)
            return found or queries.insert_student(connection, name, address, now, reach.teacher_id)

        try:
            made = await self._database.write(find_or_insert)
        except IntegrityError:  # Another process created this student between the check and the insert.
            made = await self._database.write(find_or_insert)
        return StudentResponse.model_validate(made)

    async def page(self, page: Page, reach: Reach) -> tuple[list[StudentResponse], int]:
        """Newest first, and how many there are on all pages."""

        def read(connection: Connection) -> tuple[list[StudentRecord], int]:
            found = queries.page_students(connection, page, reach)
            return found, count_owned(connection, STUDENTS, reach)

        students, total = await self._database.read(read)
        return [StudentResponse.model_validate(student) for student in students], total

    async def correct(
        self, student_id: int, wanted: StudentCorrection, reach: Reach, by: Signature = NO_KEY
    ) -> StudentResponse:
        """Change the student's name or address, or remove the address.

        Raises:
            StudentNotFound, EmailTaken.
        """
        now = self._clock()

        def correct(connection: Connection) -> StudentRecord:
            locked = queries.lock_student(connection, student_id, reach)
            if locked is None:
                raise StudentNotFound
            student, teacher_id = locked
            email = _new_address(student, wanted)
            if email and queries.is_email_taken(connection, email, teacher_id, student_id):
                raise EmailTaken
            name = wanted.name or student.name
            queries.correct_student(connection, student_id, name, email)
            note(connection, Action.STUDENT_CORRECTED, student_id, by, now)
            return replace(student, name=name, email=email or student.email)

        try:
            corrected = await self._database.write(correct)
        except IntegrityError as error:  # another process took it between the look and the update
            raise EmailTaken from error
        await self._database.forget_deleted()
        return StudentResponse.model_validate(corrected)

    async def delete(self, student_id: int, reach: Reach, by: Signature = NO_KEY) -> None:
        """Delete the student with all homework. Raises StudentNotFound."""
        now = self._clock()

        def delete(connection: Connection) -> set[int]:
            deleted = queries.delete_student(connection, student_id, reach)
            if deleted is None:
                raise StudentNotFound
            note_erasure(connection, student_id, deleted.created_at, now)
            note(connection, Action.STUDENT_DELETED, student_id, by, now)
            # The student's homework may have been the last one for which the assignment waited.
            close_assignments(connection, deleted.assignment_ids, now)
            return deleted.assignment_ids

        self._events.notify(await self._database.write(delete))
        await self._database.forget_deleted()


def _new_address(student: StudentRecord, wanted: StudentCorrection) -> str | None:
    """The address to store; None keeps the current one."""
    if "email" not in wanted.model_fields_set or (wanted.email or "") == shown(student.email):
        return None
    return wanted.email or stand_in(None)
