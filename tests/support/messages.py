"""Messages for tests: jobs, and the results that generators answer with."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from homework_shared.exercises.exercise import CefrLevel, Exercise, ExerciseType, FillInBlank
from homework_shared.exercises.messages import (
    GenerateHomework,
    GeneratorKind,
    HomeworkFailed,
    HomeworkGenerated,
)
from homework_shared.messaging.transport import Envelope, envelop

ALL_TYPES = tuple(ExerciseType)
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def job(seconds: float = 120, *, created_at: datetime | None = None, **fields: Any) -> GenerateHomework:
    """A job for three exercises, one of each type, due in `seconds` by default."""
    now = created_at or datetime.now(UTC)
    given: dict[str, Any] = {
        "job_id": uuid4(),
        "cefr_level": CefrLevel.A2,
        "quantity": 3,
        "exercise_types": ALL_TYPES,
        "seed": uuid4().int % 2**31,
        "created_at": now,
        "deadline_at": now + timedelta(seconds=seconds),
    }
    return GenerateHomework.model_validate(given | fields)


def sealed(job: GenerateHomework) -> Envelope:
    """A job as the relay sends it: with a trace, and with an expiry at its deadline."""
    left = job.milliseconds_left(datetime.now(UTC))
    return envelop(job, str(job.job_id), headers={"traceparent": TRACEPARENT}, expires_in_ms=left)


def exercises(text: str = "Ciao.", question: str = "Anna dice ___ a Marco. (hello)") -> tuple[Exercise, ...]:
    why = f"“{text}” is what friends say when they meet."
    return (FillInBlank(question=question, correct_answer=text, explanation=why),)


def generated(
    job_id: UUID,
    by: GeneratorKind = GeneratorKind.VLLM,
    text: str = "Ciao.",
    token: str | None = None,
) -> HomeworkGenerated:
    return HomeworkGenerated(
        job_id=job_id, delivery_token=token, exercises=exercises(text), generated_by=by,
        model="m", worker_id="w", queue_seconds=0, generation_seconds=0,
    )  # fmt: skip


def failed(job_id: UUID, token: str | None = None) -> HomeworkFailed:
    return HomeworkFailed(job_id=job_id, delivery_token=token, code="bug", message="no", worker_id="w")
