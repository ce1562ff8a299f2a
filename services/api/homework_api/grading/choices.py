"""Finds the option of a multiple choice that an answer selects."""

import re
from collections.abc import Sequence

from homework_api.grading.differences import Difference
from homework_api.grading.gaps import attempts, judge_spelling, without_hint
from homework_api.grading.italian import Word, bare, exact, words
from homework_api.grading.tables import is_number
from homework_api.grading.verdicts import GradedAnswer, correct, wrong
from homework_shared.exercises.exercise import MultipleChoice

_LABEL = re.compile(r"([a-d])\s*(?:\).*|[.:\-–]\s*\w.*)", re.IGNORECASE)
_NAMED = re.compile(
    r"(?:la |l'|the )?(?:(?:risposta|opzione|lettera|scelta|answer|option|letter) (?:è |is )?(?:la |the )?)?"
    r"([a-d])[.)]?",
    re.IGNORECASE,
)
_LETTERS = "ABCD"
_NUMBERS = "1234"


def judge_choice(exercise: MultipleChoice, answer: str) -> GradedAnswer:
    chosen = chosen_option(exercise, answer)
    if chosen is None:
        return wrong(f"“{answer}” is none of the options. Expected: “{exercise.correct_answer}”.")
    if chosen not in exercise.right_answers:
        return wrong(str(Difference(tuple(words(exercise.correct_answer)), tuple(words(chosen)))))
    # An option picked by its letter cannot be misspelt.
    return judge_spelling(words(chosen), words(answer)) or correct()


def chosen_option(exercise: MultipleChoice, answer: str) -> str | None:
    """The option that the answer selects. A single capital is the letter of an option. A small letter is a
    word first, because “a” may be a preposition; “a)” is a letter.
    """
    options = sorted(exercise.options, key=lambda option: option not in exercise.right_answers)
    if answer in options:
        return answer
    if answer in _LETTERS:
        return _lettered(exercise, answer)
    if label := _LABEL.fullmatch(answer):
        return _lettered(exercise, label[1])
    given = words(answer)
    same = [option for option in options if exact(words(option)) == exact(given)]
    # e' is typed for è: among words that only accents tell apart, the accented one is meant.
    alike = sorted((option for option in options if bare(words(option)) == bare(given)), key=str.isascii)
    return (
        next(iter(same), None)
        or _lettered(exercise, *exact(given))
        or _numbered(exercise, answer.rstrip(".)"))
        or _named(exercise, answer)
        or next(iter(alike), None)
        or _chosen_in_sentence(exercise, without_hint(exercise.question, answer))
    )


def _chosen_in_sentence(exercise: MultipleChoice, given: Sequence[Word]) -> str | None:
    *_, filled_in = attempts(exercise.question, given)
    return next((option for option in exercise.options if exact(words(option)) == exact(filled_in)), None)


def _named(exercise: MultipleChoice, answer: str) -> str | None:
    """ "La D", "risposta B"."""
    named = _NAMED.fullmatch(answer)
    return _lettered(exercise, named[1]) if named else None


def _numbered(exercise: MultipleChoice, number: str) -> str | None:
    """ "2" is the second option, unless the options are numbers."""
    if len(number) != 1 or number not in _NUMBERS:
        return None
    # "Sei" is a number and a form of essere.
    is_of_numbers = all(any(map(is_number, exact(words(option)))) for option in exercise.options)
    return None if is_of_numbers else exercise.options[_NUMBERS.index(number)]


def _lettered(exercise: MultipleChoice, letter: str, *more: str) -> str | None:
    place = _LETTERS.find(letter.upper())
    return None if more or len(letter) != 1 or place < 0 else exercise.options[place]
