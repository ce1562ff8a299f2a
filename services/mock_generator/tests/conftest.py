from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from homework_mock_generator.content import Content
from homework_mock_generator.generate import MockGenerator
from homework_shared.exercises import CefrLevel, ExerciseType
from homework_shared.messages import GenerateHomework

MakeJob = Callable[..., GenerateHomework]
Cell = tuple[CefrLevel, str, ExerciseType]

CREATED = datetime(2026, 1, 7, 9, tzinfo=UTC)
FOCUSES = ("present_tense", "passato prossimo", "articles")
CELLS: list[Cell] = list(product(CefrLevel, FOCUSES, ExerciseType))


@pytest.fixture(scope="session")
def content() -> Content:
    return Content.load()


@pytest.fixture(scope="session")
def generator(content: Content) -> MockGenerator:
    return MockGenerator(content)


@pytest.fixture(scope="session")
def make_job() -> MakeJob:
    def make(**changes: object) -> GenerateHomework:
        fields: dict[str, object] = {
            "job_id": UUID(int=1),
            "cefr_level": CefrLevel.A1,
            "quantity": 20,
            "exercise_types": tuple(ExerciseType),
            "seed": 1,
            "created_at": CREATED,
            "deadline_at": CREATED + timedelta(minutes=1),
        }
        return GenerateHomework.model_validate(fields | changes)

    return make


@pytest.fixture(params=CELLS, ids=lambda cell: "-".join(cell).replace(" ", "_"))
def cell(request: pytest.FixtureRequest) -> Cell:
    parameter: Cell = request.param
    return parameter
