"""A sentence of the mock generator is reconstructed from its text; for any other sentence the result is
empty.
"""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from homework_mock_generator.content import Content
from homework_mock_generator.generate import MockGenerator
from homework_shared.exercises.curriculum import Grammar, curriculum
from homework_shared.exercises.exercise import CefrLevel, Exercise, ExerciseType, Translation
from homework_shared.exercises.messages import GenerateHomework
from tests.eval.found_again import accepted_by_the_mock

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def generator() -> MockGenerator:
    return MockGenerator(Content.load())


def written(generator: MockGenerator, grammar: Grammar, kind: ExerciseType) -> list[Exercise]:
    job = GenerateHomework(
        job_id=UUID(int=0), cefr_level=CefrLevel.B1, grammar_focus=grammar.value, quantity=2,
        exercise_types=(kind,), seed=5, created_at=EPOCH, deadline_at=EPOCH,
    )  # fmt: skip
    return list(generator.write(job))


# The number is one of thousands, and each draw has twelve.
@pytest.mark.parametrize("grammar", [each for each in Grammar if each is not Grammar.NUMBERS_AND_TIME])
@pytest.mark.parametrize("kind", [ExerciseType.FILL_IN_BLANK, ExerciseType.TRANSLATION])
def test_what_the_mock_accepts_is_found_again(
    generator: MockGenerator, grammar: Grammar, kind: ExerciseType
) -> None:
    for exercise in written(generator, grammar, kind):
        bare = exercise.model_copy(update={"accepted_answers": ()})
        title = curriculum().grammars[grammar].title
        assert accepted_by_the_mock(bare, title) == exercise.accepted_answers, exercise


def test_the_grammar_need_not_be_known(generator: MockGenerator) -> None:
    exercise = written(generator, Grammar.PASSIVE, ExerciseType.TRANSLATION)[0]
    assert exercise.accepted_answers
    bare = exercise.model_copy(update={"accepted_answers": ()})
    assert accepted_by_the_mock(bare) == exercise.accepted_answers


def test_nothing_is_found_for_a_sentence_that_the_mock_does_not_write() -> None:
    exercise = Translation(
        question="Translate: Every evening the astronaut feeds the dragon.",
        correct_answer="Ogni sera l'astronauta dà da mangiare al drago.",
        explanation="“Dà” is the third person singular of “dare”.",
    )
    assert accepted_by_the_mock(exercise) == ()
