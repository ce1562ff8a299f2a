"""A teacher's exercise replaces a generated one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from homework_api.database.queries.review import ReviewedRecord, find_reviewed, save_edited
from homework_api.domain.access import Reach
from homework_api.domain.errors import (
    ExerciseChanged,
    ExerciseNotFound,
    HomeworkNotFound,
    NotEditable,
    UnusableExercise,
)
from homework_api.domain.review import Writer, version_of
from homework_api.domain.statuses import HomeworkStatus
from homework_api.schemas.review import ExerciseEdit, ExerciseWarning
from homework_shared.exercises.checks import Problem, answered, plain
from homework_shared.exercises.checks import problems as problems_of_form
from homework_shared.exercises.exercise import CefrLevel, Exercise
from homework_shared.language.asked import Asked
from homework_shared.language.examine import problems, problems_if_answered


def require_usable(exercise: Exercise) -> None:
    """Require the form that generated exercises have to have too. Raises UnusableExercise."""
    each = [exercise, *(answered(exercise, answer) for answer in exercise.accepted_answers)]
    found = [problem.detail for one in each for problem in problems_of_form(one)]
    if found:
        _refuse(found)


def warnings_about(exercise: Exercise, homework: ReviewedRecord) -> list[ExerciseWarning]:
    """The warnings of the language checks. They prevent nothing, because they are sometimes wrong and the
    teacher knows better.
    """
    asked = Asked(CefrLevel(homework.cefr_level), homework.grammar_focus, homework.topic)
    found: list[Problem] = problems(exercise, asked)
    for answer in exercise.accepted_answers:
        found += problems_if_answered(exercise, answer, asked)
    told = dict.fromkeys((problem.check, problem.detail) for problem in found)
    return [ExerciseWarning(check=check, detail=detail) for check, detail in told]


def lock_exercise(
    connection: Connection, homework_id: int, index: int, reach: Reach
) -> tuple[ReviewedRecord, list[dict[str, Any]]]:
    """The locked homework and its exercises, if the exercise at `index` exists and may be changed.

    Raises:
        HomeworkNotFound, ExerciseNotFound, NotEditable.
    """
    homework = find_reviewed(connection, homework_id, reach, lock=True)
    if homework is None:
        raise HomeworkNotFound
    _require_untouched(homework)
    exercises = homework.exercises or []
    if index > len(exercises):
        raise ExerciseNotFound(f"This homework has {len(exercises)} exercises, counted from 1")
    return homework, exercises


@dataclass(frozen=True, slots=True)
class Edit:
    """A request to replace one exercise."""

    homework_id: int
    index: int
    edit: ExerciseEdit
    reach: Reach
    now: datetime

    def store(self, connection: Connection) -> ReviewedRecord:
        """One transaction.

        Raises:
            ExerciseChanged: somebody else has changed it.
            UnusableExercise: another exercise asks the same.
            As `lock_exercise`.
        """
        new, place = self.edit.exercise.model_dump(mode="json"), self.index - 1
        homework, exercises = lock_exercise(connection, self.homework_id, self.index, self.reach)
        there = version_of(exercises[place])
        if there == version_of(new):
            return homework  # This is the same request again: its first response was lost.
        if there != self.edit.version:
            raise ExerciseChanged
        others = [each for at, each in enumerate(exercises) if at != place]
        if plain(new["question"]) in {plain(each["question"]) for each in others}:
            _refuse(["another exercise of this homework asks the same question"])
        edited = [new if at == place else each for at, each in enumerate(exercises)]
        writers = [Writer.TEACHER if at == place else each for at, each in enumerate(homework.writers)]
        stored = replace(
            homework,
            exercises=edited,
            exercise_writers=writers,
            edited_at=self.now,
            error_message=None,
            # The teacher's exercise takes precedence, so a requested one is not waited for any more.
            replacing=[each for each in homework.awaited if each != place] or None,
        )
        save_edited(connection, stored)
        return stored


def _require_untouched(homework: ReviewedRecord) -> None:
    """Raises NotEditable."""
    match homework.status:
        case HomeworkStatus.AVAILABLE:
            return
        case HomeworkStatus.PENDING:
            raise NotEditable("This homework is still being written: wait until it is available")
        case HomeworkStatus.FAILED:
            raise NotEditable("This homework could not be written: ask for it again with POST …/retry")
    raise NotEditable(
        "Its student has started this homework, and what was read is what is graded: "
        "decide about the answers with POST …/assignments/{assignment_id}/decisions"
    )


def _refuse(problems: Sequence[str]) -> None:
    told = "; ".join(dict.fromkeys(problems))
    raise UnusableExercise(
        f"Students could not work with this exercise: {told}. Change that and send it again"
    )
