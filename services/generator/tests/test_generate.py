"""Writing one homework: all exercises are written at once, each is usable and unique, and unusable ones are
requested again.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from homework_generator.errors import NoUsableExercise, PromptRefused, Unusable
from homework_generator.writing.generate import TRIES, Writer, _seed
from homework_generator.writing.memory import Memory
from homework_generator.writing.requests import Completion, Request
from homework_shared.errors import GeneratorLost, Verdict, verdict_of
from homework_shared.exercises.exercise import ExerciseType

from .engines import Answer, ScriptedEngine, job, one_translation, translation, whole, written

HOUSE = translation("The big house is near the station.", "La casa grande è vicino alla stazione.")
CHAIR = translation("My brother sells an old chair.", "Mio fratello vende una vecchia sedia.")


def in_turn(*answers: Completion | Exception) -> Callable[[Request], Completion | Exception]:
    """These answers first, then good ones."""
    left = list(answers)
    return lambda request: left.pop(0) if left else written(request)


async def test_all_exercises_of_a_job_are_asked_for_at_once() -> None:
    engine = ScriptedEngine(seconds=0.01)
    draft = await Writer(engine).write(job(quantity=20))
    assert engine.most_running == 20
    assert len(draft.exercises) == 20


async def test_exercises_come_in_the_order_and_types_that_were_asked_for() -> None:
    draft = await Writer(ScriptedEngine(), self_check=False).write(job(quantity=5))
    fill, translate, choose = ExerciseType
    assert [exercise.type for exercise in draft.exercises] == [fill, translate, choose, fill, translate]
    assert (draft.prompt_tokens, draft.completion_tokens) == (500, 200)


@pytest.mark.parametrize(
    "bad",
    [
        Completion('{"type":"fill_in', ended_by_itself=False, prompt_tokens=100, completion_tokens=40),
        whole("not JSON"),
        whole("[]"),
        whole('{"type":"fill_in_blank","question":"No gap.","correct_answer":"a","explanation":"b"}'),
        whole('{"type":"poem","question":"Roses","correct_answer":"a","explanation":"b"}'),
        whole(json.dumps({"type": "multiple_choice", "question": "Io ___.", "correct_answer": "vado",
                          "wrong_options": ["vado", "vai", "va"], "explanation": "Same twice."})),
        Unusable("engine_error"),
    ],
    ids=["cut off", "not JSON", "a list", "no gap", "unknown type", "answer twice", "engine error"],
)  # fmt: skip
async def test_an_unusable_exercise_is_requested_again_alone_with_a_new_seed(
    bad: Completion | Exception,
) -> None:
    engine = ScriptedEngine(in_turn(bad))
    # The memory is empty, because the phrase book may by chance contain one of the prompts' examples.
    draft = await Writer(engine, Memory()).write(job(quantity=5))
    assert (len(draft.exercises), draft.missing) == (5, ())
    assert len(engine.seeds) == len(set(engine.seeds)) == 6


async def test_what_fails_a_check_is_counted_by_the_checks_name() -> None:
    visible = translation("La casa grande è qui.", "La casa grande è qui.")
    writer = Writer(ScriptedEngine(in_turn(visible)))
    await writer.write(one_translation())
    assert writer.quality.outcomes == {"answer_visible": 1, "usable": 1}


async def test_an_answer_of_another_type_than_asked_is_not_taken() -> None:
    one = job(quantity=1, exercise_types=(ExerciseType.FILL_IN_BLANK,))
    [exercise] = (await Writer(ScriptedEngine(in_turn(HOUSE))).write(one)).exercises
    assert exercise.type is ExerciseType.FILL_IN_BLANK


async def test_no_two_exercises_of_a_homework_are_equal() -> None:
    shouted = translation("THE BIG HOUSE is near the station!", "La casa grande è vicino alla stazione.")
    engine = ScriptedEngine(in_turn(HOUSE, shouted, HOUSE, CHAIR))
    draft = await Writer(engine).write(job(quantity=2, exercise_types=(ExerciseType.TRANSLATION,)))
    assert len({exercise.question for exercise in draft.exercises}) == 2
    assert len(engine.prompts) == 4


async def test_classmates_get_different_exercises() -> None:
    writer = Writer(ScriptedEngine(in_turn(HOUSE, HOUSE, CHAIR)))
    one, other = [await writer.write(one_translation()) for _ in range(2)]
    assert one.exercises[0].question != other.exercises[0].question


async def test_a_copy_of_the_prompts_example_is_not_taken() -> None:
    def copies_what_it_sees(request: Request) -> Completion:
        _, _, example = request.prompt.partition("must not copy: ")
        return whole(example.split("\n")[0]) if example else written(request)

    engine = ScriptedEngine(copies_what_it_sees)
    writer = Writer(engine)
    await writer.write(one_translation())
    assert writer.quality.outcomes == {"repeated": 1, "usable": 1}
    # The next try contains no example.
    assert ["must not copy" in prompt for prompt in engine.prompts] == [True, False]


async def test_a_model_that_never_writes_anything_usable_hands_the_job_to_the_mock() -> None:
    engine = ScriptedEngine(lambda _: whole("nonsense"))
    with pytest.raises(NoUsableExercise, match=f"all 1 exercises failed {TRIES} tries: invalid") as raised:
        await Writer(engine).write(job(quantity=1))
    assert len(engine.prompts) == TRIES
    assert verdict_of(raised.value) is Verdict.REJECT


async def test_a_writer_may_be_given_fewer_tries() -> None:
    engine = ScriptedEngine(lambda _: whole("nonsense"))
    with pytest.raises(NoUsableExercise, match="failed 2 tries"):
        await Writer(engine, tries=2).write(job(quantity=1))
    assert len(engine.prompts) == 2


async def test_the_writer_knows_which_exercises_succeeded_and_which_failed() -> None:
    def only_translations(request: Request) -> Completion:
        is_translation = request.schema["properties"]["type"]["const"] == "translation"
        return written(request) if is_translation else whole("nonsense")

    state = await Writer(ScriptedEngine(only_translations)).try_all(job(quantity=6), tries=2)
    assert sorted(state.written) == [1, 4]
    assert sorted(state.failed) == [0, 2, 3, 5]
    assert {error.outcome for error in state.failed.values()} == {"invalid"}


@pytest.mark.parametrize("error", [PromptRefused("too long"), GeneratorLost("dead")])
async def test_an_error_that_no_other_try_can_cure_ends_the_job_and_frees_the_engine(
    error: Exception,
) -> None:
    def answer(request: Request) -> Completion | Exception:
        is_translation = request.schema["properties"]["type"]["const"] == "translation"
        return error if is_translation else written(request)

    engine = ScriptedEngine(answer)
    with pytest.raises(type(error)):
        await Writer(engine).write(job())
    assert engine.running == 0


class SlowToSolve(ScriptedEngine):
    """Answers the first requests at once. Later ones are held until they are cancelled."""

    def __init__(self, answer: Answer, quick: int) -> None:
        super().__init__(answer)
        self.quick = quick
        self.held = 0
        self.reached = asyncio.Event()

    async def complete(self, request: Request) -> Completion:
        self.quick -= 1
        if self.quick >= 0:
            return await super().complete(request)
        self.held += 1
        self.reached.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.held -= 1
        raise AssertionError


@pytest.mark.parametrize("quick", [0, 1, 3], ids=["writing", "solving", "the next exercise"])
async def test_a_cancelled_job_leaves_nothing_in_the_engine_and_nothing_in_memory(quick: int) -> None:
    memory = Memory()
    slow = SlowToSolve(in_turn(HOUSE, CHAIR), quick)
    two = one_translation().model_copy(update={"quantity": 2})
    writing = asyncio.create_task(Writer(slow, memory).write(two if quick == 3 else one_translation()))
    await slow.reached.wait()
    assert len(memory) == {0: 0, 1: 1, 3: 2}[quick]  # The engine has written it, and the memory contains it.
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert slow.held == 0
    assert len(memory) == 0
    writer = Writer(ScriptedEngine(in_turn(HOUSE)), memory)
    await writer.write(one_translation())
    assert writer.quality.outcomes["repeated"] == 0


async def test_an_answer_that_was_cut_off_is_not_taken_even_if_it_can_be_read() -> None:
    cut_off = replace(HOUSE, ended_by_itself=False)
    writer = Writer(ScriptedEngine(in_turn(cut_off, CHAIR)))
    [exercise] = (await writer.write(one_translation())).exercises
    assert exercise.correct_answer == "Mio fratello vende una vecchia sedia."
    assert writer.quality.outcomes == {"truncated": 1, "usable": 1}


async def test_an_exercise_that_fails_every_try_is_missing_and_costs_no_other() -> None:
    def only_translations(request: Request) -> Completion:
        is_translation = request.schema["properties"]["type"]["const"] == "translation"
        return written(request) if is_translation else whole("nonsense")

    draft = await Writer(ScriptedEngine(only_translations)).write(job(quantity=6))
    assert [exercise.type for exercise in draft.exercises] == [ExerciseType.TRANSLATION] * 2
    assert draft.missing == (0, 2, 3, 5)


async def test_questions_of_a_job_that_was_refused_are_free_again() -> None:
    memory = Memory()
    writer = Writer(ScriptedEngine(in_turn(HOUSE, PromptRefused("too long"), HOUSE)), memory)
    with pytest.raises(PromptRefused):
        await writer.write(job(quantity=2, exercise_types=(ExerciseType.TRANSLATION,)))
    await writer.write(one_translation())
    assert writer.quality.outcomes["repeated"] == 0


async def test_quality_counts_tries_by_outcome() -> None:
    writer = Writer(ScriptedEngine(in_turn(whole("nonsense"), HOUSE)))
    await writer.write(one_translation())
    assert writer.quality.outcomes == {"invalid": 1, "usable": 1}
    assert writer.quality.usable_share == 0.5
    assert writer.quality.faults() == "invalid 1"


async def test_a_wrong_accepted_answer_is_dropped_and_its_exercise_is_not_asked_for_again() -> None:
    right, wrong = "Una vecchia sedia la vende mio fratello.", "Mio fratello non vende una vecchia sedia."
    answer = translation(
        "My brother sells an old chair.", "Mio fratello vende una vecchia sedia.", right, wrong
    )
    writer = Writer(ScriptedEngine(in_turn(answer)))
    [exercise] = (await writer.write(one_translation())).exercises
    assert exercise.accepted_answers == (right,)
    assert writer.quality.outcomes == {"usable": 1}


def test_a_try_has_the_same_seed_of_31_bits_whoever_makes_it_again() -> None:
    assert (_seed(1, 2, 3), _seed(2**31 - 1, 19, 4)) == (955871838, 740370321)
    seeds = {_seed(1, index, attempt) for index in range(20) for attempt in range(TRIES)}
    assert len(seeds) == 20 * TRIES
    assert 2**30 < max(seeds) < 2**31


async def test_what_writing_and_checking_took_is_counted_apart_and_together() -> None:
    writer = Writer(ScriptedEngine(in_turn(whole("nonsense"), HOUSE)))
    draft = await writer.write(one_translation())
    written_, checked = writer.quality.written, writer.quality.checked
    assert (written_.prompt, written_.completion) == (200, 80)
    assert (checked.prompt, checked.completion) == (100, 40)
    assert (draft.prompt_tokens, draft.completion_tokens) == (300, 120)


async def test_a_check_that_the_engine_did_not_survive_is_counted_and_its_question_is_free_again() -> None:
    memory = Memory()

    def die(_prompt: str) -> str:
        raise GeneratorLost("the engine core died")

    with pytest.raises(GeneratorLost):
        await Writer(ScriptedEngine(in_turn(HOUSE), solution=die), memory).write(one_translation())
    assert len(memory) == 0


async def test_a_question_that_its_own_model_cannot_solve_is_not_asked_again() -> None:
    memory = Memory()
    writer = Writer(ScriptedEngine(in_turn(HOUSE, HOUSE), solution=lambda _: "Boh."), memory, tries=2)
    with pytest.raises(NoUsableExercise):
        await writer.write(one_translation())
    assert writer.quality.outcomes["repeated"] == 1
