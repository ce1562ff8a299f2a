"""SQL of the homework that a teacher looks through and changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from homework_api.database.models import ASSIGNMENTS, HOMEWORK, STUDENTS
from homework_api.database.queries.ownership import within
from homework_api.database.queries.pages import newest_first
from homework_api.domain.access import Reach
from homework_api.domain.review import Writer, is_held_back
from homework_api.domain.statuses import HomeworkStatus
from homework_api.schemas.paging import Page
from homework_shared.exercises.messages import GeneratorKind


@dataclass(frozen=True, slots=True)
class ReviewedRecord:
    """A homework as its teacher sees it: its true state, and what its assignment asks for. `exercises` is
    None until it is written, and `name` is its student's."""

    id: int
    student_id: int
    status: HomeworkStatus
    exercises: list[dict[str, Any]] | None
    exercise_writers: Sequence[str | None] | None
    generated_by: GeneratorKind | None
    model: str | None
    edited_at: datetime | None
    name: str
    assignment_id: int
    cefr_level: str
    grammar_focus: str | None
    topic: str | None
    review: bool
    release_at: datetime | None

    @property
    def writers(self) -> list[Writer | None]:
        """Who wrote each exercise; None: nobody knows any more."""
        of_them_all: list[str | None] = [self.generated_by] * len(self.exercises or ())
        written_by: Sequence[str | None] = self.exercise_writers or of_them_all
        return [Writer(each) if each else None for each in written_by]

    def is_held_back(self, now: datetime) -> bool:
        return is_held_back(self.review, self.release_at, now)


_OWN = ReviewedRecord.__slots__[:8]
_OF_THE_ASSIGNMENT = ReviewedRecord.__slots__[-5:]
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
    """`lock` keeps it as it is until the transaction ends."""
    wanted = _REVIEWED.where(HOMEWORK.c.id == homework_id, *within(reach, ASSIGNMENTS))
    row: Any = connection.execute(wanted.with_for_update(of=HOMEWORK) if lock else wanted).first()
    return ReviewedRecord(*row) if row else None


def page_reviewed(connection: Connection, assignment_id: int, page: Page) -> tuple[list[ReviewedRecord], int]:
    """Of one assignment, newest first, and how many there are on all pages."""
    theirs = HOMEWORK.c.assignment_id == assignment_id
    rows: Any = connection.execute(newest_first(_REVIEWED.where(theirs), HOMEWORK.c.id, page))
    total = select(func.count()).select_from(HOMEWORK).where(theirs)
    return [ReviewedRecord(*row) for row in rows], connection.scalar(total) or 0


def save_edited(
    connection: Connection,
    homework_id: int,
    exercises: Sequence[dict[str, Any]],
    writers: Sequence[Writer | None],
    now: datetime,
) -> None:
    """Lock the homework first."""
    values = {"exercises": list(exercises), "exercise_writers": list(writers), "edited_at": now}
    connection.execute(update(HOMEWORK).where(HOMEWORK.c.id == homework_id).values(values))
