"""A model that writes too few usable exercises gets no job."""

import asyncio
from collections import Counter

import pytest

from homework_generator.errors import CannotStart, PromptRefused
from homework_generator.writing import qualification
from homework_generator.writing.generate import Writer
from homework_generator.writing.qualification import qualify
from homework_generator.writing.requests import Completion, Request
from homework_shared.errors import GeneratorLost

from .engines import ScriptedEngine, whole, written


def one_good_in(number: int) -> ScriptedEngine:
    turn = 0

    def answer(request: Request) -> Completion:
        nonlocal turn
        turn += 1
        return whole("nonsense") if turn % number else written(request)

    return ScriptedEngine(answer)


async def test_a_good_model_qualifies_with_one_try_per_exercise() -> None:
    engine = ScriptedEngine()
    writer = Writer(engine)
    await qualify(writer, exercises=24, needed_share=0.9)
    assert len(engine.prompts) == writer.quality.tries == 24
    assert writer.quality.usable_share is not None
    assert writer.quality.usable_share >= 0.9


async def test_the_exercises_are_of_every_type_and_of_several_grammars_and_levels() -> None:
    engine = ScriptedEngine()
    await qualify(Writer(engine), exercises=24, needed_share=0)
    types = Counter(prompt.split("Type: ")[1].split(",")[0] for prompt in engine.prompts)
    assert set(types.values()) == {8}
    assert len({prompt.split("Rule (")[1].split(")")[0] for prompt in engine.prompts}) == 8
    assert len({prompt.split("Level: ")[1][:2] for prompt in engine.prompts}) == 4


async def test_a_model_below_the_share_is_refused_with_figures_and_faults() -> None:
    with pytest.raises(CannotStart) as refused:
        await qualify(Writer(one_good_in(4)), exercises=24, needed_share=0.6)
    text = str(refused.value)
    assert "25 % usable, 60 % needed" in text
    assert "invalid 18" in text
    assert "GENERATOR_IGNORE_QUALIFICATION" in text


async def test_on_request_a_model_is_taken_however_badly_it_writes() -> None:
    writer = Writer(one_good_in(4))
    await qualify(writer, exercises=24, needed_share=0.6, refuse=False)
    assert writer.quality.usable_share == 0.25


async def test_any_number_of_exercises_can_be_asked_for() -> None:
    engine = ScriptedEngine()
    await qualify(Writer(engine), exercises=50, needed_share=0)
    assert len(engine.prompts) == 50


async def test_a_model_that_writes_nothing_in_time_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qualification, "LONGEST_SECONDS", 0.05)
    engine = ScriptedEngine(seconds=30)
    with pytest.raises(CannotStart, match="did not write within"):
        await qualify(Writer(engine), exercises=3, needed_share=0)
    assert engine.running == 0


async def test_a_model_that_takes_no_prompt_is_refused() -> None:
    with pytest.raises(CannotStart, match="no room"):
        await qualify(Writer(ScriptedEngine(lambda _: PromptRefused("no room"))), 3, 0.5)


async def test_an_engine_that_dies_meanwhile_is_the_engines_fault_and_not_the_models() -> None:
    with pytest.raises(GeneratorLost):
        await asyncio.wait_for(qualify(Writer(ScriptedEngine(lambda _: GeneratorLost("dead"))), 3, 0.5), 30)
