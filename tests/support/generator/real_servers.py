"""Real servers that speak OpenAI's protocol with the small real model, as processes."""

import os
import signal
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.support.broker.brokers import free_port
from tests.support.generator.llama_cpp import CONTEXT
from tests.support.generator.process import ENGINE_PYTHON
from tests.support.processes import ROOT
from tests.support.waiting import wait_until

START_SECONDS = 300.0
STOP_SECONDS = 30.0


class RealServer(ABC):
    """One server process. It runs `slots` requests at once."""

    name: str
    model = "smollm2"
    slots: int
    environment: ClassVar[dict[str, str]] = {}

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.log = folder / f"{type(self).__name__}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @abstractmethod
    def command(self) -> list[str]: ...

    @abstractmethod
    def running(self) -> int:
        """The number of requests in progress, as the server reports it."""

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(ENGINE_PYTHON), *self.command()],
                cwd=ROOT,
                env=os.environ | self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self._answers, START_SECONDS, lambda: self.log.read_text(errors="replace")[-3000:])

    def kill(self) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def ask(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=60)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text(errors="replace")[-3000:]
        try:
            return self.ask("/health").status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False


class VllmServer(RealServer):
    name = "vLLM"
    slots = 16
    environment: ClassVar[dict[str, str]] = {
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "HF_HUB_OFFLINE": "1",
        "VLLM_NO_USAGE_STATS": "1",
    }

    def __init__(self, folder: Path, model: Path) -> None:
        super().__init__(folder)
        self._folder = model

    def command(self) -> list[str]:
        # `vllm serve` runs this module, but it looks for the name of the CUDA build's package.
        return [
            "-m", "vllm.entrypoints.openai.api_server", "--model", str(self._folder),
            "--served-model-name", self.model, "--host", "127.0.0.1", "--port", str(self.port),
            "--enforce-eager", "--max-model-len", str(CONTEXT), "--max-num-seqs", str(self.slots),
        ]  # fmt: skip

    def running(self) -> int:
        families = text_string_to_metric_families(self.ask("/metrics").text)
        wanted = {"vllm:num_requests_running", "vllm:num_requests_waiting"}
        return int(sum(each.value for family in families for each in family.samples if each.name in wanted))


class LlamaCppServer(RealServer):
    name = "llama.cpp"
    slots = 4

    def __init__(self, folder: Path, gguf: Path) -> None:
        super().__init__(folder)
        self._file = gguf

    def command(self) -> list[str]:
        module = "tests.support.generator.llama_cpp"
        return ["-m", module, str(self._file), self.model, str(self.port), str(self.slots)]

    def running(self) -> int:
        slots: list[dict[str, Any]] = self.ask("/slots").json()
        return sum(slot["is_processing"] for slot in slots)
