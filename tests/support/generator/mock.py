"""The real mock generator as a role of the test's own event loop."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from homework_mock_generator.__main__ import worker_settings, writing_with
from homework_mock_generator.content import Content
from homework_mock_generator.generate import MockGenerator
from homework_mock_generator.settings import MockSettings
from homework_shared.exercises.messages import GeneratorKind
from homework_shared.messaging.topology import JOBS
from homework_shared.messaging.transport import Broker
from homework_shared.worker.session import run_worker

Role = Callable[[asyncio.Event], Awaitable[None]]


def mock_generator(broker: Broker) -> Role:
    """Run the mock generator on the fallback queue, as in the product."""
    return generator_like(GeneratorKind.MOCK, broker)


def generator_like(kind: GeneratorKind, broker: Broker) -> Role:
    """Run the mock's writer. As `vllm` it takes jobs from the GPU's queue and publishes in the GPU's name."""
    settings = replace(worker_settings(MockSettings()), kind=kind)
    if kind is GeneratorKind.VLLM:
        settings = replace(settings, queue=JOBS, last_resort=False, worker_id="gpu")
    write = writing_with(MockGenerator(Content.load()))
    return lambda stop: run_worker(broker, settings, write, stop)
