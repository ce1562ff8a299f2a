"""The generator's own engine and worker loop, and the same prompts again without the pipeline.

Runs in .venv-vllm and takes orders on stdin, one JSON a line: {"replay": "together" | "by_job"} asks the
engine directly for everything that the pipeline asked for since the last order, {"forget": true} drops it.
"""

import asyncio
import json
import sys
import time
from collections import defaultdict
from collections.abc import Mapping

from homework_generator.engine import VllmEngine
from homework_generator.model.files import find_model
from homework_generator.model.hardware import find_gpu
from homework_generator.model.preflight import choose
from homework_generator.serve import prove, worker_settings
from homework_generator.settings import GeneratorSettings
from homework_generator.writing.generate import Completion, Writer
from homework_generator.writing.schema import Schema
from homework_shared.exercises.messages import GenerateHomework
from homework_shared.messaging.broker import RabbitBroker
from homework_shared.worker.session import Draft, run_worker
from homework_shared.worker.stats import WorkerStats

Request = tuple[str, Schema, int]


class Recorder:
    """Passes requests on to the engine and remembers them, by job."""

    def __init__(self, engine: VllmEngine) -> None:
        self._engine = engine
        self.jobs: dict[str, list[Request]] = defaultdict(list)

    async def write(self, job: GenerateHomework) -> Draft:
        return await Writer(_OfJob(self, str(job.job_id))).write(job)

    async def complete(self, job: str, request: Request) -> Completion:
        self.jobs[job].append(request)
        return await self._engine.complete(*request)

    async def replay(self, together: bool) -> dict[str, float]:
        """The same requests, straight to the engine. The prefix cache starts empty, as it did then."""
        await self.reset_cache()
        jobs = list(self.jobs.values())
        groups = [[request for job in jobs for request in job]] if together else jobs
        tokens, started = 0, time.monotonic()
        for group in groups:
            done = await asyncio.gather(*(self._engine.complete(*request) for request in group))
            tokens += sum(completion.completion_tokens for completion in done)
        return {"tokens": tokens, "seconds": time.monotonic() - started}

    async def reset_cache(self) -> None:
        await self._engine._llm.reset_prefix_cache()  # noqa: SLF001 - the product has no use for it


class _OfJob:
    def __init__(self, recorder: Recorder, job: str) -> None:
        self._recorder = recorder
        self._job = job

    async def complete(self, prompt: str, schema: Schema, seed: int) -> Completion:
        return await self._recorder.complete(self._job, (prompt, schema, seed))


async def main() -> None:
    settings, gpu, tally, stop = GeneratorSettings(), find_gpu(), WorkerStats(), asyncio.Event()
    plan = choose(find_model(settings.model), gpu, settings.engine)
    engine = await VllmEngine.start(plan, tally)
    await prove(engine)
    recorder = Recorder(engine)
    worker = worker_settings(settings, plan, gpu)
    broker = RabbitBroker(settings.broker, settings.worker_id)
    working = asyncio.create_task(run_worker(broker, worker, recorder.write, stop, tally))
    say({"ready": True, "gpu": gpu.name if gpu else None, "batch": plan.max_num_seqs})
    while line := await asyncio.to_thread(sys.stdin.readline):
        await obey(json.loads(line), recorder, tally)
    stop.set()
    await working
    engine.shutdown()


async def obey(order: dict[str, object], recorder: Recorder, tally: WorkerStats) -> None:
    if "replay" in order:
        say(await recorder.replay(order["replay"] == "together"))
    else:
        recorder.jobs.clear()
        await recorder.reset_cache()
        say({"tokens": tally.tokens})


def say(answer: Mapping[str, object]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
