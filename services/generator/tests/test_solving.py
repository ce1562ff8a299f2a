"""The self-check: students do not get an exercise that the model itself cannot solve."""

import json

import pytest
from tests.support.generator.phrase_book import PhraseBook

from homework_generator.errors import NoUsableExercise, Unusable
from homework_generator.writing.generate import TRIES, Writer
from homework_generator.writing.requests import Purpose, Request
from homework_generator.writing.schema import SCHEMAS, parse
from homework_generator.writing.solving import MARGIN, SelfCheck, Spent, filled, is_solved
from homework_shared.exercises.exercise import (
    Exercise,
    ExerciseType,
    FillInBlank,
    MultipleChoice,
    Translation,
)

from .engines import ScoringEngine, ScriptedEngine, job, translation, whole, written

GAP = FillInBlank(
    question="Ieri noi ___ la pizza. (mangiare)",
    correct_answer="abbiamo mangiato",
    explanation="“Abbiamo mangiato” is the passato prossimo of “mangiare”.",
)
CHOICE = MultipleChoice(
    question="Maria ___ al mare ogni estate.",
    correct_answer="va",
    options=("vado", "va", "vanno", "vai"),
    explanation="“Va” goes with the subject Maria.",
)
SENTENCE = Translation(
    question="Translate: We do not eat meat.",
    correct_answer="Noi non mangiamo carne.",
    explanation="“Mangiamo” is the first person plural.",
)


async def checked(engine: ScriptedEngine, exercise: Exercise) -> Spent:
    spent = Spent()
    await SelfCheck(engine).check(exercise, "passato prossimo", spent)
    return spent


@pytest.mark.parametrize("exercise", [GAP, SENTENCE, CHOICE])
async def test_an_exercise_that_the_model_solves_is_taken_and_its_tokens_are_counted(
    exercise: Exercise,
) -> None:
    engine = ScriptedEngine(solution=lambda _: exercise.correct_answer)
    assert (await checked(engine, exercise)).total == 140
    assert len(engine.solved) == 1


@pytest.mark.parametrize(
    ("exercise", "solution"),
    [
        (GAP, "mangiavamo"),
        (SENTENCE, "Noi mangiamo carne."),
        (SENTENCE, "Vado al cinema."),
        (CHOICE, "vanno"),
    ],
)
async def test_an_exercise_that_the_model_solves_otherwise_is_refused(
    exercise: Exercise, solution: str
) -> None:
    with pytest.raises(Unusable) as refused:
        await checked(ScriptedEngine(solution=lambda _: solution), exercise)
    assert refused.value.outcome == "unsolved"


async def test_a_solution_that_is_no_json_solves_nothing() -> None:
    class Rambling(ScriptedEngine):
        async def complete(self, request: Request) -> object:  # type: ignore[override]
            return whole("the answer is abbiamo mangiato")

    with pytest.raises(Unusable):
        await checked(Rambling(), GAP)


@pytest.mark.parametrize("exercise", [GAP, SENTENCE, CHOICE])
async def test_the_model_is_told_the_lesson_and_not_the_answer(exercise: Exercise) -> None:
    engine = ScriptedEngine(solution=lambda _: exercise.correct_answer)
    await checked(engine, exercise)
    [prompt] = engine.solved
    assert 'The lesson: "passato prossimo".' in prompt
    assert exercise.explanation not in prompt
    if not exercise.options:
        assert exercise.correct_answer not in prompt


@pytest.mark.parametrize(
    ("best_wrong", "is_taken"), [(-20.0, True), (-10.0 - MARGIN, True), (-10.5, False), (-9.0, False)]
)
async def test_among_options_the_answer_has_to_be_likelier_by_a_margin(
    best_wrong: float, is_taken: bool
) -> None:
    likelihoods = {
        "Maria va al mare ogni estate.": -10.0,
        "Maria vanno al mare ogni estate.": best_wrong,
    }
    engine = ScoringEngine(lambda sentence: likelihoods.get(sentence, -30.0))
    if is_taken:
        await checked(engine, CHOICE)
    else:
        with pytest.raises(Unusable) as refused:
            await checked(engine, CHOICE)
        assert refused.value.outcome == "options_close"
    assert len(engine.scored) == 4
    assert not engine.solved


