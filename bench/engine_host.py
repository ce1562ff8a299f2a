"""Runs the generator's engine and worker loop, and repeats the pipeline's requests on the engine directly.

It runs in .venv-vllm. Its argument is the greatest number of tries for an exercise. It reads commands from
stdin, each a line of JSON. {"replay": "together" | "by_job"} sends the engine all requests that the pipeline
has sent since the last command. {"forget": true} forgets these requests and reports what the pipeline did.
"""

import asyncio
import json
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from homework_generator.engines.vllm.engine import VllmEngine
from homework_generator.engines.vllm.starter import profile_of
from homework_generator.model.files import find_model
from homework_generator.model.hardware import find_gpu
from homework_generator.model.preflight import choose
from homework_generator.serve import worker_settings
from homework_generator.settings import GeneratorSettings
from homework_generator.writing.generate import Writer
from homework_generator.writing.memory import Memory
from homework_generator.writing.quality import Quality
from homework_generator.writing.requests import Completion, Likelihoods, Request
from homework_shared.exercises.messages import GenerateHomework
from homework_shared.messaging.broker import RabbitBroker
from homework_shared.worker.session import Draft, run_worker
from homework_shared.worker.stats import WorkerStats

T = TypeVar("T")
Call = Callable[[], Awaitable[object]]
SAMPLE_SECONDS = 0.05
MANY = 60
"""The number of requests in flight that keeps a GPU busy."""


class Recorder:
    """Passes calls on to the engine and records them by job."""

    def __init__(
        self, engine: VllmEngine, stats: WorkerStats, batch: int, *, self_check: bool, tries: int
    ) -> None:
        self.engine = engine
        self._stats = stats
        self._batch = batch
        self._self_check = self_check
        self._tries = tries
        self._memory = Memory()
        self._calls: dict[str, list[Call]] = defaultdict(list)
        self._running = 0
        self._samples: list[int] = []
        self._tokens_before = 0
        self.quality = Quality()

    async def write(self, job: GenerateHomework) -> Draft:
        engine = _OfJob(self, str(job.job_id))
        writer = Writer(engine, self._memory, self.quality, self_check=self._self_check, tries=self._tries)
        return await writer.write(job)

    async def run(self, job: str, call: Callable[[], Awaitable[T]]) -> T:
        self._calls[job].append(call)
        self._running += 1
        try:
            return await call()
        finally:
            self._running -= 1

    async def sample_for_ever(self) -> None:
        """Sample the number of requests in flight whenever there are any."""
        while True:
            if self._running:
                self._samples.append(self._running)
            await asyncio.sleep(SAMPLE_SECONDS)

    async def replay(self, *, together: bool) -> dict[str, float]:
        """Repeat the recorded calls directly on the engine. The prefix cache is empty at the start, as it was
        then.
        """
        await self.reset_cache()
        jobs = list(self._calls.values())
        groups = [[call for job in jobs for call in job]] if together else jobs
        places = asyncio.Semaphore(self._batch)

        async def in_its_place(call: Call) -> None:
            async with places:
                await call()

        before, started = self._stats.tokens, time.monotonic()
        for group in groups:
            await asyncio.gather(*map(in_its_place, group))
        return {"tokens": self._stats.tokens - before, "seconds": time.monotonic() - started}

    async def forget(self) -> dict[str, object]:
        """The work that the pipeline and the replays have done since the last call. The counts and the record
        start again.
        """
        samples = self._samples or [0]
        done = {
            "tokens": self._stats.tokens - self._tokens_before,
            "tries": self.quality.tries,
            "usable": self.quality.outcomes.usable,
            "faults": dict(self.quality.outcomes.faults(most=20)),
            "check_percent": round(self.quality.check_percent),
            "in_flight": sum(samples) / len(samples),
            "many_in_flight": sum(count >= MANY for count in samples) / len(samples),
        }
        self._calls.clear()
        self._samples, self._tokens_before, self.quality = [], self._stats.tokens, Quality()
        await self.reset_cache()
        return done

    async def reset_cache(self) -> None:
        await self.engine._llm.reset_prefix_cache()  # noqa: SLF001 - the product has no use for it


class _OfJob:
    """The engine as one job uses it."""

    def __init__(self, recorder: Recorder, job: str) -> None:
        self._recorder = recorder
        self._job = job

    async def complete(self, request: Request) -> Completion:
        return await self._recorder.run(self._job, lambda: self._recorder.engine.complete(request))

    async def log_likelihoods(self, texts: Sequence[str]) -> Likelihoods:
        return await self._recorder.run(self._job, lambda: self._recorder.engine.log_likelihoods(texts))


async def main(tries: int) -> None:
    settings, gpu, stats, stop = GeneratorSettings(), find_gpu(), WorkerStats(), asyncio.Event()
    plan = choose(find_model(settings.model), gpu, settings.engine)
    engine = await VllmEngine.start(plan, profile_of(plan, settings.model, gpu), stats)
    recorder = Recorder(engine, stats, plan.max_num_seqs, self_check=settings.self_check, tries=tries)
    worker = worker_settings(settings, engine.profile)
    broker = RabbitBroker(settings.broker, settings.worker_id)
    working = asyncio.create_task(run_worker(broker, worker, recorder.write, stop, stats))
    sampling = asyncio.create_task(recorder.sample_for_ever())
    say({"ready": True, "gpu": gpu.name if gpu else None, "batch": plan.max_num_seqs})
    while line := await asyncio.to_thread(sys.stdin.readline):
        order = json.loads(line)
        if "replay" in order:
            say(await recorder.replay(together=order["replay"] == "together"))
        else:
            say(await recorder.forget())
    stop.set()
    await working
    sampling.cancel()
    await engine.close()


def say(answer: Mapping[str, object]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
