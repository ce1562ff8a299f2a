"""The API's grading accepts the mock generator's expected answers as students type them."""

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from homework_api.grading.grade import grade
from homework_api.grading.verdicts import AnswerVerdict
from homework_mock_generator.content import Content
from homework_mock_generator.generate import MockGenerator
from homework_shared.exercises.checks import plain
from homework_shared.exercises.curriculum import Grammar
from homework_shared.exercises.exercise import BLANK, CefrLevel, Exercise, ExerciseType, MultipleChoice
from homework_shared.exercises.messages import GenerateHomework

CREATED = datetime(2026, 1, 7, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def generator() -> MockGenerator:
    return MockGenerator(Content.load())


def as_typed(exercise: Exercise) -> Iterator[str]:
    for answer in exercise.right_answers:
        yield from typed_otherwise(exercise, answer)


def typed_otherwise(exercise: Exercise, answer: str) -> Iterator[str]:
    yield from (answer, answer.upper(), answer.replace("'", "’"), unicodedata.normalize("NFD", answer))
    yield f"  «{answer}» !"
    if exercise.type is not ExerciseType.TRANSLATION:
        yield exercise.question.replace(BLANK, answer)


@pytest.mark.parametrize("grammar", Grammar)
@pytest.mark.parametrize("level", CefrLevel)
def test_the_right_answer_counts_however_it_is_typed_and_no_other_option_does(
    generator: MockGenerator, level: CefrLevel, grammar: Grammar
) -> None:
    job = GenerateHomework(
        job_id=UUID(int=1),
        cefr_level=level,
        grammar_focus=grammar,
        quantity=9,
        exercise_types=tuple(ExerciseType),
        seed=1,
        created_at=CREATED,
        deadline_at=CREATED + timedelta(minutes=1),
    )
    for exercise in generator.write(job):
        for typed in as_typed(exercise):
            assert grade([exercise], [typed]).score == 100, (exercise, typed)
        assert len({plain(answer) for answer in exercise.right_answers}) == len(exercise.right_answers)
        others = set(exercise.options or ()) - {exercise.correct_answer}
        assert len(others) == (3 if isinstance(exercise, MultipleChoice) else 0)
        # Exactly one option is right.
        assert not isinstance(exercise, MultipleChoice) or not exercise.accepted_answers
        for option in others:
            assert grade([exercise], [option]).answers[0].verdict is AnswerVerdict.WRONG, (exercise, option)
