"""The statuses of an assignment and of a homework, with their allowed transitions."""

from enum import StrEnum

from homework_shared.exercises.messages import GeneratorKind


class AssignmentStatus(StrEnum):
    PENDING = "pending"
    GENERATING = "generating"
    COMPLETED = "completed"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        return self in {AssignmentStatus.COMPLETED, AssignmentStatus.FAILED}


class HomeworkStatus(StrEnum):
    PENDING = "pending"
    AVAILABLE = "available"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"

    @property
    def is_written(self) -> bool:
        """Whether there are exercises that the student can see."""
        return self in {HomeworkStatus.AVAILABLE, HomeworkStatus.IN_PROGRESS, HomeworkStatus.COMPLETED}


TRANSITIONS: dict[HomeworkStatus, frozenset[HomeworkStatus]] = {
    HomeworkStatus.PENDING: frozenset({HomeworkStatus.AVAILABLE, HomeworkStatus.FAILED}),
    HomeworkStatus.AVAILABLE: frozenset({HomeworkStatus.AVAILABLE, HomeworkStatus.IN_PROGRESS}),
    HomeworkStatus.IN_PROGRESS: frozenset({HomeworkStatus.COMPLETED}),
    HomeworkStatus.COMPLETED: frozenset(),
    HomeworkStatus.FAILED: frozenset({HomeworkStatus.PENDING, HomeworkStatus.AVAILABLE}),
}


def accepts_homework(
    status: HomeworkStatus,
    written_by: GeneratorKind | None,
    offered_by: GeneratorKind,
    *,
    is_kept: bool = False,
) -> bool:
    """Whether a homework written by `offered_by` may take its place now.

    The first homework wins, with one exception: a GPU's late work replaces the mock's while the
    student has not started and no teacher has said that it stays (`is_kept`). After a failure anything is
    better than nothing. So for whole homework the outcome does not depend on the order in which results
    arrive (docs/adr/0003; for parts: 0027; for what is kept: 0043).
    """
    if status in {HomeworkStatus.PENDING, HomeworkStatus.FAILED}:
        return True
    return (
        not is_kept
        and status is HomeworkStatus.AVAILABLE
        and written_by == GeneratorKind.MOCK
        and offered_by == GeneratorKind.VLLM
    )
