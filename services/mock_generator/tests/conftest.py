from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from random import Random
from uuid import UUID

import pytest
from tests.support.messages import job

from homework_mock_generator.content import Content
from homework_mock_generator.generate import MockGenerator, practices
from homework_mock_generator.matching import Scope
from homework_mock_generator.sentences import Sentence
from homework_shared.exercises.curriculum import Grammar
from homework_shared.exercises.exercise import CefrLevel
from homework_shared.exercises.messages import GenerateHomework

MakeJob = Callable[..., GenerateHomework]
Corpus = dict[tuple[Grammar, CefrLevel], list[Sentence]]

CREATED = datetime(2026, 1, 7, 9, tzinfo=UTC)
SENTENCES_PER_CELL = 300


@pytest.fixture(scope="session")
def content() -> Content:
    return Content.load()


@pytest.fixture(scope="session")
def generator(content: Content) -> MockGenerator:
    return MockGenerator(content)


@pytest.fixture(scope="session")
def corpus(content: Content) -> Corpus:
    """The first sentences of every grammar at every level, about forty thousand."""
    known = practices(content)
    return {
        (grammar, level): list(
            islice(known[grammar].sentences(Scope(level, (grammar,)), Random(1)), SENTENCES_PER_CELL)
        )
        for grammar in Grammar
        for level in CefrLevel
    }


@pytest.fixture(scope="session")
def make_job() -> MakeJob:
    def make(**changes: object) -> GenerateHomework:
        fields = {"job_id": UUID(int=1), "cefr_level": CefrLevel.A1, "quantity": 20, "seed": 1}
        return job(60, created_at=CREATED, **(fields | changes))

    return make
