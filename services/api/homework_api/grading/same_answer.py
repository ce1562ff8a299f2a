"""Decides which answers count as the same: the same words, however they are typed, or the same option."""

from homework_api.grading.choices import chosen_option
from homework_api.grading.gaps import attempts, without_hint
from homework_api.grading.italian import exact, words
from homework_api.grading.translations import without_label
from homework_shared.exercises.exercise import Exercise, FillInBlank, MultipleChoice


def is_blank(answer: str | None) -> bool:
    return not words(answer or "")


def meant_by(exercise: Exercise, answer: str) -> str:
    """The meaning of an answer. For a multiple choice it is the option, which may have been given by its
    letter.
    """
    option = chosen_option(exercise, answer.strip()) if isinstance(exercise, MultipleChoice) else None
    return option or answer.strip()


def key_of(exercise: Exercise, answer: str) -> str:
    """Equal for two answers that differ only in capitals, spaces or typography.

    A copied sentence with its gap filled in is the same answer as the words in the gap.
    """
    if isinstance(exercise, MultipleChoice):
        return meant_by(exercise, answer) if not is_blank(answer) else ""
    if isinstance(exercise, FillInBlank):
        given = without_hint(exercise.question, answer)
        *_, filled_in = attempts(exercise.question, given)
        return " ".join(exact(filled_in or given))
    return " ".join(exact(words(without_label(answer))))
