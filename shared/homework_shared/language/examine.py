"""Finds the problems of one exercise: of its form first, then of its Italian and English.

Each family of checks is a module of its own in `checks`. A check that cannot decide reports nothing.
"""

from collections.abc import Callable, Iterator, Sequence

from homework_shared.exercises import checks as form
from homework_shared.exercises.checks import Check, Problem
from homework_shared.exercises.exercise import CefrLevel, Exercise, Translation
from homework_shared.language.asked import NOTHING_ASKED, Asked
from homework_shared.language.checks import (
    agreement,
    articles,
    auxiliaries,
    degenerate,
    english,
    explanation,
    false_friends,
    fit,
    hints,
    keyed,
    language,
    level,
    lexicon,
    meaning,
    moods,
    options,
    orthography,
    participles,
    practised,
    prepositions,
    pronouns,
    register,
    safety,
    sense,
    subjects,
    times,
    topic,
)
from homework_shared.language.reading.parsed import Parsed

MOST_TOKENS = 250
"""The highest number of words and signs of a question with its answer in it. The longest allowed texts have
about 200 if they consist of words. Each check reads them all.
"""
_SAMPLE = Translation(
    question="Translate: Yesterday we took the train to Rome.",
    correct_answer="Ieri abbiamo preso il treno per Roma.",
    explanation="“Prendere” takes avere, and its participle is “preso”.",
)
Family = Callable[[Parsed], Iterator[Problem]]
_FAMILIES: tuple[Family, ...] = (
    safety.problems,
    degenerate.problems,
    language.problems,
    lexicon.problems,
    orthography.problems,
    participles.problems,
    articles.problems,
    prepositions.problems,
    pronouns.problems,
    register.problems,
    agreement.problems,
    subjects.problems,
    auxiliaries.problems,
    moods.problems,
    times.problems,
    fit.problems,
    hints.problems,
    options.problems,
    keyed.problems,
    explanation.problems,
    english.problems,
    meaning.problems,
    false_friends.problems,
    sense.problems,
    practised.problems,
    level.problems,
    topic.problems,
)


# The explanation and the options belong to the first answer.
_OF_ANY_ANSWER = tuple(
    family for family in _FAMILIES if family not in (explanation.problems, options.problems, keyed.problems)
)


_TOGETHER = 50
"""The number of exercises that are examined together. More of them take more memory and save no more time."""


def load() -> None:
    """Read the tables, which takes about a second, so that the first exercise does not wait for them."""
    problems(_SAMPLE, Asked(CefrLevel.A1, "passato prossimo", "travel"))


def problems(exercise: Exercise, asked: Asked = NOTHING_ASKED) -> list[Problem]:
    """The problems of one exercise without its accepted answers. An empty list means that it passed."""
    return _found([(exercise, asked)], _FAMILIES)[0]


def problems_of_each(exercises: Sequence[tuple[Exercise, Asked]]) -> list[list[Problem]]:
    """What `problems` returns for each exercise, in less time than one after the other takes."""
    parts = [exercises[at : at + _TOGETHER] for at in range(0, len(exercises), _TOGETHER)]
    return [found for part in parts for found in _found(part, _FAMILIES)]


def problems_if_answered(exercise: Exercise, answer: str, asked: Asked = NOTHING_ASKED) -> list[Problem]:
    """The problems that an exercise would have if this were its answer."""
    return _found([(form.answered(exercise, answer), asked)], _OF_ANY_ANSWER)[0]


def _found(exercises: Sequence[tuple[Exercise, Asked]], families: Sequence[Family]) -> list[list[Problem]]:
    found = [form.problems(exercise) for exercise, _ in exercises]
    parsed = list(map(_parsed, exercises, found))
    # One family after the other reads all exercises. One exercise after the other takes a third more CPU,
    # probably because the code of all families together does not stay in the processor's caches.
    for family in families:
        for each, of_this in zip(parsed, found, strict=True):
            if each is not None:
                of_this.extend(family(each))
    return found


def _parsed(exercise: tuple[Exercise, Asked], found: list[Problem]) -> Parsed | None:
    """The exercise as the families read it. None if it is too long, because their cost grows with the length."""
    if any(problem.check is Check.LENGTH for problem in found):
        return None
    parsed = Parsed(*exercise)
    if len(parsed.sentence.written) <= MOST_TOKENS:
        return parsed
    found.append(Problem(Check.LENGTH, "the sentence has too many words and signs"))
    return None
