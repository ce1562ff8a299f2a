"""SQL of the homework that a teacher reviews and changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from homework_api.database.models import ASSIGNMENTS, HOMEWORK, STUDENTS
from homework_api.database.queries.ownership import within
from homework_api.database.queries.pages import newest_first
from homework_api.database.rows import Job, columns_of
from homework_api.domain.access import Reach
from homework_api.domain.review import Writer, is_held_back
from homework_api.domain.statuses import HomeworkStatus
from homework_api.schemas.paging import Page
from homework_shared.exercises.messages import GeneratorKind


@dataclass(frozen=True, slots=True)
class ReviewedRecord:
    """A homework as its teacher sees it: its stored state, also while it is held back, and columns of its
    assignment. `exercises` is None until it is written. `name` is the student's."""

    id: int
    student_id: int
    status: HomeworkStatus
    exercises: list[dict[str, Any]] | None
    exercise_writers: Sequence[str | None] | None
    generated_by: GeneratorKind | None
    model: str | None
    edited_at: datetime | None
    replacing: Sequence[int] | None
    deadline_at: datetime
    error_message: str | None
    name: str
    assignment_id: int
    cefr_level: str
    grammar_focus: str | None
    topic: str | None
    quantity: int
    exercise_types: list[str]
    review: bool
    release_at: datetime | None

    @property
    def writers(self) -> list[Writer | None]:
        """The writer of each exercise, or None if it is not known any more."""
        of_them_all: list[str | None] = [self.generated_by] * len(self.exercises or ())
        written_by: Sequence[str | None] = self.exercise_writers or of_them_all
        return [Writer(each) if each else None for each in written_by]

    @property
    def awaited(self) -> list[int]:
        """The places of the exercises whose replacement is awaited. After the student's start it is not."""
        return list(self.replacing or ()) if self.status is HomeworkStatus.AVAILABLE else []

    def is_held_back(self, now: datetime) -> bool:
        return is_held_back(self.review, self.release_at, now)


_OWN = ReviewedRecord.__slots__[:11]
_OF_THE_ASSIGNMENT = ReviewedRecord.__slots__[-7:]
_REVIEWED = (
    select(
        *(HOMEWORK.c[name] for name in _OWN),
        STUDENTS.c.name,
        HOMEWORK.c.assignment_id,
        *(ASSIGNMENTS.c[name] for name in _OF_THE_ASSIGNMENT),
    )
    .join(ASSIGNMENTS, ASSIGNMENTS.c.id == HOMEWORK.c.assignment_id)
    .join(STUDENTS, STUDENTS.c.id == HOMEWORK.c.student_id)
)


def find_reviewed(
    connection: Connection, homework_id: int, reach: Reach, *, lock: bool = False
) -> ReviewedRecord | None:
    """The homework with this id, or None. `lock` locks it until the transaction ends."""
    wanted = _REVIEWED.where(HOMEWORK.c.id == homework_id, *within(reach, ASSIGNMENTS))
    row: Any = connection.execute(wanted.with_for_update(of=HOMEWORK) if lock else wanted).first()
    return ReviewedRecord(*row) if row else None


def page_reviewed(connection: Connection, assignment_id: int, page: Page) -> tuple[list[ReviewedRecord], int]:
    """The homework of one assignment on a page, newest first, and the number on all pages."""
    theirs = HOMEWORK.c.assignment_id == assignment_id
    rows: Any = connection.execute(newest_first(_REVIEWED.where(theirs), HOMEWORK.c.id, page))
    total = select(func.count()).select_from(HOMEWORK).where(theirs)
    return [ReviewedRecord(*row) for row in rows], connection.scalar(total) or 0


def save_edited(connection: Connection, edited: ReviewedRecord) -> None:
    """Store a teacher's change of the exercises. Lock the homework first."""
    names = ("exercises", "exercise_writers", "edited_at", "replacing", "error_message")
    _update(connection, edited.id, {name: getattr(edited, name) for name in names})


def save_replacing(connection: Connection, homework_id: int, places: Sequence[int]) -> None:
    """Store that the current job has to replace these exercises. Lock the homework first."""
    _update(connection, homework_id, {"replacing": places})


def ask_anew(
    connection: Connection, homework_id: int, places: Sequence[int], job: Job, now: datetime
) -> None:
    """Give the homework a new job that has to replace these exercises. Results of the old job are then
    ignored. Lock the homework first."""
    path = {"published_at": None, "taken_at": None, "generated_at": None, "error_message": None}
    _update(connection, homework_id, columns_of(job) | path | {"replacing": places, "edited_at": now})


def _update(connection: Connection, homework_id: int, values: dict[str, Any]) -> None:
    connection.execute(update(HOMEWORK).where(HOMEWORK.c.id == homework_id).values(values))
