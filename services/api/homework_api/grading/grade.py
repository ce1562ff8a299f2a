"""Grading by rule: what a student wrote against what was expected (docs/adr/0010).

A gap asks for one form, and there a wrong letter is wrong: most often it is the grammar that was
asked. A translation may be worded freely, so its likeness is measured.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from homework_api.grading.differences import Difference, differences, similarity
from homework_api.grading.italian import Word, bare, exact, words
from homework_shared.exercises.exercise import BLANK, Exercise, FillInBlank, MultipleChoice

ALMOST_PERCENT = 80
# In a short word one letter makes another word: nonno, nonna.
ALMOST_PERCENT_OF_ONE_WORD = 90
NO_ANSWER = "No answer"

_HINT = re.compile(r"\([^)]*\)")
_LABEL = re.compile(r"([a-d])\s*(?:\).*|[.:\-–]\s*\w.*)", re.IGNORECASE)


class AnswerVerdict(StrEnum):
    CORRECT = "correct"
    ALMOST = "almost"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class GradedAnswer:
    verdict: AnswerVerdict
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Grade:
    """`score` is 0–100: a correct answer counts one, an almost correct one half."""

    answers: tuple[GradedAnswer, ...]
    score: int


def grade(exercises: Sequence[Exercise], answers: Sequence[str | None]) -> Grade:
    """Judge one answer for each exercise, in their order."""
    judged = tuple(
        _judge(exercise, answer or "") for exercise, answer in zip(exercises, answers, strict=True)
    )
    return Grade(judged, _score([each.verdict for each in judged]))


def _score(verdicts: Sequence[AnswerVerdict]) -> int:
    halves = 2 * verdicts.count(AnswerVerdict.CORRECT) + verdicts.count(AnswerVerdict.ALMOST)
    # Halves are rounded up; round() would round them to the even neighbour.
    return (100 * halves + len(verdicts)) // (2 * len(verdicts))


def _judge(exercise: Exercise, answer: str) -> GradedAnswer:
    expected, given = words(exercise.correct_answer), words(answer)
    if not given:
        return _wrong(NO_ANSWER)
    if isinstance(exercise, MultipleChoice):
        return _judge_choice(exercise, expected, answer.strip())
    if isinstance(exercise, FillInBlank):
        return _judge_gap(exercise.question, expected, _without_hint(exercise.question, answer))
    return _judge_translation(exercise.correct_answer, expected, given)


def _judge_choice(exercise: MultipleChoice, expected: Sequence[Word], answer: str) -> GradedAnswer:
    chosen = _choose(exercise, answer)
    if chosen is None:
        return _wrong(f"“{answer}” is none of the options. Expected: “{exercise.correct_answer}”.")
    if chosen != exercise.correct_answer:
        return _wrong(str(Difference(tuple(expected), tuple(words(chosen)))))
    # An option picked by its letter cannot be misspelt.
    return _judge_spelling(expected, words(answer)) or GradedAnswer(AnswerVerdict.CORRECT)


def _choose(exercise: MultipleChoice, answer: str) -> str | None:
    """The option that is meant. Its text goes before a letter: “a” may be a preposition. “a)” is not."""
    options = sorted(exercise.options, key=lambda option: option != exercise.correct_answer)
    if answer in options:
        return answer
    if label := _LABEL.fullmatch(answer):
        return _lettered(exercise, label[1])
    given = words(answer)
    same = [option for option in options if exact(words(option)) == exact(given)]
    # e' is typed for è: among words that only accents tell apart, the accented one is meant.
    alike = sorted((option for option in options if bare(words(option)) == bare(given)), key=str.isascii)
    return (
        next(iter(same), None)
        or _lettered(exercise, *exact(given))
        or next(iter(alike), None)
        or _chosen_in_sentence(exercise, _without_hint(exercise.question, answer))
    )


def _chosen_in_sentence(exercise: MultipleChoice, given: Sequence[Word]) -> str | None:
    *_, filled_in = _attempts(exercise.question, given)
    return next((option for option in exercise.options if exact(words(option)) == exact(filled_in)), None)


def _lettered(exercise: MultipleChoice, letter: str, *more: str) -> str | None:
    place = "abcd".find(letter.lower())
    return None if more or len(letter) != 1 or place < 0 else exercise.options[place]


def _judge_gap(question: str, expected: Sequence[Word], given: Sequence[Word]) -> GradedAnswer:
    for attempt in _attempts(question, given):
        judged = _judge_spelling(expected, attempt)
        if judged is not None:
            return judged
    return _wrong(str(Difference(tuple(expected), tuple(given))))


def _without_hint(question: str, answer: str) -> list[Word]:
    """A sentence that was copied to be filled in brings its hint along."""
    left = answer
    # Other parentheses stay: "parlo (parla)" is two answers.
    for hint in _HINT.findall(question):
        left = left.replace(hint, " ")
    return words(left) or words(answer)


def _attempts(question: str, given: Sequence[Word]) -> Iterator[Sequence[Word]]:
    """The answer as it stands, and without the words around the gap: some write the whole sentence."""
    yield given
    before, after = (exact(words(_HINT.sub(" ", part))) for part in question.split(BLANK))
    start = _overlap(before, exact(given))
    end = len(given) - _overlap(exact(given)[start:], after)
    yield given[start:end]


def _overlap(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words end `one` and begin `other`."""
    longest = min(len(one), len(other))
    return next((n for n in range(longest, 0, -1) if one[-n:] == other[:n]), 0)


def _judge_spelling(expected: Sequence[Word], given: Sequence[Word]) -> GradedAnswer | None:
    """The same words, perhaps with wrong accents; None for others."""
    if exact(expected) == exact(given):
        return GradedAnswer(AnswerVerdict.CORRECT)
    difference = Difference(tuple(expected), tuple(given))
    return GradedAnswer(AnswerVerdict.ALMOST, str(difference)) if difference.is_spelling else None


def _judge_translation(answer: str, expected: Sequence[Word], given: Sequence[Word]) -> GradedAnswer:
    found = differences(expected, given)
    marked = " ".join(map(str, found))
    if not found:
        return GradedAnswer(AnswerVerdict.CORRECT)
    if all(difference.is_spelling for difference in found):
        return GradedAnswer(AnswerVerdict.ALMOST, marked)
    if bare(expected).count("non") != bare(given).count("non"):
        return _wrong(f"“non” turns the meaning around. {marked}")
    if sorted(bare(expected)) == sorted(bare(given)):
        return GradedAnswer(AnswerVerdict.ALMOST, f"The right words in another order than “{answer}”.")
    needed = ALMOST_PERCENT if len(expected) > 1 else ALMOST_PERCENT_OF_ONE_WORD
    verdict = AnswerVerdict.ALMOST if similarity(expected, given) >= needed else AnswerVerdict.WRONG
    return GradedAnswer(verdict, marked)


def _wrong(feedback: str) -> GradedAnswer:
    return GradedAnswer(AnswerVerdict.WRONG, feedback)
