"""`homework-generator`: writes homework with a model, on this machine's GPU or on a server at ENGINE_URL.
`--check` prints what it would do and exits.
"""

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence

import structlog
from pydantic import ValidationError
from pydantic_settings import SettingsError
from rich.console import Console

from homework_generator.broker_address.address import resolver_for
from homework_generator.engines.engine import EngineStarter
from homework_generator.engines.server.starter import ServerStarter
from homework_generator.engines.vllm.starter import VllmStarter
from homework_generator.errors import CannotStart
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
        "--check",
        action="store_true",
        help="check that the model fits or the server answers, print how prompts are formatted, and exit",
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
        _end(EXIT_ENGINE_DIED, f"{error}, also after it was rebuilt: restart this process")


def _run(settings: GeneratorSettings, *, only_check: bool) -> None:
    configure("generator", settings.logs.format, settings.logs.level)
    for chatty in ("httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
    broker = RabbitBroker(settings.broker, settings.worker_id, resolver_for(settings))
    starter = _starter(settings)
    console = Console(width=100 if not sys.stdout.isatty() else None)
    console.print(choices(starter.rows()))
    if only_check:
        console.print(choices(asyncio.run(starter.check()), "How the model is spoken to"))
        return
    starter.fetch()
    with (
        metrics_served(*settings.metrics.address),
        traced("generator", settings.traces.endpoint),
    ):
        stop_seconds = settings.drain_seconds + ENGINE_STOP_SECONDS
        run_until_signalled(lambda stop: _serve(settings, starter, broker, stop), stop_seconds)


def _starter(settings: GeneratorSettings) -> EngineStarter:
    if settings.server.url is not None:
        return ServerStarter(settings, settings.server.url)
    return VllmStarter(settings)


async def _serve(
    settings: GeneratorSettings, starter: EngineStarter, broker: RabbitBroker, stop: asyncio.Event
) -> None:
    await _try_broker(broker)
    await Generator(settings, broker, starter).run(stop)


async def _try_broker(broker: RabbitBroker) -> None:
    """Try the connection, so that a wrong ticket is reported before the model has loaded."""
    try:
        async with broker.publisher():
            log.info("broker_found")
    except HomeworkError as error:
        log.warning("broker_not_found", error=str(error), hint="loading the model; it is tried again then")


def _end(code: int, text: str) -> None:
    Console(stderr=True, soft_wrap=True, highlight=False).print(f"homework-generator: {text}", markup=False)
    sys.exit(code)


if __name__ == "__main__":
    main()
