"""Right exercises in the form in which a model writes them. They come from the mock generator."""

import re
from collections import defaultdict
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

from homework_generator.writing.requests import Request
from homework_mock_generator.content import Content
from homework_mock_generator.generate import MockGenerator
from homework_shared.exercises.curriculum import Grammar, curriculum
from homework_shared.exercises.exercise import CefrLevel, Exercise, ExerciseType
from homework_shared.exercises.messages import GenerateHomework

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_PAGE = 18
_FIRST_SEED = 500
"""A seed other than that of the prompts' examples, which a model must not copy."""

_Cell = tuple[CefrLevel, Grammar, ExerciseType]


class PhraseBook:
    """Writes what a prompt requests, with another exercise each time."""

    def __init__(self) -> None:
        self._mock = MockGenerator(Content.load())
        self._seeds = count(_FIRST_SEED)
        self._pages: defaultdict[_Cell, list[Exercise]] = defaultdict(list)

    def exercise(self, request: Request) -> dict[str, Any]:
        """One exercise with the level, the grammar and the type of the request."""
        level = CefrLevel(re.findall(r"^Level: (\w\d)", request.prompt, re.MULTILINE)[0])
        kind = ExerciseType(request.schema["properties"]["type"]["const"])
        cell = level, _grammar(request.prompt), kind
        if not self._pages[cell]:
            self._pages[cell] = self._new_page(*cell)
        return as_written(self._pages[cell].pop())

    def _new_page(self, level: CefrLevel, grammar: Grammar, kind: ExerciseType) -> list[Exercise]:
        job = GenerateHomework(
            job_id=UUID(int=0), cefr_level=level, grammar_focus=grammar.value, quantity=_PAGE,
            exercise_types=(kind,), seed=next(self._seeds), created_at=_EPOCH, deadline_at=_EPOCH,
        )  # fmt: skip
        return list(self._mock.write(job))


def as_written(exercise: Exercise) -> dict[str, Any]:
    """The JSON that a model has to write: wrong options in place of the options, and no optional fields."""
    written = exercise.model_dump(mode="json", exclude={"options", "accepted_answers"})
    if exercise.options:
        wrong = [option for option in exercise.options if option != exercise.correct_answer]
        return written | {"wrong_options": wrong}
    return written


def _grammar(prompt: str) -> Grammar:
    titles = re.findall(r"^Rule \((.+?)\): ", prompt, re.MULTILINE)
    known = {lesson.title: grammar for grammar, lesson in curriculum().grammars.items()}
    return known[titles[0]] if titles else Grammar.PRESENT
