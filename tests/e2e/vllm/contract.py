"""The behaviour that every engine must have, whether it runs in the generator's process or on a server.

Each function is one case. `test_engine.py` runs them on vLLM in the generator's own process, and
`test_model_servers.py` on real servers. `services/generator/tests/test_model_servers.py` tests other kinds of
servers in the same way without a broker.
"""

from collections.abc import Callable

from tests.support.broker.brokers import BrokerProcess
from tests.support.broker.jobs import JobClient
from tests.support.generator.process import EngineProcess
from tests.support.messages import ALL_TYPES, job
from tests.support.waiting import wait_until


async def a_class_is_written_whole(broker: BrokerProcess, homework: int, model: str, seconds: float) -> None:
    """Every exercise is valid, and none occurs twice."""
    client = JobClient(broker)
    await client.send(jobs := [job(seconds=seconds) for _ in range(homework)])
    results = await client.results(len(jobs), seconds)
    assert set(results) == {each.job_id for each in jobs}
    for result in results.values():
        # decode() has validated every exercise against homework_shared.exercises.exercise
        assert [exercise.type for exercise in result.exercises] == list(ALL_TYPES)
        assert result.generated_by == "vllm"
        assert result.model == model
        assert min(result.prompt_tokens, result.completion_tokens) > 0
    questions = [exercise.question for result in results.values() for exercise in result.exercises]
    assert len(set(questions)) == len(questions) == len(ALL_TYPES) * homework


async def a_deadline_frees_the_engine(
    broker: BrokerProcess, running: Callable[[], float], jobs: int, seconds: float
) -> None:
    """The jobs go to the fallback queue, and none of their requests continues."""
    client = JobClient(broker)
    await client.send([job(seconds=seconds, quantity=20) for _ in range(jobs)])
    dead = await client.fallen_back(seconds + 90)
    assert dead.death_reason == "expired"
    wait_until(lambda: running() == 0, 120)


async def a_prompt_that_is_too_long_is_rejected(broker: BrokerProcess, generator: EngineProcess) -> None:
    """The mock generator gets the job at once."""
    client = JobClient(broker)
    await client.send([too_long := job(seconds=300, topic="🍝" * 200, grammar_focus="🍕" * 200)])
    dead = await client.fallen_back(90)
    assert (dead.envelope.message_id, dead.death_reason) == (str(too_long.job_id), "rejected")
    assert "the model cannot take this prompt" in generator.tail()
