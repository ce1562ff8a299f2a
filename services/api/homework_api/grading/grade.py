"""Grades a student's answers against the expected ones by rules (docs/adr/0010)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from homework_api.grading.choices import judge_choice
from homework_api.grading.gaps import judge_gap, without_hint
from homework_api.grading.italian import words
from homework_api.grading.remarks import alternatives, without_a_reason, without_remarks
from homework_api.grading.translations import judge_translation
from homework_api.grading.verdicts import AnswerVerdict, GradedAnswer, Opposite, correct, wrong
from homework_shared.exercises.exercise import Exercise, FillInBlank, MultipleChoice, Translation

NO_ANSWER = "No answer"
MOST_COMPARED = 3
"""How many accepted answers one that is not the first is held against: those most alike, letter by letter."""
_NEAREST_FIRST = (AnswerVerdict.CORRECT, AnswerVerdict.ALMOST, AnswerVerdict.WRONG)


@dataclass(frozen=True, slots=True)
class Grade:
    """`score` is 0–100: a correct answer counts one, an almost correct one half."""

    answers: tuple[GradedAnswer, ...]
    score: int


def load() -> None:
    """Read the tables of Italian words. This takes a second, which the first submission would wait for
    otherwise.
    """
    question, answer = "Translate: I see a friend.", "Vedo un amico."
    translation = Translation(question=question, correct_answer=answer, explanation=answer)
    grade([translation], ["Un'amica vedo."])


def grade(exercises: Sequence[Exercise], answers: Sequence[str | None]) -> Grade:
    """Judge one answer for each exercise, in order."""
    judged = tuple(
        _judge(exercise, answer or "") for exercise, answer in zip(exercises, answers, strict=True)
    )
    return Grade(judged, score_of([each.verdict for each in judged]))


def score_of(verdicts: Sequence[AnswerVerdict]) -> int:
    halves = 2 * verdicts.count(AnswerVerdict.CORRECT) + verdicts.count(AnswerVerdict.ALMOST)
    # Halves are rounded up; round() would round them to the even neighbour.
    return (100 * halves + len(verdicts)) // (2 * len(verdicts))


def _judge(exercise: Exercise, answer: str) -> GradedAnswer:
    """Judge by the most similar right answer. The feedback of a wrong answer names the first right answer."""
    if not words(answer):
        return wrong(NO_ANSWER)
    judged = _judge_whole(exercise, answer)
    if judged.verdict is AnswerVerdict.CORRECT:
        return judged
    others = filter(words, _without_what_is_beside(exercise, answer))
    more = (
        other for text in others if (other := _judge_whole(exercise, text)).verdict is not AnswerVerdict.WRONG
    )
    nearest = min((judged, *more), key=distance)
    return nearest if nearest is not judged or not _are_all_right(exercise, answer) else correct()


def _without_what_is_beside(exercise: Exercise, answer: str) -> Iterator[str]:
    """The answer without what explains it."""
    yield from without_remarks(answer)
    if not isinstance(exercise, Translation) and (head := without_a_reason(answer)):
        yield head


def _are_all_right(exercise: Exercise, answer: str) -> bool:
    """Whether the answer is several right ones. One wrong one among them makes the whole wrong."""
    if isinstance(exercise, MultipleChoice):
        return False
    parts = alternatives(answer)
    return bool(parts) and all(
        _judge_whole(exercise, part).verdict is AnswerVerdict.CORRECT for part in parts
    )


def _judge_whole(exercise: Exercise, answer: str) -> GradedAnswer:
    if isinstance(exercise, MultipleChoice):
        return judge_choice(exercise, answer.strip())
    first = nearest = judge_by(exercise, exercise.correct_answer, answer)
    for accepted in _most_alike(exercise.accepted_answers, answer):
        if nearest.verdict is AnswerVerdict.CORRECT:
            return nearest
        nearest = min(nearest, judge_by(exercise, accepted, answer), key=distance)
    # "Più arance che mele" may be a slip away from another wording; the opposite of the first it stays.
    is_slip = nearest.verdict is AnswerVerdict.ALMOST
    return first if is_slip and isinstance(first, Opposite) else nearest


def _most_alike(accepted: Sequence[str], answer: str) -> list[str]:
    """The most similar right answers. Comparing with one takes milliseconds, and a teacher or a forged
    message may have added dozens.
    """
    small = answer.casefold()
    return sorted(accepted, key=lambda right: fuzz.ratio(right.casefold(), small), reverse=True)[
        :MOST_COMPARED
    ]


def judge_by(exercise: FillInBlank | Translation, right: str, answer: str) -> GradedAnswer:
    if isinstance(exercise, FillInBlank):
        return judge_gap(exercise.question, words(right), without_hint(exercise.question, answer))
    return judge_translation(exercise.question, right, answer)


def distance(judged: GradedAnswer) -> int:
    return _NEAREST_FIRST.index(judged.verdict)
