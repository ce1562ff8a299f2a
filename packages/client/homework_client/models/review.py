"""The responses for a teacher who reviews homework before the students receive it."""

from datetime import datetime

from homework_client.models.base import Model
from homework_client.models.teaching import Exercise
from homework_client.models.values import GeneratorKind, HomeworkStatus, Writer


class ReviewedExercise(Exercise):
    """An exercise under review. Send its `version` with a change. `generated_by` is None if a teacher wrote
    it. `asked_anew` means that another exercise was requested: this one stays until that one is written.
    """

    written_by: Writer | None
    version: str
    asked_anew: bool


class ReviewedHomework(Model):
    """One student's homework as it really is; `name` is the student's. `held_back`: the student does not see
    it yet. From `edited_at` on no generator replaces it. A GPU has until `anew_by` to write the exercises
    that were requested again.
    """

    id: int
    assignment_id: int
    student_id: int
    name: str
    status: HomeworkStatus
    held_back: bool
    exercises: list[ReviewedExercise]
    generated_by: GeneratorKind | None
    model: str | None
    edited_at: datetime | None
    anew_by: datetime | None
    error_message: str | None


class ExerciseWarning(Model):
    """A warning of the language checks. It does not prevent a change."""

    check: str
    detail: str


class EditedHomework(ReviewedHomework):
    warnings: list[ExerciseWarning]
