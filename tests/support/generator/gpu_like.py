"""A stand-in for the GPU generator: the real worker loop, with a generate function that takes a given time.
It counts one try of each homework as a fault.

It is not part of the product. With it, tests can kill a worker in the middle of a job.
"""

import asyncio
import os

from homework_mock_generator.content import Content
from homework_mock_generator.generate import MockGenerator
from homework_shared.exercises.messages import GenerateHomework, GeneratorKind
from homework_shared.messaging.broker import RabbitBroker
from homework_shared.messaging.topology import JOBS
from homework_shared.observability.logs import LogFormat, configure
from homework_shared.observability.tracing import traced
from homework_shared.runtime.process import run_until_signalled
from homework_shared.settings import LocalBrokerSettings, TracingSettings
from homework_shared.worker.heartbeat import WorkerSettings
from homework_shared.worker.outcomes import USABLE
from homework_shared.worker.session import Draft, run_worker
from homework_shared.worker.stats import WorkerStats


def main() -> None:
    configure("gpu_like", LogFormat.JSON, "INFO")
    seconds = float(os.environ["GENERATE_SECONDS"])
    writer = MockGenerator(Content.load())
    settings = LocalBrokerSettings()
    worker_id, stats = f"gpu-like-{os.getpid()}", WorkerStats()

    async def generate(job: GenerateHomework) -> Draft:
        await asyncio.sleep(seconds)
        exercises = writer.write(job)
        stats.outcomes.update({USABLE: len(exercises), "options_close": 1})
        return Draft(exercises, completion_tokens=100)

    async def serve(stop: asyncio.Event) -> None:
        worker = WorkerSettings(
            queue=JOBS, kind=GeneratorKind.VLLM, worker_id=worker_id, model="gpu-like", version="0",
            engine="vLLM", prefetch=20, drain_seconds=2, backoff=settings.backoff,
        )  # fmt: skip
        await run_worker(RabbitBroker(settings, worker_id), worker, generate, stop, stats)

    with traced("gpu-like", TracingSettings().endpoint):
        run_until_signalled(serve)


if __name__ == "__main__":
    main()
