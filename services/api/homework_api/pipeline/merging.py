"""Merges exercises of two writers into one homework: a GPU's where it wrote them, the mock's elsewhere.

Each writer's exercises are checked when they arrive, but a question may still occur once from each writer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from pydantic import TypeAdapter, ValidationError

from homework_shared.exercises.checks import plain
from homework_shared.exercises.exercise import Exercise
from homework_shared.exercises.messages import GeneratorKind

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Written:
    """One exercise and who wrote it."""

    exercise: Exercise
    by: GeneratorKind


_EXERCISE: TypeAdapter[Exercise] = TypeAdapter(Exercise)

Places = Mapping[int, Written]
"""Exercises by their place in the homework, counted from 0."""


def read_places(stored: Sequence[Exercise | dict[str, Any] | None] | None, by: GeneratorKind) -> Places:
    """The stored exercises by their place. All are by one writer, and None stands for a missing one."""
    places = {}
    for place, exercise in enumerate(stored or ()):
        if exercise is None:
            continue
        try:
            places[place] = Written(_EXERCISE.validate_python(exercise), by)
        except ValidationError:
            # An older version may have stored an exercise that is invalid today. It must not prevent the
            # other results of the batch from being stored.
            log.warning("stored_exercise_unreadable", place=place, by=by)
    return places


def merge(there: Places, arrived: Mapping[int, Exercise], by: GeneratorKind) -> Places:
    """Put the exercises of `arrived` into empty places. A GPU's exercises also replace the mock generator's.

    Where a GPU's exercise repeats a question of one of the mock's in the homework, the mock's exercise for
    that place is used instead.
    """
    new = {place: Written(exercise, by) for place, exercise in arrived.items()}
    if not there:
        return new
    if by is GeneratorKind.VLLM:
        mock, gpu = _by(GeneratorKind.MOCK, there), _by(GeneratorKind.VLLM, there) | new
    else:
        mock, gpu = new | _by(GeneratorKind.MOCK, there), _by(GeneratorKind.VLLM, there)
    return mock | _without_repeats(gpu, mock)


def _by(writer: GeneratorKind, places: Places) -> dict[int, Written]:
    return {place: written for place, written in places.items() if written.by is writer}


def _without_repeats(gpu: Places, mock: Places) -> dict[int, Written]:
    """The GPU's exercises, without those that have an exercise of the mock's for their place and repeat the
    question of a mock's exercise that is used."""
    kept = dict(gpu)
    while True:  # each of the mock's exercises that is put in may repeat a question of another place
        asked = {_question(mock[place]) for place in mock if place not in kept}
        repeated = [place for place in kept if place in mock and _question(kept[place]) in asked]
        if not repeated:
            return kept
        for place in repeated:
            del kept[place]


def _question(written: Written) -> str:
    return plain(written.exercise.question)


def in_order(places: Places, quantity: int) -> list[Exercise | None]:
    """A list with one entry for each place, which is None where the exercise is missing."""
    return [places[place].exercise if place in places else None for place in range(quantity)]


def writers_of(places: Places) -> Sequence[GeneratorKind] | None:
    """The writer of each exercise of a complete homework, or None if one generator wrote them all."""
    if len({written.by for written in places.values()}) <= 1:
        return None
    return [places[place].by for place in sorted(places)]


def writer_of(places: Places) -> GeneratorKind:
    """The writer that the homework counts for: a GPU, if at least one exercise is by a GPU."""
    writers = {written.by for written in places.values()}
    return GeneratorKind.VLLM if GeneratorKind.VLLM in writers else GeneratorKind.MOCK
