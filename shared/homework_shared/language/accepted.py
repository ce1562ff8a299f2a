"""Checks the accepted answers. Each has to pass the checks of the first answer. One that fails is dropped by
itself, and its exercise stays.
"""

from homework_shared.exercises.checks import Check, Problem, plain
from homework_shared.exercises.exercise import Exercise, MultipleChoice, Translation
from homework_shared.language.asked import NOTHING_ASKED, Asked
from homework_shared.language.examine import problems_if_answered
from homework_shared.language.reading.text import tokens

MOST_OF_A_MODEL = 3
"""The highest number of accepted answers. Each is checked like another exercise, so a forged homework with
dozens of them would keep the checks busy.
"""

SHARE_OF_WORDS = 1 / 3
"""An accepted translation that shares fewer words than this with the first one most often translates another
sentence.
"""


def with_right_answers_only(
    exercise: Exercise, asked: Asked = NOTHING_ASKED
) -> tuple[Exercise, list[Problem]]:
    """A model's exercise without the accepted answers that fail a check, and the problems of those answers."""
    if not exercise.accepted_answers:
        return exercise, []
    if isinstance(exercise, MultipleChoice):
        return _accepting(exercise), [Problem(Check.OPTIONS, "a multiple choice has one right option only")]
    kept: list[str] = []
    found: list[Problem] = []
    for answer in exercise.accepted_answers[:MOST_OF_A_MODEL]:
        wrong = problems_if_answered(exercise, answer, asked)
        if plain(answer) in map(plain, (exercise.correct_answer, *kept)):
            wrong.append(Problem(Check.REPEATED, "an accepted answer is listed twice"))
        if isinstance(exercise, Translation) and _is_another_sentence(exercise.correct_answer, answer):
            wrong.append(Problem(Check.MEANING, "an accepted answer shares hardly a word with the first one"))
        if not wrong:
            kept.append(answer)
        found += wrong
    if len(exercise.accepted_answers) > MOST_OF_A_MODEL:
        found.append(Problem(Check.QUANTITY, f"more than {MOST_OF_A_MODEL} accepted answers"))
    return _accepting(exercise, *kept), found


def _is_another_sentence(first: str, other: str) -> bool:
    words = set(tokens(plain(first)))
    return len(words.intersection(tokens(plain(other)))) < SHARE_OF_WORDS * len(words)


def _accepting(exercise: Exercise, *answers: str) -> Exercise:
    return exercise.model_copy(update={"accepted_answers": answers})
