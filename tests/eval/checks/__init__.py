"""Checks of an exercise's Italian and English, one module for each family.

They come on top of the checks that the service enforces. A check that cannot decide lets pass.
"""

from collections.abc import Callable, Iterator

from homework_shared.exercises import checks as enforced
from homework_shared.exercises.exercise import Exercise
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
from tests.eval.checks.parsed import Parsed
from tests.eval.checks.problem import NOTHING_ASKED, Asked, Check, Problem

__all__ = ["Asked", "Check", "Problem", "problems"]

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
    """What is wrong with one exercise, by the enforced checks and by those on trial."""
    found = [Problem(problem.check, problem.detail) for problem in enforced.problems(exercise)]
    if any(problem.check is enforced.Check.LENGTH for problem in found):
        return found  # the other checks' cost grows with the length
    parsed = Parsed(exercise, asked or NOTHING_ASKED)
    return [*found, *(problem for family in _FAMILIES for problem in family(parsed))]
