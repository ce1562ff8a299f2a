"""The generator on two real servers, vLLM's and llama.cpp's, over HTTP and a real broker.

The required behaviour of every engine is in `contract.py`.
"""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from homework_shared.exercises.checks import problems_of_homework
from homework_shared.language.asked import Asked
from homework_shared.language.examine import problems
from tests.e2e.vllm import contract
from tests.support.broker.brokers import BrokerProcess
from tests.support.broker.jobs import JobClient
from tests.support.generator.process import ServerWorker
from tests.support.generator.real_servers import LlamaCppServer, RealServer, VllmServer
from tests.support.messages import ALL_TYPES, job
from tests.support.waiting import eventually, wait_until

AT_ONCE = "4"
SECONDS = 300.0
"""The time limit for a homework on a busy CPU."""


@pytest.fixture(scope="module")
def vllm_server(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VllmServer]:
    server = VllmServer(tmp_path_factory.mktemp("vllm"), small_model)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def llama_server(
    small_model_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LlamaCppServer]:
    server = LlamaCppServer(tmp_path_factory.mktemp("llama"), small_model_file)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module", params=["vllm_server", "llama_server"], ids=["vLLM", "llama.cpp"])
def server(request: pytest.FixtureRequest) -> RealServer:
    found: RealServer = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def worker(
    engine_broker: BrokerProcess, server: RealServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerWorker]:
    """A worker that takes jobs until the module ends. Tests with their own generators come first."""
    with serving(engine_broker, server, tmp_path_factory.mktemp("worker")) as process:
        yield process


@contextmanager
def serving(
    broker: BrokerProcess, server: RealServer, folder: Path, **settings: Any
) -> Iterator[ServerWorker]:
    given = {"GENERATOR_MAX_NUM_SEQS": AT_ONCE} | settings
    process = ServerWorker(broker, server.url, server.model, folder, **given)
    process.start()
    try:
        process.wait_until_serving()
        yield process
    finally:
        process.close()


def test_the_check_tells_what_the_server_is_and_takes(llama_server: LlamaCppServer) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "homework_generator", "--check"],
        env=os.environ | {"ENGINE_URL": llama_server.url, "COLUMNS": "200"},
        capture_output=True, text=True, check=True, timeout=300,
    ).stdout  # fmt: skip
    for found in ("llama.cpp", "smollm2", "response_format json_schema"):
        assert found in told
    # While another engine loads on the same cores, the first answer may end before the last one starts.
    side_by_side = re.search(r"(\d+) requests", told)
    assert side_by_side
    assert 2 <= int(side_by_side[1]) <= llama_server.slots


async def test_a_server_that_is_killed_in_the_middle_gives_its_jobs_back_and_gets_them_again(
    engine_broker: BrokerProcess, small_model_file: Path, tmp_path: Path
) -> None:
    mortal = LlamaCppServer(tmp_path, small_model_file)
    mortal.start()
    client = JobClient(engine_broker)
    with serving(engine_broker, mortal, tmp_path) as worker:
        await client.send(jobs := [job(seconds=SECONDS) for _ in range(2)])
        wait_until(lambda: mortal.running() > 0, 180)
        mortal.kill()
        worker.until(lambda: "engine_away" in worker.log.read_text(), 180)
        mortal.start()
        results, fallen_back = await client.settled(len(jobs), SECONDS)
        assert (set(results), fallen_back) == ({each.job_id for each in jobs}, set())
        assert worker.metric("homework_generator_engine_restarts_total") >= 1
    mortal.stop()


async def test_two_different_servers_share_the_queue(
    engine_broker: BrokerProcess, vllm_server: VllmServer, llama_server: LlamaCppServer, tmp_path: Path
) -> None:
    client = JobClient(engine_broker)
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    with (
        serving(engine_broker, vllm_server, tmp_path / "one", GENERATOR_WORKER_ID="one") as one,
        serving(engine_broker, llama_server, tmp_path / "other", GENERATOR_WORKER_ID="other") as other,
    ):
        await client.send(jobs := [job(seconds=SECONDS, quantity=1) for _ in range(8)])
        results = await client.results(len(jobs), SECONDS)
        assert {result.worker_id for result in results.values()} == {"one", "other"}
        assert one.running
        assert other.running


async def test_what_a_real_model_writes_over_http_is_checked_before_it_is_delivered(
    engine_broker: BrokerProcess, vllm_server: VllmServer, tmp_path: Path
) -> None:
    settings = {"GENERATOR_SELF_CHECK": "true", "GENERATOR_MAX_TOKENS": "128"}
    with serving(engine_broker, vllm_server, tmp_path, module="homework_generator", **settings) as worker:
        client = JobClient(engine_broker)
        await client.send([asked := job(seconds=60, grammar_focus="articles")])
        results, fallen_back = await client.settled(1, 90)
        assert set(results) | fallen_back == {asked.job_id}
        for result in results.values():
            there = [kind for place, kind in enumerate(ALL_TYPES) if place not in result.missing]
            assert problems_of_homework(result.exercises, there) == []
            lesson = Asked(asked.cefr_level, asked.grammar_focus, asked.topic)
            assert [problem for each in result.exercises for problem in problems(each, lesson)] == []
        outcomes = worker.samples("homework_generator_exercises_total", "outcome")
        assert sum(len(result.exercises) for result in results.values()) <= outcomes["usable"]
        assert sum(outcomes.values()) >= 3


def test_a_model_that_writes_too_little_that_is_right_gets_no_job(
    engine_broker: BrokerProcess, vllm_server: VllmServer, tmp_path: Path
) -> None:
    settings = {
        "GENERATOR_MAX_NUM_SEQS": AT_ONCE,
        "GENERATOR_SELF_CHECK": "true",
        "GENERATOR_MAX_TOKENS": "200",
        "GENERATOR_IGNORE_QUALIFICATION": "false",
        "GENERATOR_QUALIFYING_EXERCISES": "6",
        "GENERATOR_MIN_USABLE_SHARE": "1",
    }
    generator = ServerWorker(
        engine_broker, vllm_server.url, vllm_server.model, tmp_path, "homework_generator", **settings
    )
    generator.start()
    try:
        assert generator.wait(600) == 3
    finally:
        generator.close()
    told = " ".join(generator.tail().split())
    assert "% usable, 100 % needed" in told
    assert "worker_connected" not in generator.log.read_text()


async def test_a_class_is_written_whole_every_exercise_valid_and_none_twice(
    engine_broker: BrokerProcess, server: RealServer, worker: ServerWorker
) -> None:
    await contract.a_class_is_written_whole(engine_broker, 2, server.model, SECONDS)


async def test_a_deadline_frees_the_server_and_the_job_falls_back(
    engine_broker: BrokerProcess, server: RealServer, worker: ServerWorker
) -> None:
    # The wait lasts until the prompts are read. Before that, llama.cpp does not check whether the client
    # still waits.
    case = contract.a_deadline_frees_the_engine(engine_broker, server.running, 4, seconds=20)
    freeing = asyncio.create_task(case)
    await eventually(lambda: asyncio.to_thread(server.running))
    await freeing


async def test_a_prompt_that_the_model_cannot_take_is_rejected_to_the_mock(
    engine_broker: BrokerProcess, worker: ServerWorker
) -> None:
    await contract.a_prompt_that_is_too_long_is_rejected(engine_broker, worker)
