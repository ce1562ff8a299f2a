"""What a teacher is answered who looks homework through."""

from datetime import datetime

from homework_client.models.base import Model
from homework_client.models.teaching import Exercise
from homework_client.models.values import GeneratorKind, HomeworkStatus, Writer


class ReviewedExercise(Exercise):
    """`version` is to be sent with a change of it. `generated_by` is None where a teacher wrote it.
    `asked_anew`: it stays until another one is written in its place."""

    written_by: Writer | None
    version: str
    asked_anew: bool


class ReviewedHomework(Model):
    """One student's homework in its true state; `name` is the student's. `held_back`: its student does not
    see it yet. From `edited_at` on no generator replaces it. `anew_by`: until when a GPU has time for what is
    asked for anew."""

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
    """What a check of the language finds. It refuses nothing."""

    check: str
    detail: str


class EditedHomework(ReviewedHomework):
    warnings: list[ExerciseWarning]
