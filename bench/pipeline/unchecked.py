"""`homework-api` without the checks of the language, to measure the cost of the queue alone.

No other peer checks what the worker wrote. The service itself has no such switch.
"""

from collections.abc import Sequence

from homework_api import main
from homework_api.pipeline import judging
from homework_shared.exercises import checks
from homework_shared.exercises.checks import Problem
from homework_shared.exercises.exercise import Exercise
from homework_shared.language.asked import Asked


def form_alone(exercises: Sequence[tuple[Exercise, Asked]]) -> list[list[Problem]]:
    return [checks.problems(exercise) for exercise, _ in exercises]


def as_it_is(exercise: Exercise, asked: Asked) -> tuple[Exercise, Sequence[Problem]]:
    return exercise, ()


if __name__ == "__main__":
    judging.__dict__.update(problems_of_each=form_alone, with_right_answers_only=as_it_is)
    main.app()
