"""One homework: all exercises at once, each usable, none twice, and what is not usable asked for again."""

import asyncio
import json

import pytest
from tests.support.messages import job

from homework_generator.errors import NoUsableExercise, PromptRefused, Unusable
from homework_generator.writing.generate import TRIES, Completion, Memory, Writer
from homework_generator.writing.schema import Schema
from homework_shared.errors import GeneratorLost, Verdict, verdict_of
from homework_shared.exercises.exercise import ExerciseType

from .engines import ScriptedEngine, whole, written


async def test_all_exercises_of_a_job_are_asked_for_at_once() -> None:
    engine = ScriptedEngine(seconds=0.01)
    draft = await Writer(engine).write(job(quantity=20))
    assert engine.most_running == 20
    assert len(draft.exercises) == 20


async def test_exercises_come_in_the_order_and_types_that_were_asked_for() -> None:
    draft = await Writer(ScriptedEngine()).write(job(quantity=5))
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
async def test_what_is_not_usable_costs_one_exercise_which_is_asked_again_with_a_new_seed(
    bad: Completion | Exception,
) -> None:
    failures = [bad]
    engine = ScriptedEngine(lambda _p, schema, _s: failures.pop() if failures else whole(written(schema)))
    draft = await Writer(engine).write(job(quantity=5))
    assert len(draft.exercises) == 5
    assert len(engine.seeds) == len(set(engine.seeds)) == 6


async def test_an_answer_of_another_type_than_asked_is_not_taken() -> None:
    other = {
        "type": "translation",
        "question": "Translate: Hi.",
        "correct_answer": "Ciao.",
        "explanation": "Hi.",
    }
    answers = [whole(json.dumps(other))]
    engine = ScriptedEngine(lambda _p, schema, _s: answers.pop() if answers else whole(written(schema)))
    one = job(quantity=1, exercise_types=(ExerciseType.FILL_IN_BLANK,))
    [exercise] = (await Writer(engine).write(one)).exercises
    assert exercise.type is ExerciseType.FILL_IN_BLANK


async def test_no_two_exercises_of_a_homework_are_equal() -> None:
    words = ["casa", "CASA", "casa", "sedia"]
    engine = ScriptedEngine(lambda _p, schema, _s: whole(written(schema, words.pop(0))))
    draft = await Writer(engine).write(job(quantity=2, exercise_types=(ExerciseType.TRANSLATION,)))
    assert len({exercise.question for exercise in draft.exercises}) == 2
    assert not words


async def test_classmates_get_different_exercises() -> None:
    words = ["casa", "casa", "sedia"]
    engine = ScriptedEngine(lambda _p, schema, _s: whole(written(schema, words.pop(0))))
    writer = Writer(engine)
    one, other = [
        await writer.write(job(quantity=1, exercise_types=(ExerciseType.TRANSLATION,))) for _ in range(2)
    ]
    assert one.exercises[0].question != other.exercises[0].question


async def test_a_model_that_never_writes_anything_usable_hands_the_job_to_the_mock() -> None:
    engine = ScriptedEngine(lambda *_: whole("nonsense"))
    with pytest.raises(NoUsableExercise, match=f"{TRIES} tries") as raised:
        await Writer(engine).write(job(quantity=1))
    assert len(engine.prompts) == TRIES
    assert verdict_of(raised.value) is Verdict.REJECT


@pytest.mark.parametrize("error", [PromptRefused("too long"), GeneratorLost("dead")])
async def test_an_error_that_no_other_try_can_cure_ends_the_job_and_frees_the_engine(
    error: Exception,
) -> None:
    def answer(_prompt: str, schema: Schema, _seed: int) -> Completion | Exception:
        return error if schema["properties"]["type"]["const"] == "translation" else whole(written(schema))

    engine = ScriptedEngine(answer)
    with pytest.raises(type(error)):
        await Writer(engine).write(job())
    assert engine.running == 0


async def test_a_cancelled_job_leaves_nothing_in_the_engine_and_nothing_in_memory() -> None:
    memory = Memory()
    slow = ScriptedEngine(seconds=30)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await Writer(slow, memory).write(job())
    assert slow.running == 0
    engine = ScriptedEngine(lambda _p, schema, _s: whole(written(schema, "casa")))
    one = job(quantity=1, exercise_types=(ExerciseType.TRANSLATION,))
    await Writer(engine, memory).write(one)


def test_memory_forgets_the_oldest() -> None:
    from homework_generator.writing.schema import SCHEMAS, parse

    memory = Memory(size=1)
    first, second = (parse(written(SCHEMAS[ExerciseType.TRANSLATION], word), 1) for word in ("casa", "sedia"))
    assert memory.claim(first)
    assert not memory.claim(first)
    assert memory.claim(second)
    assert memory.claim(first)
