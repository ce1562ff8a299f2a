"""Replaces exercises that a teacher asked for anew with exercises of a result.

The job asks for a whole homework, as any other job does, so every generator can do it. Only the exercises
that are waited for are taken from its result. An old exercise stays until its replacement is there.
"""

from collections.abc import Mapping
from datetime import datetime

from homework_api.database.queries.results import OpenJob
from homework_api.database.rows import ExchangedExercises
from homework_api.pipeline.judging import Judged
from homework_shared.exercises.checks import plain
from homework_shared.exercises.exercise import Exercise
from homework_shared.exercises.messages import GeneratorKind

SEEDS = 2**63


def exchange(
    job: OpenJob, arrived: Judged, now: datetime, taken_at: datetime, generated_at: datetime
) -> ExchangedExercises:
    """The homework with the new exercises in it, and the places for which there is none yet."""
    exercises, writers = list(job.exercises or ()), job.writers
    asked = {_question(each) for each in exercises}
    left = []
    for place in job.replacing or ():
        new = _another(place, arrived.usable, asked)
        if new is None:
            left.append(place)
            continue
        exercises[place], writers[place] = new, arrived.result.generated_by
        asked.add(plain(new.question))
    is_repeating = bool(left) and arrived.result.generated_by is GeneratorKind.MOCK
    return ExchangedExercises(
        id=job.homework_id,
        exercises=exercises,
        exercise_writers=writers,
        replacing=left or None,
        # With the same seed, the mock would write the same exercise again.
        seed=(job.seed + 1) % SEEDS if is_repeating else job.seed,
        taken_at=taken_at,
        generated_at=generated_at,
        available_at=now,
        # The mock generator gets the job for the missing exercises now, without waiting for the deadline.
        rescue_at=now if left and job.rescues == 0 else job.rescue_at,
    )


def _another(place: int, usable: Mapping[int, Exercise], asked: set[str]) -> Exercise | None:
    """The new exercise for this place, or another new one of its type, whose question is not yet in the
    homework. None if there is none."""
    first = usable.get(place)
    if first is None:
        return None
    same_type = [each for each in usable.values() if each.type is first.type]
    return next((each for each in (first, *same_type) if plain(each.question) not in asked), None)


def _question(stored: object) -> str:
    question = stored["question"] if isinstance(stored, dict) else getattr(stored, "question", "")
    return plain(str(question))
