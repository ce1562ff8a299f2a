"""The generator's self-check accepts a solution unless grading would call it wrong."""

from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID

import pytest

from homework_api.grading.grade import grade
from homework_api.grading.verdicts import AnswerVerdict
from homework_generator.writing.solving import is_solved
from homework_mock_generator.content import Content
from homework_mock_generator.generate import MockGenerator
from homework_shared.exercises.curriculum import Grammar
from homework_shared.exercises.exercise import CefrLevel, Exercise, ExerciseType
from homework_shared.exercises.messages import GenerateHomework

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_LEVELS = (CefrLevel.A1, CefrLevel.B1, CefrLevel.C1)


def exercises(kind: ExerciseType) -> list[Exercise]:
    mock = MockGenerator(Content.load())
    return [
        exercise
        for level in _LEVELS
        for grammar in Grammar
        for exercise in mock.write(
            GenerateHomework(
                job_id=UUID(int=0), cefr_level=level, grammar_focus=grammar.value, quantity=6,
                exercise_types=(kind,), seed=3, created_at=_EPOCH, deadline_at=_EPOCH,
            )
        )
    ]  # fmt: skip


def graded(exercise: Exercise, solution: str) -> AnswerVerdict:
    [answer] = grade([exercise], [solution]).answers
    return answer.verdict


@pytest.mark.parametrize("kind", [ExerciseType.FILL_IN_BLANK, ExerciseType.TRANSLATION])
def test_the_answer_solves_its_exercise_for_both(kind: ExerciseType) -> None:
    for exercise in exercises(kind):
        assert is_solved(exercise, exercise.correct_answer)
        assert graded(exercise, exercise.correct_answer) is AnswerVerdict.CORRECT


def test_for_a_gap_another_exercises_answer_solves_it_for_both_or_for_neither() -> None:
    for one, other in pairwise(exercises(ExerciseType.FILL_IN_BLANK)):
        is_right = graded(one, other.correct_answer) is AnswerVerdict.CORRECT
        assert is_solved(one, other.correct_answer) == is_right, (one.question, other.correct_answer)


def test_for_a_translation_the_two_judge_nearly_every_other_solution_alike() -> None:
    pairs = list(pairwise(exercises(ExerciseType.TRANSLATION)))
    solutions = [(one, other.correct_answer) for one, other in pairs]
    # The variants are the sentence with another last word, and the sentence without its first word.
    solutions += [(one, f"{one.correct_answer.rsplit(' ', 1)[0]} insieme") for one, _ in pairs]
    solutions += [(one, one.correct_answer.split(" ", 1)[1]) for one, _ in pairs]
    agreed = sum(
        is_solved(one, solution) == (graded(one, solution) is not AnswerVerdict.WRONG)
        for one, solution in solutions
    )
    # The two measure similarity with different libraries, so they may differ by one point near the threshold.
    assert agreed / len(solutions) > 0.95
