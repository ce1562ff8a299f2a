"""What must hold for every homework, whatever the level, the focus, the type and the seed."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import combinations

import pytest

from homework_mock_generator.content import Content, Determiner
from homework_mock_generator.generate import MockGenerator
from homework_shared.exercises import BLANK, CefrLevel, ExerciseType, FillInBlank, MultipleChoice
from homework_shared.messages import GenerateHomework, HomeworkGenerated

MakeJob = Callable[..., GenerateHomework]
Cell = tuple[CefrLevel, str, ExerciseType]

SEEDS = range(50)
ALL_FOCUSES = (
    "definite articles",
    "indefinite articles",
    "articoli partitivi",
    "preposizioni articolate",
)


def words(text: str) -> list[str]:
    return re.findall(r"\w+'?", text.lower())


def test_every_cell_fills_the_longest_homework_without_repeating_a_question(
    generator: MockGenerator, make_job: MakeJob, cell: Cell
) -> None:
    level, focus, type_ = cell
    for seed in SEEDS:
        job = make_job(cefr_level=level, grammar_focus=focus, exercise_types=[type_], seed=seed)
        exercises = generator.write(job)
        assert [exercise.type for exercise in exercises] == [type_] * 20
        assert len({exercise.question for exercise in exercises}) == 20


def test_no_gap_shows_its_answer_and_no_option_comes_twice(
    generator: MockGenerator, make_job: MakeJob, cell: Cell
) -> None:
    level, focus, type_ = cell
    for seed in SEEDS:
        job = make_job(cefr_level=level, grammar_focus=focus, exercise_types=[type_], seed=seed)
        for exercise in generator.write(job):
            if isinstance(exercise, FillInBlank | MultipleChoice):
                assert exercise.question.count(BLANK) == 1
                answer, question = f" {exercise.correct_answer} ", " ".join(words(exercise.question))
                assert answer.lower() not in f" {question} ", exercise
            if isinstance(exercise, MultipleChoice):
                assert len(set(exercise.options)) == 4


def test_the_same_job_is_the_same_homework_and_thirty_seeds_are_thirty_homeworks(
    generator: MockGenerator, make_job: MakeJob, cell: Cell
) -> None:
    level, focus, type_ = cell
    jobs = [
        make_job(cefr_level=level, grammar_focus=focus, exercise_types=[type_], seed=seed, quantity=5)
        for seed in range(30)
    ]
    homeworks = [generator.write(job) for job in jobs]
    assert homeworks == [generator.write(job) for job in jobs]
    assert all(one != other for one, other in combinations(homeworks, 2))


def test_hash_randomisation_does_not_change_the_homework(make_job: MakeJob) -> None:
    script = (
        "import sys; from homework_mock_generator.content import Content;"
        "from homework_mock_generator.generate import MockGenerator;"
        "from homework_shared.messages import GenerateHomework as Job;"
        "print(MockGenerator(Content.load()).write(Job.model_validate_json(sys.argv[1])))"
    )
    body = make_job(topic="food and travel").model_dump_json()
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script, body],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(outputs) == 1


@pytest.mark.parametrize("type_", ExerciseType)
@pytest.mark.parametrize("focus", [None, "congiuntivo", *ALL_FOCUSES])
@pytest.mark.parametrize("level", CefrLevel)
def test_every_other_focus_fills_the_longest_homework_too(
    generator: MockGenerator, make_job: MakeJob, level: CefrLevel, focus: str | None, type_: ExerciseType
) -> None:
    for seed in range(10):
        job = make_job(cefr_level=level, grammar_focus=focus, exercise_types=[type_], seed=seed)
        assert len({exercise.question for exercise in generator.write(job)}) == 20


@pytest.mark.parametrize("quantity", range(1, 21))
def test_types_come_in_turn_and_the_homework_fits_its_message(
    generator: MockGenerator, make_job: MakeJob, quantity: int
) -> None:
    job = make_job(quantity=quantity, exercise_types=["multiple_choice", "translation"])
    exercises = generator.write(job)
    assert [exercise.type for exercise in exercises] == (["multiple_choice", "translation"] * 10)[:quantity]
    HomeworkGenerated(
        job_id=job.job_id,
        exercises=exercises,
        generated_by="mock",
        model="mock",
        worker_id="mock-1",
        queue_seconds=0,
        generation_seconds=0,
    )


def test_a_short_homework_does_not_repeat_a_verb(generator: MockGenerator, make_job: MakeJob) -> None:
    for seed in SEEDS:
        job = make_job(grammar_focus="present", exercise_types=["fill_in_blank"], seed=seed)
        hints = [exercise.question.split("(")[1].split(",")[0] for exercise in generator.write(job)]
        assert len(set(hints)) == 20


def test_the_answer_stands_at_every_position_of_the_options(
    generator: MockGenerator, make_job: MakeJob
) -> None:
    exercises = generator.write(make_job(exercise_types=["multiple_choice"]))
    positions = {
        exercise.options.index(exercise.correct_answer)
        for exercise in exercises
        if isinstance(exercise, MultipleChoice)
    }
    assert positions == {0, 1, 2, 3}


def test_a_focus_on_one_determiner_practises_nothing_else(
    generator: MockGenerator, make_job: MakeJob
) -> None:
    expected = {
        "articoli determinativi": Determiner.DEFINITE,
        "Indefinite_Articles": Determiner.INDEFINITE,
        "partitive articles": Determiner.PARTITIVE,
    }
    for focus, kind in expected.items():
        for exercise in generator.write(make_job(grammar_focus=focus, exercise_types=["fill_in_blank"])):
            assert f"({kind} article)" in exercise.question


def test_a_topic_chooses_the_vocabulary(
    generator: MockGenerator, make_job: MakeJob, content: Content
) -> None:
    food = {noun.it for noun in content.nouns if "food" in noun.topics}
    food |= {noun.plural or noun.it for noun in content.nouns if "food" in noun.topics}
    job = make_job(grammar_focus="articles", topic="Italian food", exercise_types=["fill_in_blank"])
    assert all(food & set(words(exercise.question)) for exercise in generator.write(job))
