"""The real engine on a CPU: the generator runs in .venv-vllm, which `make test-vllm` makes."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.broker.brokers import BrokerProcess, purge, unavailable
from tests.support.generator.process import ENGINE_PYTHON, EngineProcess
from tests.support.generator.small_models import MODELS
from tests.support.processes import ROOT


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder that the tests generate."""
    if not ENGINE_PYTHON.exists():
        unavailable("no .venv-vllm: run `make test-vllm`, which makes it")
    folder = tmp_path_factory.mktemp("tiny")
    command = [str(ENGINE_PYTHON), "-m", "tests.support.generator.tiny_model", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
    return folder


@pytest.fixture(scope="session")
def small_model() -> Path:
    """A real language model that knows little Italian. HOMEWORK_SMALL_MODEL names another one."""
    folder = MODELS / os.environ.get("HOMEWORK_SMALL_MODEL", "smollm2")
    if not folder.is_dir():
        unavailable(f"no {folder}: run `make test-vllm`, which makes it")
    return folder


@pytest.fixture(scope="session")
def small_model_file(small_model: Path) -> Path:
    """The same model as a GGUF file, which llama.cpp reads."""
    if not (file := small_model.with_suffix(".gguf")).exists():
        unavailable(f"no {file}: run `make test-vllm`, which makes it")
    return file


@pytest.fixture(scope="session")
def engine_broker(running_broker: BrokerProcess) -> BrokerProcess:
    """The broker of the whole run. The notebook's file has one of its own."""
    return running_broker


@pytest.fixture(scope="module")
def generator(
    engine_broker: BrokerProcess, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EngineProcess]:
    """One generator for all tests of a module, because loading takes half a minute."""
    process = EngineProcess(engine_broker, tiny_model, tmp_path_factory.mktemp("generator"))
    process.start()
    try:
        process.wait_until_serving()
        yield process
    finally:
        process.close()


@pytest.fixture(autouse=True)
def _empty_queues(engine_broker: BrokerProcess) -> None:
    purge(engine_broker)


os.environ.setdefault("HF_HUB_OFFLINE", "1")
# Two test files run at once. Engines whose threads wait for each other on the same cores need far longer than
# two engines with one thread each.
os.environ.setdefault("VLLM_CPU_OMP_THREADS_BIND", "nobind")
os.environ.setdefault("OMP_NUM_THREADS", "1")
