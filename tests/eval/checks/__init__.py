"""What makes an exercise fit for a student, each check with a name for metrics and logs.

A model's form is checked when it is parsed (`exercises`); here is what a form cannot say, one module for each
family of checks. Both generators check before they publish, and the API again before it stores. A check that
cannot decide lets pass.
"""

from collections.abc import Callable, Iterator, Sequence

from homework_shared.exercises.exercise import Exercise, ExerciseType
from tests.eval.checks import (
    agreement,
    articles,
    auxiliaries,
    degenerate,
    english,
    explanation,
    false_friends,
    fit,
    hints,
    language,
    level,
    meaning,
    moods,
    options,
    orthography,
    practised,
    prepositions,
    safety,
    sense,
    subjects,
    times,
    topic,
)
from tests.eval.checks.form import is_placeholder, problems_of_form
from tests.eval.checks.parsed import Parsed
from tests.eval.checks.problem import NOTHING_ASKED, Asked, Check, Problem
from tests.eval.checks.text import plain

__all__ = ["Asked", "Check", "Problem", "is_placeholder", "plain", "problems", "problems_of_homework"]

_FAMILIES: tuple[Callable[[Parsed], Iterator[Problem]], ...] = (
    safety.problems,
    degenerate.problems,
    language.problems,
    orthography.problems,
    articles.problems,
    prepositions.problems,
    agreement.problems,
    subjects.problems,
    auxiliaries.problems,
    moods.problems,
    times.problems,
    fit.problems,
    hints.problems,
    options.problems,
    explanation.problems,
    english.problems,
    meaning.problems,
    false_friends.problems,
    sense.problems,
    practised.problems,
    level.problems,
    topic.problems,
)


def problems(exercise: Exercise, asked: Asked | None = None) -> list[Problem]:
    """What is wrong with one exercise; an empty list is what one hopes for."""
    found = problems_of_form(exercise)
    if any(problem.check is Check.LENGTH for problem in found):
        return found  # the other checks' cost grows with the length
    parsed = Parsed(exercise, asked or NOTHING_ASKED)
    return [*found, *(problem for family in _FAMILIES for problem in family(parsed))]


def problems_of_homework(
    exercises: Sequence[Exercise], types: Sequence[ExerciseType], asked: Asked | None = None
) -> list[Problem]:
    """What is wrong with a whole homework, where `types` are the types asked for, in order."""
    found = [problem for exercise in exercises for problem in problems(exercise, asked)]
    if len(exercises) != len(types):
        found.append(Problem(Check.QUANTITY, f"{len(exercises)} exercises instead of {len(types)}"))
    elif [exercise.type for exercise in exercises] != list(types):
        found.append(Problem(Check.TYPES, "the types do not come in the order asked for"))
    if len({plain(exercise.question) for exercise in exercises}) < len(exercises):
        found.append(Problem(Check.REPEATED, "a question comes twice"))
    return found
