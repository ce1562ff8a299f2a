"""Texts from a stolen ticket, or from a student, that are meant to keep the service busy."""

import asyncio
import gc
import sys
import threading
from collections import Counter
from collections.abc import Callable
from time import thread_time
from types import CodeType, FrameType
from typing import Any

import pytest
from sqlalchemy import select

from homework_api.database.engine import Database
from homework_api.database.models import Homework
from homework_api.grading.grade import grade
from homework_api.pipeline.judging import judge_all
from homework_shared.exercises import checks
from homework_shared.exercises.checks import LONGEST_ANSWER, LONGEST_QUESTION
from homework_shared.exercises.exercise import CefrLevel, Exercise, FillInBlank, MultipleChoice, Translation
from homework_shared.language import examine
from homework_shared.language.asked import Asked
from homework_shared.messaging.topology import DEAD, RESULT_DESTINATION
from tests.support.api.pipeline import Pipeline, running
from tests.support.api.rows import scalars
from tests.support.broker.clients import send
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.messages import generated
from tests.support.waiting import eventually

HOSTILE = {
    "brackets": "[",
    "parentheses": "(",
    "angles": "<",
    "underscores": "__ ",
    "spaces": " ",
    "one letter": "a",
    "combining marks": "e\u0301",
    "apostrophes": "'",
    "opened quotes": " 'x",
    "quotes": "“a” ",
    "pronouns": "io ",
    "words before a verb": "io non lo ",
    "articles": "il la ",
    "verbs": "sono ",
    "numbers": "1 ",
    "commas": ", ",
    "sentences": "Ciao. ",
}
ASKED = Asked(CefrLevel.A2, "passato prossimo", "the sea")
SHORT, LONG = 300, 1200
# Four times the text may take four times the steps, and half as many again as a margin for unevenness.
GROWTH, BESIDES = 6, 200


def exercises(text: str) -> list[Exercise]:
    """One exercise of each type, filled with a text that is longer than the models and the checks allow."""
    full: dict[str, Any] = {
        "options": None,
        "correct_answer": f"ciao {text}",
        "explanation": f"It is {text}.",
    }
    options = tuple(f"ciao {text}{letter}" for letter in ("", "b", "c", "d"))
    return [
        Translation.model_construct(question=f"Translate: {text}", **full),
        FillInBlank.model_construct(question=f"Io ___ (x) {text}", **full),
        MultipleChoice.model_construct(question=f"Io ___ {text}", **full | {"options": options}),
    ]


def judge_and_grade(texts: list[Exercise]) -> None:
    for exercise in texts:
        examine.problems(exercise, ASKED)
    grade(texts, [f"{exercise.correct_answer} x" for exercise in texts])


def steps(work: Callable[[], object]) -> Counter[CodeType]:
    """The number of executed lines of each function."""
    counted: Counter[CodeType] = Counter()

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        counted[frame.f_code] += 1
        return trace

    before = sys.gettrace()
    gc.collect()  # of what other tests have left, whose callbacks would be counted
    gc.disable()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
        gc.enable()
    return counted


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_the_steps_of_each_function_grow_no_faster_than_the_text(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every check reads the whole text, as if lengths were not limited.
    monkeypatch.setattr(checks, "LONGEST_QUESTION", 10 * LONG)
    monkeypatch.setattr(checks, "LONGEST_ANSWER", 10 * LONG)
    short, long = (exercises((text * length)[:length]) for length in (SHORT, LONG))
    for texts in (short, long):
        # The first run is not counted, because it reads the tables and looks up the words.
        judge_and_grade(texts)
    few, many = steps(lambda: judge_and_grade(short)), steps(lambda: judge_and_grade(long))
    assert few
    grown = {
        f"{code.co_filename}:{code.co_qualname}": (few[code], count)
        for code, count in many.items()
        if count > GROWTH * few[code] + BESIDES
    }
    assert not grown


def choices(text: str, longest_question: int, longest_answer: int) -> list[Exercise]:
    """Twenty multiple-choice exercises with as much of a text as is allowed."""
    fill = text * 1000
    options = [f"ciao {letter} {fill}"[:longest_answer].strip() for letter in "abcd"]
    return [
        MultipleChoice.model_validate({
            "question": f"{number} ___ {fill}"[: longest_question - 1] + ".",
            "options": options,
            "correct_answer": options[0],
            "explanation": f"It is {fill}"[:1000].strip(),
        })
        for number in range(20)
    ]  # fmt: skip


def processor_time(texts: list[Exercise]) -> float:
    began = thread_time()
    for exercise in texts:
        examine.problems(exercise, ASKED)
    return thread_time() - began


def processor_times(one: list[Exercise], other: list[Exercise]) -> tuple[float, float]:
    """The lowest time of each. They are measured in turns, because a busy machine adds to both."""
    rounds = [(processor_time(one), processor_time(other)) for _ in range(4)]
    return min(first for first, _ in rounds), min(second for _, second in rounds)


@pytest.mark.parametrize("longest", [(LONGEST_QUESTION, LONGEST_ANSWER), (1000, 1000)], ids=str)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_homework_costs_no_more_than_a_long_one(text: str, longest: tuple[int, int]) -> None:
    sentence = "Anna va al mare con gli amici e mangia un gelato. "
    long_one = choices(sentence, LONGEST_QUESTION, LONGEST_ANSWER)
    hostile, usual = processor_times(choices(text, *longest), long_one)
    assert hostile < 2 * usual


async def test_assignments_are_accepted_while_hostile_results_are_judged(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Judging waits for the POST. If it held the database meanwhile, both would wait for ever."""
    judging, accepted = threading.Event(), threading.Event()

    def wait_and_judge(*arguments: Any) -> Any:
        judging.set()
        assert accepted.wait(60), "no assignment was accepted while results were judged"
        return judge_all(*arguments)

    monkeypatch.setattr("homework_api.pipeline.results.judge_all", wait_and_judge)
    database, broker = Database(sqlite_url), MemoryBroker()
    pipeline = Pipeline(database, lambda _user: broker)
    await pipeline.assign(30, quantity=20, exercise_types=["multiple_choice"])
    homework = await scalars(database, select(Homework))
    hostile = {"exercises": tuple(choices("[", 1000, 1000))}
    sent = [generated(each.job_id).model_copy(update=hostile) for each in homework]
    await send(broker, RESULT_DESTINATION, *sent)
    async with running(pipeline.results.run):
        assert await asyncio.to_thread(judging.wait, 20)
        await pipeline.assign()
        accepted.set()
        await eventually(lambda: broker.depths()[DEAD].ready == len(sent))
    await database.close()
