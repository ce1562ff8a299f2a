"""The jobs that homework asks for, and the debts to the broker that carry them."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from pydantic_core import to_json

from homework_api.database.models import Assignment, Homework
from homework_api.domain.statuses import AssignmentStatus, HomeworkStatus
from homework_api.schemas.assignments import AssignmentCreate
from homework_shared.exercises.exercise import CefrLevel, ExerciseType
from homework_shared.exercises.messages import GenerateHomework

Row = dict[str, Any]
"""Of a table, by column."""

GPU_DEADLINE = timedelta(seconds=60)
MOCK_DEADLINE = timedelta(seconds=5)


def job_message(assignment: Row, homework: Row) -> GenerateHomework:
    """The command for one homework: no student name, no e-mail address, no database id."""
    return GenerateHomework(
        job_id=homework["job_id"],
        cefr_level=CefrLevel(assignment["cefr_level"]),
        grammar_focus=assignment["grammar_focus"],
        topic=assignment["topic"],
        quantity=assignment["quantity"],
        exercise_types=tuple(ExerciseType(name) for name in assignment["exercise_types"]),
        seed=homework["seed"],
        created_at=homework["requested_at"],
        deadline_at=homework["deadline_at"],
    )


def outbox_row(assignment: Assignment, homework: Homework, traceparent: str | None) -> Row:
    """The debt for a homework that is there already."""
    return outbox_rows(dict(assignment), [dict(homework)], traceparent, claimed_until=None)[0]


def outbox_rows(
    assignment: Row, homework: Sequence[Row], traceparent: str | None, claimed_until: datetime | None
) -> list[Row]:
    """What one order of homework owes the broker. Its jobs differ in id and seed alone: one message is
    built and validated for all."""
    shared = job_message(assignment, homework[0]).model_dump(mode="json")
    return [
        {
            "job_id": row["job_id"],
            "assignment_id": row["assignment_id"],
            "overdue": False,
            "body": to_json(shared | {"job_id": str(row["job_id"]), "seed": row["seed"]}).decode(),
            "traceparent": traceparent,
            "created_at": row["requested_at"],
            "deadline_at": row["deadline_at"],
            "claimed_until": claimed_until,
        }
        for row in homework
    ]


class Orders:
    """What is asked of the generators now, and until when."""

    def __init__(
        self, clock: Callable[[], datetime], gpu_online: Callable[[], bool], rescue_grace: timedelta
    ) -> None:
        self._clock = clock
        self._gpu_online = gpu_online
        self._rescue_grace = rescue_grace

    def assignment(self, request: AssignmentCreate) -> Row:
        """All its columns but the id."""
        now = self._clock()
        return {
            **request.model_dump(mode="json", exclude={"student_ids", "deadline_seconds"}),
            "status": AssignmentStatus.PENDING,
            "created_at": now,
            "deadline_at": now + self._patience(request.deadline_seconds),
            "completed_at": None,
            "error_message": None,
        }

    def homework(self, assignment: Row, student_ids: Sequence[int]) -> list[Row]:
        """One row per student, in their order."""
        now = assignment["created_at"]
        theirs = {"assignment_id": assignment["id"], "created_at": now, "status": HomeworkStatus.PENDING}
        return [
            {**theirs, "student_id": id_, **self._job(now, assignment["deadline_at"])} for id_ in student_ids
        ]

    def again(self, assignment: Assignment, wanted: Sequence[Homework], seconds: int | None) -> None:
        """Reopen the failed homework and their assignment; ask for the others while they stay as they
        are. New job ids: late answers to the old ones are unknown."""
        now = self._clock()
        failed = [homework for homework in wanted if homework.status == HomeworkStatus.FAILED]
        if failed:
            assignment.status = AssignmentStatus.PENDING
            assignment.deadline_at = now + self._patience(seconds)
            assignment.completed_at = assignment.error_message = None
        for homework in failed:
            homework.status = HomeworkStatus.PENDING
            homework.error_message = homework.worker_id = None
            _renew(homework, self._job(now, assignment.deadline_at))
        # Only a GPU can better what the mock wrote: it gets a GPU's time even if none is online yet.
        replaced_by = now + (timedelta(seconds=seconds) if seconds else GPU_DEADLINE)
        for homework in wanted:
            if homework.status == HomeworkStatus.AVAILABLE:
                _renew(homework, self._job(now, replaced_by))

    def _patience(self, seconds: int | None) -> timedelta:
        if seconds is not None:
            return timedelta(seconds=seconds)
        return GPU_DEADLINE if self._gpu_online() else MOCK_DEADLINE

    def _job(self, now: datetime, deadline: datetime) -> Row:
        return {
            "job_id": uuid4(),
            "seed": secrets.randbits(63),
            "requested_at": now,
            "deadline_at": deadline,
            "rescue_at": deadline + self._rescue_grace,
            "rescues": 0,
        }


def _renew(homework: Homework, job: Row) -> None:
    homework.published_at = homework.taken_at = homework.generated_at = None
    for column, value in job.items():
        setattr(homework, column, value)
