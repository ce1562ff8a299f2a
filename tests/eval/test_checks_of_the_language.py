"""The shares of judged exercises, and of the mock generator's, that the language checks catch and refuse."""

import cProfile
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import get_args
from uuid import UUID

import pytest

from homework_mock_generator.content import Content
from homework_mock_generator.generate import MockGenerator
from homework_shared.exercises.checks import Check
from homework_shared.exercises.curriculum import Grammar, Topic
from homework_shared.exercises.exercise import CefrLevel, Exercise, ExerciseType
from homework_shared.exercises.messages import GenerateHomework
from homework_shared.language.asked import Asked
from homework_shared.language.examine import problems, problems_if_answered, problems_of_each
from tests.eval.judged import FILES, examine, read, score

CAUGHT_AT_LEAST = {"small_model": 0.95, "subtle": 0.95, "more_wrong": 0.70, "later_wrong": 0.80}
"""The lowest share of the wrong exercises."""
REFUSED_AT_MOST = 0.03
"""The highest share of the right exercises."""
EACH = 7
CALLS = 520
"""The limit is a twelfth above the measured count."""
MEMORY_BYTES = 60e6
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_most_of_what_is_wrong_is_caught_and_hardly_anything_right_is_refused(file: Path) -> None:
    found = score(file.name, examine(read(file)))
    assert found.caught >= CAUGHT_AT_LEAST.get(file.stem, 0) * found.wrong
    assert found.refused <= REFUSED_AT_MOST * found.right


@pytest.mark.timeout(600)  # It takes half a minute on an otherwise idle machine.
def test_none_of_twelve_thousand_exercises_of_the_mock_is_refused() -> None:
    """Each finding here is a mistake of the mock generator or of a check."""
    written = accepted = 0
    refused = []
    for asked, exercise in _of_the_mock(MockGenerator(Content.load())):
        written += 1
        if found := problems(exercise, asked):
            refused.append((asked, exercise.question, exercise.correct_answer, found))
        for answer in exercise.accepted_answers:
            accepted += 1
            if found := problems_if_answered(exercise, answer, asked):
                refused.append((asked, exercise.question, answer, found))
    assert written > 12_000
    assert accepted > 4_000
    assert refused == []


def _of_the_mock(generator: MockGenerator) -> Iterator[tuple[Asked, Exercise]]:
    now = datetime.now(UTC)
    cells = product(CefrLevel, Grammar, get_args(Topic))
    for seed, (level, grammar, topic) in enumerate(cells):
        job = GenerateHomework(
            job_id=UUID(int=1), cefr_level=level, grammar_focus=grammar.value, topic=topic, quantity=EACH,
            exercise_types=tuple(ExerciseType), seed=seed, created_at=now, deadline_at=now + MINUTE,
        )  # fmt: skip
        for exercise in generator.write(job):
            yield Asked(level, grammar.value, topic), exercise


def test_exercises_that_are_examined_together_have_the_problems_that_each_has_alone() -> None:
    judged = [one for file in FILES for one in read(file)]
    exercises = [
        (one.exercise, Asked(one.level, one.grammar_focus or one.grammar, one.topic)) for one in judged
    ]
    longest = exercises[0][0].model_copy(update={"correct_answer": "molto " * 200})
    exercises.insert(1, (longest, Asked()))
    together = problems_of_each(exercises)
    assert [problem.check for problem in together[1]] == [Check.LENGTH]
    assert together == [problems(*each) for each in exercises]
    assert problems_of_each([]) == []


def test_an_exercise_costs_few_calls() -> None:
    """Calls are counted, because milliseconds depend on the machine."""
    judged = [one for file in FILES for one in read(file)]
    examine(judged)  # Words that occurred before are cached.
    profile = cProfile.Profile(builtins=False)
    profile.runcall(examine, judged)
    calls = sum(entry.callcount for entry in profile.getstats())
    assert calls / len(judged) < CALLS


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's /proc")
def test_the_tables_take_at_most_sixty_megabytes_of_a_process() -> None:
    told = subprocess.run([sys.executable, "-c", _MEMORY], capture_output=True, text=True, check=True)
    assert 1e6 < float(told.stdout) < MEMORY_BYTES


_MEMORY = """
import resource
from pathlib import Path
from homework_shared.exercises.curriculum import curriculum

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

curriculum()
before = resident()
from homework_shared.language.examine import load
load()
print(resident() - before)
"""
