"""The checks on trial stay as good as they were measured, on judged exercises and on the mock generator's."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from homework_mock_generator.content import Content
from homework_mock_generator.generate import MockGenerator
from homework_shared.exercises.curriculum import Grammar
from homework_shared.exercises.exercise import CefrLevel, ExerciseType
from homework_shared.exercises.messages import GenerateHomework
from homework_shared.language.asked import Asked
from homework_shared.language.examine import problems
from tests.eval.judged import FILES, examine, read, score

MEASURED = {"small_model": (34, 1), "subtle": (38, 4)}
"""Wrong exercises caught at least, and right ones refused at most."""
REFUSED_OF_THE_MOCK = 19
"""Of 2,070 exercises, which are right, at most."""
EACH = 15
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_checks_catch_and_refuse_as_measured(file: Path) -> None:
    found = score(file.name, examine(read(file)))
    caught, refused = MEASURED[file.stem]
    assert found.caught >= caught
    assert found.refused <= refused


def test_few_exercises_of_the_mock_are_refused() -> None:
    generator, now = MockGenerator(Content.load()), datetime.now(UTC)
    written = refused = 0
    for grammar in Grammar:
        for level in CefrLevel:
            job = GenerateHomework(
                job_id=UUID(int=1), cefr_level=level, grammar_focus=grammar.value, quantity=EACH,
                exercise_types=tuple(ExerciseType), seed=1, created_at=now, deadline_at=now + MINUTE,
            )  # fmt: skip
            asked = Asked(level, grammar.value, None)
            found = [problems(exercise, asked) for exercise in generator.write(job)]
            written += len(found)
            refused += sum(bool(list(each)) for each in found)
    assert written == EACH * len(Grammar) * len(CefrLevel)
    assert refused <= REFUSED_OF_THE_MOCK
