"""`homework-mock-generator`: writes the homework that no GPU wrote before its deadline."""

import asyncio
from importlib.metadata import version

from homework_mock_generator.content import Content
from homework_mock_generator.generate import MockGenerator
from homework_mock_generator.settings import MockSettings
from homework_shared.exercises.messages import GenerateHomework, GeneratorKind
from homework_shared.messaging.broker import RabbitBroker
from homework_shared.messaging.topology import FALLBACK
from homework_shared.observability.logs import configure
from homework_shared.observability.metrics_server import metrics_served
from homework_shared.observability.tracing import traced
from homework_shared.runtime.process import run_until_signalled
from homework_shared.worker.heartbeat import WorkerSettings
from homework_shared.worker.session import Draft, Generate, run_worker


def main() -> None:
    settings = MockSettings()
    configure("mock_generator", settings.logs.format, settings.logs.level)
    generate = writing_with(MockGenerator(Content.load()))

    async def serve(stop: asyncio.Event) -> None:
        broker = RabbitBroker(settings.broker, settings.worker_id)
        await run_worker(broker, worker_settings(settings), generate, stop)

    with (
        metrics_served(*settings.metrics.address),
        traced("mock-generator", settings.traces.endpoint),
    ):
        run_until_signalled(serve)


def writing_with(generator: MockGenerator) -> Generate:
    async def generate(job: GenerateHomework) -> Draft:
        return Draft(exercises=generator.write(job))

    return generate


def worker_settings(settings: MockSettings) -> WorkerSettings:
    own_version = version("homework-mock-generator")
    return WorkerSettings(
        queue=FALLBACK,
        kind=GeneratorKind.MOCK,
        worker_id=settings.worker_id,
        model=f"mock-{own_version}",
        version=own_version,
        prefetch=settings.prefetch,
        last_resort=True,
        backoff=settings.broker.backoff,
    )


if __name__ == "__main__":
    main()
