"""Finds the decisions that apply to an exercise, and their effect on the homework of a class."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from homework_api.database.queries.decisions import Classwork, DecisionRecord
from homework_api.grading.same_answer import key_of
from homework_api.grading.teachers_word import (
    Decided,
    Judge,
    Stored,
    exercise_of,
    overrule,
    remembering,
)


def in_force(
    stored: Stored, decisions: Sequence[DecisionRecord], homework_id: int
) -> dict[str, DecisionRecord]:
    """The decisions about this exercise, by answer. A decision for this homework takes precedence over one
    for the class.
    """
    concern = [
        each
        for each in decisions
        if each.question == stored["question"] and each.homework_id in {None, homework_id}
    ]
    exercise = exercise_of(stored) if concern else None
    own_last = sorted(concern, key=lambda each: each.homework_id is not None)
    return {key_of(exercise, each.answer): each for each in own_last} if exercise else {}


def with_decisions(
    exercises: Sequence[Stored], decisions: Sequence[DecisionRecord], homework_id: int
) -> list[dict[str, object]]:
    """The exercises of one homework, with the decisions that apply now and no others."""
    return [
        remembering(
            stored,
            [
                Decided(each.answer, each.is_right)
                for each in in_force(stored, decisions, homework_id).values()
            ],
        )
        for stored in exercises
    ]


def reconsidered(
    classwork: Sequence[Classwork], decisions: Sequence[DecisionRecord], judge: Judge
) -> Iterator[Classwork]:
    """The homework that these decisions change, in their new state."""
    for one in classwork:
        if not one.exercises or not one.status.is_written:
            continue
        exercises = with_decisions(one.exercises, decisions, one.id)
        if exercises == one.exercises:
            continue
        changed = replace(one, exercises=exercises)
        if one.answers and one.grade:
            graded = overrule(exercises, one.answers, one.grade, judge)
            changed = replace(changed, grade=graded.answers, score=graded.score)
        yield changed
