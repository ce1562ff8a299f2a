from collections.abc import Callable

import pytest

from homework_mock_generator.generate import MockGenerator
from homework_mock_generator.matching import scope_of
from homework_shared.exercises.checks import problems_of_homework
from homework_shared.exercises.curriculum import Grammar, curriculum
from homework_shared.exercises.exercise import CefrLevel, types_in_turn
from homework_shared.exercises.messages import GenerateHomework

MakeJob = Callable[..., GenerateHomework]


@pytest.mark.parametrize("focus", ["la concordanza", "quantum physics", "tense", "ché"])
def test_an_unknown_focus_is_general_practice_at_the_level_and_every_explanation_says_so(
    generator: MockGenerator, make_job: MakeJob, focus: str
) -> None:
    job = make_job(grammar_focus=focus, cefr_level="B2")
    assert scope_of(job).grammars == curriculum().levels[CefrLevel.B2].general
    note = (
        "No special practice on the grammar that was asked for is available, "
        "so this is general practice at level B2."
    )
    assert all(exercise.explanation.endswith(note) for exercise in generator.write(job))


def test_a_focus_close_to_a_known_grammar_gives_that_grammar_and_a_note(
    generator: MockGenerator, make_job: MakeJob
) -> None:
    job = make_job(grammar_focus="futuro anteriore", cefr_level="B1")
    assert scope_of(job).grammars == (Grammar.FUTURE,)
    note = (
        "No special practice on the grammar that was asked for is available; the nearest is futuro semplice."
    )
    assert all(exercise.explanation.endswith(note) for exercise in generator.write(job))


def test_a_topic_without_words_is_noted_too(generator: MockGenerator, make_job: MakeJob) -> None:
    job = make_job(topic="quantum physics", grammar_focus="articles")
    note = "There are no words on this topic here, so the topics are mixed."
    assert all(exercise.explanation.endswith(note) for exercise in generator.write(job))


@pytest.mark.parametrize("level", CefrLevel)
def test_without_focus_and_topic_there_is_general_practice_and_no_note(
    make_job: MakeJob, level: CefrLevel
) -> None:
    scope = scope_of(make_job(cefr_level=level))
    assert (scope.level, scope.grammars, scope.note) == (level, curriculum().levels[level].general, "")


def test_two_grammars_in_one_focus_are_both_practised(generator: MockGenerator, make_job: MakeJob) -> None:
    job = make_job(
        grammar_focus="passato prossimo e imperfetto", cefr_level="A2", exercise_types=["fill_in_blank"]
    )
    questions = " ".join(exercise.question for exercise in generator.write(job))
    assert ", passato prossimo)" in questions
    assert ", imperfetto)" in questions


@pytest.mark.parametrize(
    "text",
    [
        "[esercizi vari]", "<script>alert(1)</script>", "____", "TODO", "See explanation", "exercise 1",
        "....", "question 1", "a" * 200, "🍝" * 50, "\u202eotset", "lorem ipsum", "(",
        "O'Brien's \"quoted\" {words}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("field", ["grammar_focus", "topic"])
def test_a_homework_passes_its_checks_whatever_the_teacher_typed(
    generator: MockGenerator, make_job: MakeJob, field: str, text: str
) -> None:
    job = make_job(cefr_level="B1", **{field: text})
    assert problems_of_homework(generator.write(job), types_in_turn(job.exercise_types, 20)) == []


PUPIL = "Zdeslava Quixotovna"
"""Two words that occur in no sentence of ours."""


@pytest.mark.parametrize("grammar", [*Grammar, None])
@pytest.mark.parametrize("level", CefrLevel)
def test_a_pupils_name_typed_as_the_topic_appears_in_no_exercise(
    generator: MockGenerator, make_job: MakeJob, level: CefrLevel, grammar: Grammar | None
) -> None:
    for topic in (PUPIL, f"{PUPIL} at the restaurant"):
        job = make_job(cefr_level=level, grammar_focus=grammar and grammar.value, topic=topic)
        assert not tells(generator, job)


@pytest.mark.parametrize("focus", [PUPIL, f"futuro anteriore for {PUPIL}", f"articles, {PUPIL} needs them"])
@pytest.mark.parametrize("level", CefrLevel)
def test_a_pupils_name_typed_into_the_grammar_appears_in_no_exercise(
    generator: MockGenerator, make_job: MakeJob, level: CefrLevel, focus: str
) -> None:
    assert not tells(generator, make_job(cefr_level=level, grammar_focus=focus, topic=PUPIL))


def tells(generator: MockGenerator, job: GenerateHomework) -> list[str]:
    """The exercises that contain a part of the name, anywhere and in either case."""
    written = [exercise.model_dump_json() for exercise in generator.write(job)]
    assert len(written) == 20
    return [one for one in written for part in PUPIL.split() if part.casefold() in one.casefold()]
