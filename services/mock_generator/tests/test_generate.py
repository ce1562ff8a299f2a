"""Properties of every homework, for every level, grammar, topic, type and seed."""

import cProfile
import os
import pstats
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from itertools import combinations, pairwise
from statistics import mean
from typing import get_args

import pytest

from homework_mock_generator.conjugation import LABELS
from homework_mock_generator.content import Content
from homework_mock_generator.generate import MockGenerator
from homework_shared.exercises.checks import problems_of_homework
from homework_shared.exercises.curriculum import ArticleKind, Grammar, Topic
from homework_shared.exercises.exercise import CefrLevel, ExerciseType, FillInBlank, MultipleChoice
from homework_shared.exercises.messages import GenerateHomework, HomeworkGenerated

MakeJob = Callable[..., GenerateHomework]

SEEDS = range(50)
TOPICS: tuple[Topic, ...] = get_args(Topic)
VERBAL = {
    Grammar.PASSATO_PROSSIMO, Grammar.IMPERFETTO, Grammar.FUTURE, Grammar.CONDITIONAL, Grammar.IMPERATIVE,
    Grammar.SUBJUNCTIVE_PRESENT, Grammar.SUBJUNCTIVE_IMPERFECT, Grammar.PASSATO_REMOTO, Grammar.HYPOTHETICAL,
}  # fmt: skip


def words(text: str) -> list[str]:
    return re.findall(r"\w+'?", text.lower())


@pytest.mark.parametrize("type_", ExerciseType)
@pytest.mark.parametrize("grammar", Grammar)
@pytest.mark.parametrize("level", CefrLevel)
def test_every_combination_passes_all_checks_for_fifty_seeds(
    generator: MockGenerator, make_job: MakeJob, level: CefrLevel, grammar: Grammar, type_: ExerciseType
) -> None:
    for seed in SEEDS:
        # Some homework has the greatest length, which a combination with little content might not reach.
        quantity = 20 if seed % 10 == 0 else 5
        job = make_job(
            cefr_level=level,
            grammar_focus=grammar.value,
            topic=TOPICS[seed % len(TOPICS)],
            exercise_types=[type_],
            seed=seed,
            quantity=quantity,
        )
        assert problems_of_homework(generator.write(job), [type_] * quantity) == []


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("level", CefrLevel)
def test_every_topic_at_every_level_has_enough_for_a_homework_without_a_focus(
    generator: MockGenerator, make_job: MakeJob, level: CefrLevel, topic: Topic
) -> None:
    for seed in range(5):
        job = make_job(cefr_level=level, topic=topic, seed=seed)
        types = (list(ExerciseType) * 7)[:20]
        assert problems_of_homework(generator.write(job), types) == []


@pytest.mark.parametrize("grammar", sorted(VERBAL))
@pytest.mark.parametrize("level", CefrLevel)
def test_a_focus_is_practised_to_the_last_exercise(
    generator: MockGenerator, make_job: MakeJob, level: CefrLevel, grammar: Grammar
) -> None:
    # A combination that runs out of sentences falls back on the present, which its hint would show.
    for topic in TOPICS:
        job = make_job(cefr_level=level, grammar_focus=grammar, topic=topic, exercise_types=["fill_in_blank"])
        assert not [e.question for e in generator.write(job) if ", presente)" in e.question]


@pytest.mark.parametrize("grammar", Grammar)
@pytest.mark.parametrize("level", CefrLevel)
def test_thirty_classmates_get_different_homework_and_the_same_job_gets_the_same(
    generator: MockGenerator, make_job: MakeJob, level: CefrLevel, grammar: Grammar
) -> None:
    jobs = [make_job(cefr_level=level, grammar_focus=grammar, seed=seed, quantity=5) for seed in range(30)]
    homeworks = [generator.write(job) for job in jobs]
    assert homeworks[:3] == [generator.write(job) for job in jobs[:3]]
    assert all(one != other for one, other in combinations(homeworks, 2))


