"""A small real model, run by the real generator over a real broker.

Its Italian is poor. The tests check that nothing wrong is delivered: every exercise that the generator
publishes passes the checks, and all other jobs reach the mock generator's queue.
"""

import os
import sys
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import pytest

from homework_shared.exercises.checks import problems_of_homework
from homework_shared.language.asked import Asked
from homework_shared.language.examine import problems
from tests.support.broker.brokers import BrokerProcess
from tests.support.broker.jobs import JobClient
from tests.support.generator.process import EngineProcess
from tests.support.messages import ALL_TYPES, job

JOBS = 4
SECONDS = 60.0
LESSONS = ("articles", "present", "passato prossimo", "prepositions")


@pytest.fixture(scope="module")
def speaker(
    engine_broker: BrokerProcess, small_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EngineProcess]:
    """The small model with its self-check. It gets jobs although it does not qualify."""
    process = EngineProcess(
        engine_broker,
        small_model,
        tmp_path_factory.mktemp("speaker"),
        "homework_generator",
        GENERATOR_SELF_CHECK="true",
        GENERATOR_MAX_TOKENS="200",
    )
    process.start()
    try:
        process.wait_until_serving()
        yield process
    finally:
        process.close()


async def test_what_a_real_model_writes_is_checked_and_what_fails_is_not_delivered(
    engine_broker: BrokerProcess, speaker: EngineProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    lessons = islice(cycle(LESSONS), JOBS)
    jobs = [job(seconds=SECONDS, grammar_focus=lesson) for lesson in lessons]
    requests = {each.job_id: Asked(each.cefr_level, each.grammar_focus, each.topic) for each in jobs}
    client = JobClient(engine_broker)
    await client.send(jobs)
    results, fallen_back = await client.settled(len(jobs), SECONDS + 30)
    assert set(results) | fallen_back == {each.job_id for each in jobs}
    for result in results.values():
        there = [type_ for place, type_ in enumerate(ALL_TYPES) if place not in result.missing]
        assert problems_of_homework(result.exercises, there) == []
        asked = requests[result.job_id]
        assert [problem for each in result.exercises for problem in problems(each, asked)] == []
    outcomes = speaker.samples("homework_generator_exercises_total", "outcome")
    delivered = sum(len(result.exercises) for result in results.values())
    assert delivered <= outcomes["usable"]
    if outcomes["usable"]:
        # The model had solved everything that was usable.
        assert speaker.metric("homework_generator_tokens_total", kind="check_completion") > 0
    with capsys.disabled():
        sys.stdout.write(report(speaker, outcomes, len(results)))


def report(speaker: EngineProcess, outcomes: dict[str, float], homework: int) -> str:
    """Print the share of each outcome."""
    tries = sum(outcomes.values())
    shares = ", ".join(
        f"{name} {100 * count / tries:.0f} %"
        for name, count in sorted(outcomes.items(), key=lambda item: -item[1])
        if count
    )
    tokens = speaker.samples("homework_generator_tokens_total", "kind")
    check = tokens["check_prompt"] + tokens["check_completion"]
    writing = tokens["prompt"] + tokens["completion"]
    model = os.environ.get("HOMEWORK_SMALL_MODEL", "smollm2")
    return (
        f"\n{model}: {tries:.0f} tries: {shares}. {homework} of {JOBS} homework delivered whole. "
        f"The self-check took {100 * check / writing:.0f} % more tokens.\n"
    )