async def test_an_engine_without_log_probabilities_may_only_choose_an_option() -> None:
    asked: list[Request] = []

    class Recording(ScriptedEngine):
        async def complete(self, request: Request) -> object:  # type: ignore[override]
            asked.append(request)
            return whole(json.dumps({"answer": "va"}))

    await checked(Recording(), CHOICE)
    assert asked[0].purpose is Purpose.SOLVE
    assert asked[0].schema["properties"]["answer"]["enum"] == list(CHOICE.options)


@pytest.mark.parametrize(
    ("question", "option", "sentence"),
    [
        ("Maria ___ al mare.", "va", "Maria va al mare."),
        ("Ecco ___ amica! (indefinite article)", "un'", "Ecco un'amica!"),
        ("Ecco ___ amica! (indefinite article)", "un’", "Ecco un’amica!"),
        ("___ bello oggi. (fare)", "Fa", "Fa bello oggi."),
    ],
)
def test_an_option_stands_in_the_gap_as_it_is_written_and_the_hint_is_gone(
    question: str, option: str, sentence: str
) -> None:
    assert filled(question, option) == sentence


@pytest.mark.parametrize(
    ("exercise", "solution", "right"),
    [
        (GAP, "Abbiamo mangiato.", True),
        (GAP, "abbiamo  mangiato", True),
        (GAP, "abbiamo mangiata", False),
        (GAP, "", False),
        (SENTENCE, "Non mangiamo carne.", True),
        (SENTENCE, "Noi carne non mangiamo.", True),
        (SENTENCE, "Noi non mangiamo la frutta.", False),
    ],
)
def test_a_gap_has_one_solution_and_a_translation_those_near_the_answer(
    exercise: Exercise, solution: str, right: bool
) -> None:
    assert is_solved(exercise, solution) is right


async def test_an_unsolved_exercise_is_written_again_and_never_the_same() -> None:
    wrong = translation("The big house is near the station.", "La casa grande è vicino alla stazione.")
    answers = [wrong, wrong]
    engine = ScriptedEngine(
        lambda request: answers.pop() if answers else written(request),
        solution=lambda prompt: "Non so." if "big house" in prompt else engine._known_answer(prompt),
    )
    writer = Writer(engine)
    await writer.write(job(quantity=1, exercise_types=(ExerciseType.TRANSLATION,)))
    assert writer.quality.outcomes == {"unsolved": 1, "repeated": 1, "usable": 1}


async def test_a_homework_that_stays_unsolved_goes_to_the_mock() -> None:
    engine = ScriptedEngine(solution=lambda _: "qualcos'altro")
    with pytest.raises(NoUsableExercise, match="unsolved"):
        await Writer(engine).write(job(quantity=1))
    assert len(engine.solved) == TRIES


async def test_nothing_is_solved_when_the_self_check_is_off() -> None:
    engine = ScriptedEngine()
    await Writer(engine, self_check=False).write(job())
    assert not engine.solved


async def test_its_cost_is_told_in_percent_of_the_writing() -> None:
    writer = Writer(ScriptedEngine())
    await writer.write(job())
    assert writer.quality.check_percent == 100  # This engine needs 140 tokens for each.


def test_what_is_asked_of_the_solver_fits_its_schema() -> None:
    """The answer's own pattern bounds the solution, so every right answer fits."""
    book = PhraseBook()
    prompt = "Level: B1\nRule (imperfetto): …"
    for kind in ExerciseType:
        exercise = parse(json.dumps(book.exercise(Request(prompt, SCHEMAS[kind], 1))), 1)
        assert is_solved(exercise, exercise.correct_answer)


@pytest.mark.parametrize(
    ("exercise", "accepted", "solution", "right"),
    [
        (GAP, "abbiamo mangiata", "abbiamo mangiata", True),
        (GAP, "abbiamo mangiata", "abbiamo mangiate", False),
        (SENTENCE, "La carne non la mangiamo mai.", "La carne non la mangiamo mai", True),
        (SENTENCE, "La carne non la mangiamo mai.", "La carne la mangiamo spesso.", False),
    ],
)
def test_an_accepted_answer_solves_its_exercise_too(
    exercise: Exercise, accepted: str, solution: str, right: bool
) -> None:
    assert not is_solved(exercise, solution)
    assert is_solved(exercise.model_copy(update={"accepted_answers": (accepted,)}), solution) is right
