"""The real generator as a process with the CPU engine, and what is visible of it from outside."""

import os
import re
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import httpx
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from tests.support.broker.brokers import BrokerProcess, free_port
from tests.support.processes import ROOT
from tests.support.waiting import wait_until

ENGINE_PYTHON = ROOT / ".venv-vllm" / "bin" / "python"


VERIFIED = "tests.support.generator.verified_engine"


class EngineProcess:
    """`homework-generator` with a model folder. `settings` are environment variables.

    A model with random weights needs the module that restricts it to right exercises.
    """

    started_with: ClassVar[Sequence[str]] = ()
    python: ClassVar[Path] = ENGINE_PYTHON

    def __init__(
        self,
        broker: BrokerProcess,
        model: Path | str,
        folder: Path,
        module: str = VERIFIED,
        **settings: str,
    ) -> None:
        self._command = [*self.started_with, str(self.python), "-m", module]
        self.log = folder / "generator.log"
        self.status = folder / "status.txt"
        self._port = free_port()
        self._environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "services/mock_generator")]),
            "AMQP_URL": broker.amqp_url("generator"),
            "MODEL": str(model),
            "GENERATOR_ENFORCE_EAGER": "true",
            "METRICS_PORT": str(self._port),
            "GENERATOR_STATUS_FILE": str(self.status),
            "GENERATOR_MAX_MODEL_LEN": "2048",
            # A model with random weights solves nothing and would never qualify.
            "GENERATOR_SELF_CHECK": "false",
            "GENERATOR_IGNORE_QUALIFICATION": "true",
            "GENERATOR_QUALIFYING_EXERCISES": "3",
            "LOG_FORMAT": "json",
            "HF_HUB_OFFLINE": "1",
            "VLLM_CPU_KVCACHE_SPACE": "1",
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, stdout=log, stderr=log, cwd=self.log.parent
            )

    def wait_until_serving(self, seconds: float = 600) -> None:
        self.until(lambda: "worker_connected" in self.log.read_text(), seconds)

    def until(self, condition: Callable[[], bool], seconds: float) -> None:
        def holds() -> bool:
            is_met = condition()
            assert is_met or self.running, f"the generator ended:\n{self.tail()}"
            return is_met

        wait_until(holds, seconds, self.tail)

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def wait(self, seconds: float = 60) -> int:
        assert self._process is not None
        return self._process.wait(seconds)

    def terminate(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    def close(self) -> None:
        if self._process is None:
            return
        if self.running:
            self.terminate()
        try:
            self.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def tail(self, characters: int = 5000) -> str:
        return self.log.read_text(errors="replace")[-characters:]

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric's samples that carry `labels`."""
        return sum(
            sample.value
            for sample in self._scraped()
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def samples(self, name: str, label: str) -> dict[str, float]:
        """A metric's samples by one of its labels."""
        found: defaultdict[str, float] = defaultdict(float)
        for sample in self._scraped():
            if sample.name == name:
                found[sample.labels[label]] += sample.value
        return found

    def _scraped(self) -> Iterator[Sample]:
        text = httpx.get(f"http://127.0.0.1:{self._port}/metrics", timeout=60).text
        for family in text_string_to_metric_families(text):
            yield from family.samples

    def engine_cores(self) -> list[int]:
        """The process ids of the engine cores, which are grandchildren with their own process names. Empty
        while one is rebuilt.
        """
        assert self._process is not None
        listing = subprocess.run(
            ["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True
        ).stdout  # fmt: skip
        found = re.findall(rf"^\s*(\d+)\s+{self._process.pid}\s+VLLM::EngineCore", listing, re.MULTILINE)
        return [int(pid) for pid in found]

    def engine_core(self) -> int:
        found = self.engine_cores()
        assert len(found) == 1, found  # tests wait for it
        return found[0]

    def kill_engine_core(self) -> None:
        os.kill(self.engine_core(), signal.SIGKILL)


class ServerWorker(EngineProcess):
    """`homework-generator` with a server's model, from an environment without vLLM."""

    python: ClassVar[Path] = Path(sys.executable)

    def __init__(
        self,
        broker: BrokerProcess,
        url: str,
        model: str,
        folder: Path,
        module: str = VERIFIED,
        **settings: str,
    ) -> None:
        super().__init__(broker, model, folder, module, ENGINE_URL=url, **settings)


class PoliteEngineProcess(EngineProcess):
    """A generator with a low CPU priority. It leaves the processor to others, as an engine on a GPU would."""

    started_with = ("nice",)
