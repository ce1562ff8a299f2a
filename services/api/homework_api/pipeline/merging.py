"""Exercises of two writers in one homework: a GPU's where it wrote them, the mock generator's elsewhere.

Each writer's exercises are checked when they arrive. Between the two, a question may still come twice.
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
    """Stored exercises, all by one writer; None stands where one is missing."""
    places = {}
    for place, exercise in enumerate(stored or ()):
        if exercise is None:
            continue
        try:
            places[place] = Written(_EXERCISE.validate_python(exercise), by)
        except ValidationError:
            # An older version may have stored what is refused today. It must not stop the results around it.
            log.warning("stored_exercise_unreadable", place=place, by=by)
    return places


def merge(there: Places, arrived: Mapping[int, Exercise], by: GeneratorKind) -> Places:
    """`arrived` takes the places that are empty, and a GPU's also those of the mock.

    Where a GPU's question is also one of the mock's here, the mock's exercise stands in its place.
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
    """The GPU's exercises, without those that the mock can replace and whose question it asks elsewhere."""
    kept = dict(gpu)
    while True:  # each exercise of the mock that is taken may repeat another question
        asked = {_question(mock[place]) for place in mock if place not in kept}
        repeated = [place for place in kept if place in mock and _question(kept[place]) in asked]
        if not repeated:
            return kept
        for place in repeated:
            del kept[place]


def _question(written: Written) -> str:
    return plain(written.exercise.question)


def in_order(places: Places, quantity: int) -> list[Exercise | None]:
    """One for each place; None where nobody has written yet."""
    return [places[place].exercise if place in places else None for place in range(quantity)]


def writers_of(places: Places) -> Sequence[GeneratorKind] | None:
    """Who wrote each exercise of a whole homework; None if one generator wrote them all."""
    if len({written.by for written in places.values()}) <= 1:
        return None
    return [places[place].by for place in sorted(places)]


def writer_of(places: Places) -> GeneratorKind:
    """Whose homework it is: a GPU's as soon as one exercise is a GPU's."""
    writers = {written.by for written in places.values()}
    return GeneratorKind.VLLM if GeneratorKind.VLLM in writers else GeneratorKind.MOCK
