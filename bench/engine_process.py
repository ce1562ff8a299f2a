"""Controls the benchmark's process with the engine, and makes a tiny model for it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from homework_generator.model.hardware import find_gpu

ROOT = Path(__file__).parents[1]
ENGINE_PYTHON = ROOT / ".venv-vllm" / "bin" / "python"


class EngineHost:
    """The process with the engine. It gets its commands over stdin."""

    def __init__(
        self, amqp_url: str, model: str, load_format: str, log: Path, *, self_check: bool, tries: int
    ) -> None:
        environment = os.environ | {
            "AMQP_URL": amqp_url, "MODEL": model, "GENERATOR_LOAD_FORMAT": load_format, "HF_HUB_OFFLINE": "1",
            "VLLM_CONFIGURE_LOGGING": "0", "VLLM_NO_USAGE_STATS": "1",
            "GENERATOR_SELF_CHECK": str(self_check),
        }  # fmt: skip
        self._log = log
        if find_gpu() is None:
            environment = on_a_cpu() | environment
        self._process = subprocess.Popen(
            [str(ENGINE_PYTHON), "-m", "bench.engine_host", str(tries)], cwd=ROOT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log.open("w"),
        )  # fmt: skip
        self.about = self._answer()

    def order(self, **order: object) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """Close stdin, which ends the process. If it is still working after a minute, it is terminated."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.terminate()
            self._process.wait(30)

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                answer: dict[str, Any] = json.loads(line)
                return answer
        raise SystemExit(f"the engine ended; the end of its log:\n{self._log.read_text()[-3000:]}")


def on_a_cpu() -> dict[str, str]:
    """Settings with which a small model finishes within minutes. The environment's own settings take
    precedence.
    """
    # Otherwise the engine would occupy every core and starve the broker that it waits for.
    cores = max(1, (os.cpu_count() or 2) - 1)
    return {
        "VLLM_CPU_OMP_THREADS_BIND": f"0-{cores - 1}" if cores > 1 else "0",
        "VLLM_CPU_KVCACHE_SPACE": "2",
        "GENERATOR_ENFORCE_EAGER": "true",
        "GENERATOR_MAX_MODEL_LEN": "2048",
        "GENERATOR_MAX_TOKENS": "128",
    }


def random_model(folder: Path, hidden: int, layers: int) -> str:
    """Make a tiny model with random weights. Returns its folder."""
    command = [str(ENGINE_PYTHON), "-m", "tests.support.generator.tiny_model", str(folder)]
    subprocess.run([*command, str(hidden), str(layers)], cwd=ROOT, check=True, capture_output=True)
    return str(folder)
