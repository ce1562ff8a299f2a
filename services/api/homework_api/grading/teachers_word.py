"""Applies a teacher's decisions about answers on top of the grading by rules (docs/adr/0037).

A stored exercise keeps its decisions beside its original answers, and a stored grade that a decision changed
keeps the verdict of the rules. So a decision can be withdrawn without grading anything else again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter

from homework_api.grading.grade import distance, grade, judge_by, score_of
from homework_api.grading.same_answer import is_blank, key_of
from homework_api.grading.verdicts import AnswerVerdict, GradedAnswer, wrong
from homework_shared.exercises.exercise import (
    MAX_ACCEPTED_ANSWERS,
    Exercise,
    FillInBlank,
    MultipleChoice,
    Translation,
)

ACCEPTED = "Your teacher accepts this answer."
REFUSED = "Your teacher does not accept this answer."

Stored = Mapping[str, Any]
"""An exercise or a graded answer, as the database holds it."""
Judge = Callable[[FillInBlank | Translation, str, str], GradedAnswer]
"""What the rules say of an answer, held against one right answer."""

_EXERCISE: TypeAdapter[Exercise] = TypeAdapter(Exercise)


@dataclass(frozen=True, slots=True)
class Decided:
    """One answer to an exercise, and whether the teacher accepts it."""

    answer: str
    right: bool


@dataclass(frozen=True, slots=True)
class StoredGrade:
    """A stored grade. `answers` are as they are stored: a verdict and its feedback, and beside them the
    verdict of the rules where a decision changed it.
    """

    answers: list[dict[str, Any]]
    score: int


def exercise_of(stored: Stored) -> Exercise:
    """The exercise as its generator wrote it."""
    return _EXERCISE.validate_python(stored)


def decided_of(stored: Stored) -> list[Decided]:
    return [Decided(**one) for one in stored.get("decided", ())]


def remembering(stored: Stored, decided: Sequence[Decided]) -> dict[str, Any]:
    """The exercise with these decisions in place of its previous ones."""
    bare = {name: value for name, value in stored.items() if name != "decided"}
    return bare | {"decided": [asdict(one) for one in decided]} if decided else bare


def as_decided(stored: Stored) -> dict[str, Any]:
    """The exercise with the right answers that it has after the decisions: this is shown, exported and
    printed.
    """
    decided = decided_of(stored)
    if not decided:
        return dict(stored)
    exercise = exercise_of(stored)
    refused = {key_of(exercise, one.answer) for one in decided if not one.right}
    by_key: dict[str, str] = {}
    for answer in (exercise.correct_answer, *_accepted(exercise, decided), *exercise.accepted_answers):
        by_key.setdefault(key_of(exercise, answer), answer)
    right = [answer for key, answer in by_key.items() if key not in refused]
    first, *others = right or [exercise.correct_answer]
    return dict(stored) | {"correct_answer": first, "accepted_answers": others[:MAX_ACCEPTED_ANSWERS]}


def _accepted(exercise: Exercise, decided: Sequence[Decided]) -> list[str]:
    """Of a multiple choice the options only: elsewhere nothing else could be chosen."""
    accepted = [one.answer for one in decided if one.right]
    if isinstance(exercise, MultipleChoice):
        return [answer for answer in accepted if answer in exercise.options]
    return accepted


def grade_stored(exercises: Sequence[Stored], answers: Sequence[str | None]) -> StoredGrade:
    """Judge one answer for each exercise, by the rules and by the teacher's decisions."""
    by_rule = grade([exercise_of(one) for one in exercises], answers)
    return overrule(exercises, answers, [asdict(one) for one in by_rule.answers])


def overrule(
    exercises: Sequence[Stored],
    answers: Sequence[str | None],
    grades: Sequence[Stored],
    judge: Judge = judge_by,
) -> StoredGrade:
    """Apply a teacher's decisions to a stored grade. The verdict of the rules is kept."""
    laid = [
        _laid_over(stored, answer or "", graded.get("rules", graded), judge)
        for stored, answer, graded in zip(exercises, answers, grades, strict=True)
    ]
    return StoredGrade(laid, score_of([AnswerVerdict(one["verdict"]) for one in laid]))


def _laid_over(stored: Stored, answer: str, rules: Stored, judge: Judge) -> dict[str, Any]:
    decided = decided_of(stored)
    if not decided or is_blank(answer):
        return dict(rules)
    exercise = exercise_of(stored)
    given = key_of(exercise, answer)
    for one in decided:
        if key_of(exercise, one.answer) == given:
            word = GradedAnswer(AnswerVerdict.CORRECT, ACCEPTED) if one.right else wrong(REFUSED)
            return asdict(word) | {"by_teacher": True, "rules": dict(rules)}
    nearer = _nearer(exercise, [one.answer for one in decided if one.right], answer, rules, judge)
    return asdict(nearer) | {"rules": dict(rules)} if nearer else dict(rules)


def _nearer(
    exercise: Exercise, accepted: Sequence[str], answer: str, rules: Stored, judge: Judge
) -> GradedAnswer | None:
    """What the rules say by an answer that the teacher accepted, if that is better."""
    if isinstance(exercise, MultipleChoice) or not accepted:
        return None
    nearest = min((judge(exercise, right, answer) for right in accepted), key=distance)
    by_rules = GradedAnswer(AnswerVerdict(rules["verdict"]))
    return nearest if distance(nearest) < distance(by_rules) else None