def test_hash_randomisation_does_not_change_the_homework(make_job: MakeJob) -> None:
    script = (
        "import sys; from homework_mock_generator.content import Content;"
        "from homework_mock_generator.generate import MockGenerator;"
        "from homework_shared.exercises.messages import GenerateHomework as Job;"
        "print(MockGenerator(Content.load()).write(Job.model_validate_json(sys.argv[1])))"
    )
    body = make_job(topic="food and travel", cefr_level="C1").model_dump_json()
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


def test_the_answer_is_equally_often_at_every_position(generator: MockGenerator, make_job: MakeJob) -> None:
    positions: Counter[int] = Counter()
    for seed in SEEDS:
        for exercise in generator.write(make_job(exercise_types=["multiple_choice"], seed=seed)):
            assert isinstance(exercise, MultipleChoice)
            positions[exercise.options.index(exercise.correct_answer)] += 1
    # Of 1,000 exercises a fair share is 250, and five standard deviations are 68.
    assert all(abs(count - 250) < 68 for count in positions.values()), positions


def test_a_focus_on_one_article_practises_nothing_else(generator: MockGenerator, make_job: MakeJob) -> None:
    expected: dict[str, ArticleKind] = {
        "articoli determinativi": "definite",
        "Indefinite_Articles": "indefinite",
        "partitive articles": "partitive",
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


def test_longer_sentences_and_more_tenses_come_with_each_level(
    generator: MockGenerator, make_job: MakeJob
) -> None:
    lengths, tenses = [], []
    for level in CefrLevel:
        jobs = [make_job(cefr_level=level, seed=seed, exercise_types=["translation"]) for seed in SEEDS]
        answers = [exercise.correct_answer for job in jobs for exercise in generator.write(job)]
        lengths.append(mean(len(words(answer)) for answer in answers))
        jobs = [make_job(cefr_level=level, seed=seed, exercise_types=["fill_in_blank"]) for seed in SEEDS]
        hints = " ".join(exercise.question for job in jobs for exercise in generator.write(job))
        tenses.append(sum(f", {label})" in hints for label in LABELS.values()))
    assert all(shorter + 0.3 < longer for shorter, longer in pairwise(lengths)), lengths
    assert tenses == sorted(tenses), tenses
    assert (tenses[0], tenses[-1] >= 9) == (1, True), tenses


def test_no_opener_is_repeated_in_a_homework(
    generator: MockGenerator, make_job: MakeJob, content: Content
) -> None:
    for level in ("B1", "C2"):
        openings = [opener.it for opener in content.openers if opener.level == level]
        for seed in SEEDS:
            job = make_job(cefr_level=level, exercise_types=["fill_in_blank"], seed=seed)
            text = "\n".join(exercise.question.lower() for exercise in generator.write(job))
            assert all(f"\n{text}".count(f"\n{opening}") <= 1 for opening in openings)


def test_twenty_exercises_cost_a_bounded_number_of_steps(generator: MockGenerator, make_job: MakeJob) -> None:
    # Steps are counted instead of seconds, because machines differ.
    jobs = [
        make_job(cefr_level=level, grammar_focus=grammar) for grammar in Grammar for level in ("A1", "C2")
    ]
    for job in jobs:
        generator.write(job)
        with cProfile.Profile() as profile:
            generator.write(job)
        assert pstats.Stats(profile).total_calls < 60_000, (job.grammar_focus, job.cefr_level)  # type: ignore[attr-defined]


def test_a_gap_shows_its_hint_and_a_choice_has_four_options(
    generator: MockGenerator, make_job: MakeJob
) -> None:
    for level in CefrLevel:
        for exercise in generator.write(make_job(cefr_level=level)):
            if isinstance(exercise, FillInBlank):
                assert re.search(r"___ \([^)]+\)", exercise.question), exercise
            if isinstance(exercise, MultipleChoice):
                assert len(set(exercise.options)) == 4
