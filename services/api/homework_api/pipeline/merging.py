"""Exercises of two writers in one homework: a GPU's where it wrote them, the mock generator's elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from homework_shared.exercises.exercise import Exercise
from homework_shared.exercises.messages import GeneratorKind


@dataclass(frozen=True, slots=True)
class Written:
    """One exercise and who wrote it."""

    exercise: Exercise
    by: GeneratorKind


_EXERCISES: TypeAdapter[list[Exercise | None]] = TypeAdapter(list[Exercise | None])

Places = Mapping[int, Written]
"""Exercises by their place in the homework, counted from 0."""


def read_places(stored: Sequence[Exercise | dict[str, Any] | None] | None, by: GeneratorKind) -> Places:
    """Stored exercises, all by one writer; None stands where one is missing."""
    exercises = _EXERCISES.validate_python(list(stored or ()))
    return {place: Written(exercise, by) for place, exercise in enumerate(exercises) if exercise}


def merge(there: Places, arrived: Mapping[int, Exercise], by: GeneratorKind) -> Places:
    """`arrived` takes the places that are empty, and a GPU's also those of the mock."""
    merged = dict(there)
    for place, exercise in arrived.items():
        if place not in merged or by is GeneratorKind.VLLM:
            merged[place] = Written(exercise, by)
    return merged


def in_order(places: Places, quantity: int) -> list[Exercise | None]:
    """One for each place; None where nobody has written yet."""
    return [places[place].exercise if place in places else None for place in range(quantity)]


def writers_of(places: Places) -> Sequence[GeneratorKind] | None:
    """Who wrote each exercise of a whole homework; None if one generator wrote them all."""
    writers = [places[place].by for place in sorted(places)]
    return writers if len(set(writers)) > 1 else None


def writer_of(places: Places) -> GeneratorKind:
    """Whose homework it is: a GPU's as soon as one exercise is a GPU's."""
    writers = {written.by for written in places.values()}
    return GeneratorKind.VLLM if GeneratorKind.VLLM in writers else GeneratorKind.MOCK
