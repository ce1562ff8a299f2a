"""The jobs that homework asks for, and the debts to the broker that carry them."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from pydantic_core import to_json

from homework_api.models import Assignment, Homework
from homework_api.schemas import AssignmentCreate
from homework_api.statuses import AssignmentStatus, HomeworkStatus
from homework_shared.exercises import CefrLevel, ExerciseType
from homework_shared.messages import GenerateHomework

GPU_DEADLINE = timedelta(seconds=60)
MOCK_DEADLINE = timedelta(seconds=5)


def job_message(assignment: Assignment, homework: Homework) -> GenerateHomework:
    """The command for one homework: no student name, no e-mail address, no database id."""
    return GenerateHomework(
        job_id=homework.job_id,
        cefr_level=CefrLevel(assignment.cefr_level),
        grammar_focus=assignment.grammar_focus,
        topic=assignment.topic,
        quantity=assignment.quantity,
        exercise_types=tuple(ExerciseType(name) for name in assignment.exercise_types),
        seed=homework.seed,
        created_at=homework.requested_at,
        deadline_at=homework.deadline_at,
    )


def outbox_row(assignment: Assignment, homework: Homework, traceparent: str | None) -> dict[str, Any]:
    body = job_message(assignment, homework).encode().decode()
    return _debt(homework.job_id, homework.requested_at, homework.deadline_at, body, assignment, traceparent)


def outbox_rows(
    assignment: Assignment,
    homework: Sequence[dict[str, Any]],
    traceparent: str | None,
    claimed_until: datetime | None,
) -> list[dict[str, Any]]:
    """What a new assignment owes the broker. Its jobs differ in id and seed alone: one message is built
    and validated for all."""
    first = job_message(assignment, Homework(**homework[0]))
    shared = first.model_dump(mode="json")
    debts = []
    for row in homework:
        body = to_json(shared | {"job_id": str(row["job_id"]), "seed": row["seed"]}).decode()
        times = row["requested_at"], row["deadline_at"]
        debt = _debt(row["job_id"], *times, body, assignment, traceparent)
        debts.append(debt | {"claimed_until": claimed_until})
    return debts


def _debt(
    job_id: UUID,
    requested_at: datetime,
    deadline_at: datetime,
    body: str,
    assignment: Assignment,
    traceparent: str | None,
) -> dict[str, Any]:
    return {
        "job_id": job_id,
        "assignment_id": assignment.id,
        "overdue": False,
        "body": body,
        "traceparent": traceparent,
        "created_at": requested_at,
        "deadline_at": deadline_at,
    }


class Orders:
    """What is asked of the generators now, and until when."""

    def __init__(
        self, clock: Callable[[], datetime], gpu_online: Callable[[], bool], rescue_grace: timedelta
    ) -> None:
        self._clock = clock
        self._gpu_online = gpu_online
        self._rescue_grace = rescue_grace

    def assignment(self, request: AssignmentCreate) -> Assignment:
        now = self._clock()
        return Assignment(
            **request.model_dump(mode="json", exclude={"student_ids", "deadline_seconds"}),
            created_at=now,
            deadline_at=now + self._patience(request.deadline_seconds),
        )

    def homework(self, assignment: Assignment, student_ids: Sequence[int]) -> list[dict[str, Any]]:
        """One row per student, in their order."""
        now = assignment.created_at
        theirs = {"assignment_id": assignment.id, "created_at": now, "status": HomeworkStatus.PENDING}
        return [
            {**theirs, "student_id": id_, **self._job(now, assignment.deadline_at)} for id_ in student_ids
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

    def _job(self, now: datetime, deadline: datetime) -> dict[str, Any]:
        return {
            "job_id": uuid4(),
            "seed": secrets.randbits(63),
            "requested_at": now,
            "deadline_at": deadline,
            "rescue_at": deadline + self._rescue_grace,
            "rescues": 0,
        }


def _renew(homework: Homework, job: dict[str, Any]) -> None:
    homework.published_at = homework.taken_at = homework.generated_at = None
    for column, value in job.items():
        setattr(homework, column, value)
