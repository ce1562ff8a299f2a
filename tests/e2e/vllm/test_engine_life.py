"""The generator starts and ends as documented. Each test has a generator of its own."""

import json
import shutil
from pathlib import Path

import psutil
import pytest

from tests.support.broker.brokers import BrokerProcess
from tests.support.broker.jobs import JobClient
from tests.support.generator.process import EngineProcess
from tests.support.messages import job
from tests.support.waiting import wait_until


def test_the_generator_can_be_stopped_while_it_loads_and_leaves_no_process(
    engine_broker: BrokerProcess, tiny_model: Path, tmp_path: Path
) -> None:
    generator = EngineProcess(engine_broker, tiny_model, tmp_path)
    generator.start()
    try:
        generator.until(lambda: has_core(generator), 300)
        core = generator.engine_core()
        generator.terminate()
        assert generator.wait(120) == 0
        assert "worker_connected" not in generator.log.read_text()  # It did not wait until it was loaded.
        wait_until(lambda: not psutil.pid_exists(core))
    finally:
        generator.close()


async def test_an_adapter_runs_on_its_base_model_and_the_generator_ends_by_itself_when_no_jobs_come(
    engine_broker: BrokerProcess, tiny_model: Path, tmp_path: Path
) -> None:
    generator = EngineProcess(engine_broker, tiny_model / "adapter", tmp_path, GENERATOR_IDLE_MINUTES="0.5")
    generator.start()
    try:
        generator.wait_until_serving()
        results, _ = await JobClient(engine_broker).do([only := job()])
        assert results[only.job_id].model.endswith("adapter")
        assert generator.metric("vllm:lora_requests_info") > 0
        assert generator.wait(180) == 0
        assert "ending to free the GPU" in generator.tail()
    finally:
        generator.close()


def test_an_adapter_that_the_engine_cannot_use_is_reported_before_a_job_is_taken(
    engine_broker: BrokerProcess, tiny_model: Path, tmp_path: Path
) -> None:
    adapter = tmp_path / "adapter"
    shutil.copytree(tiny_model / "adapter", adapter)
    config = json.loads((adapter / "adapter_config.json").read_text())
    (adapter / "adapter_config.json").write_text(json.dumps(config | {"modules_to_save": ["lm_head"]}))
    generator = EngineProcess(engine_broker, adapter, tmp_path)
    generator.start()
    try:
        assert generator.wait(300) == 3  # The engine loads its model first.
    finally:
        generator.close()
    assert "the adapter cannot be used" in generator.tail()


@pytest.mark.parametrize(
    ("settings", "code", "says"),
    [
        ({"MODEL": "/nowhere/at/all"}, 3, "no such folder here"),
        ({"MODEL": "/"}, 3, "holds no config.json"),
        ({"BROKER_TICKET": "homework1:cut-off"}, 2, "damaged or cut off"),
        ({"GENERATOR_MAX_NUM_SEQS": "none"}, 2, "max_num_seqs"),
        ({"GENERATOR_MAX_MODEL_LEN": "100000"}, 3, "this model's context is 4096"),
    ],
)
def test_wrong_settings_are_reported_before_anything_is_loaded(
    engine_broker: BrokerProcess,
    tiny_model: Path,
    tmp_path: Path,
    settings: dict[str, str],
    code: int,
    says: str,
) -> None:
    generator = EngineProcess(engine_broker, tiny_model, tmp_path, **settings)
    generator.start()
    assert generator.wait(300) == code
    assert says in " ".join(generator.tail().split())


def has_core(generator: EngineProcess) -> bool:
    try:
        return generator.engine_core() > 0
    except AssertionError:
        return False
