"""What is wrong with one exercise: its form first, then its Italian and English.

Each family of checks is a module of its own in `checks`. A check that cannot decide lets pass.
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
    safety,
    sense,
    subjects,
    times,
    topic,
)
from homework_shared.language.reading.parsed import Parsed

MOST_TOKENS = 250
"""Words and signs of a question with its answer in it. The longest texts that are allowed have about 200, if they
are words; each check goes through them all."""
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


# The explanation and the options are those of the first answer.
_OF_ANY_ANSWER = tuple(
    family for family in _FAMILIES if family not in (explanation.problems, options.problems, keyed.problems)
)


def load() -> None:
    """Read the tables, about a second of work, before the first exercise has to wait for them."""
    problems(_SAMPLE, Asked(CefrLevel.A1, "passato prossimo", "travel"))


def problems(exercise: Exercise, asked: Asked = NOTHING_ASKED) -> list[Problem]:
    """What is wrong with one exercise, its accepted answers apart; an empty list is what one hopes for."""
    return _found(exercise, asked, _FAMILIES)


def problems_if_answered(exercise: Exercise, answer: str, asked: Asked = NOTHING_ASKED) -> list[Problem]:
    """What would be wrong with an exercise if this were its answer."""
    return _found(form.answered(exercise, answer), asked, _OF_ANY_ANSWER)


def _found(exercise: Exercise, asked: Asked, families: Sequence[Family]) -> list[Problem]:
    found = form.problems(exercise)
    if any(problem.check is Check.LENGTH for problem in found):
        return found  # the other checks' cost grows with the length
    parsed = Parsed(exercise, asked)
    if len(parsed.sentence.written) > MOST_TOKENS:
        return [*found, Problem(Check.LENGTH, "the sentence has too many words and signs")]
    for family in families:
        found.extend(family(parsed))
    return found
