"""The life of a generator: load, qualify, then jobs until it is told to stop."""

import asyncio
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Protocol, TypeVar

import structlog

from homework_generator import metrics
from homework_generator.errors import CannotStart
from homework_generator.model.hardware import GIB, Gpu
from homework_generator.model.plan import Plan
from homework_generator.screen import Screen
from homework_generator.settings import GeneratorSettings
from homework_generator.writing.generate import Writer
from homework_generator.writing.qualification import qualify
from homework_generator.writing.quality import Quality
from homework_generator.writing.requests import TextEngine
from homework_shared.errors import GeneratorLost
from homework_shared.exercises.messages import GeneratorKind
from homework_shared.messaging.topology import JOBS
from homework_shared.messaging.transport import Broker
from homework_shared.runtime.retry import pause
from homework_shared.worker.heartbeat import WorkerSettings
from homework_shared.worker.session import run_worker
from homework_shared.worker.stats import WorkerStats

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

REBUILDS = 1
"""When an engine dies again after that, its cause is not one that a new engine in this process would cure."""

T = TypeVar("T")

_HEALTH_SECONDS = 1.0
SILENT_SECONDS = 180.0
"""An engine that has work and gives not one token for so long hangs. A slow one gives some, and lives."""

_REBUILT_EXERCISES = 3
"""An engine that is rebuilt has qualified before. It only has to show that it answers."""


class Engine(TextEngine, Protocol):
    """What serving needs of an engine, beside text."""

    @property
    def dead(self) -> bool:
        """Whether the engine core is gone; it does not come back."""

    def shutdown(self) -> None:
        """Free the GPU."""


StartEngine = Callable[[Plan, WorkerStats], Awaitable[Engine]]
"""Loads the model. Cancelling it ends what it started."""


class Generator:
    """One worker on `generation.jobs`, and the engine behind it."""

    def __init__(
        self, settings: GeneratorSettings, plan: Plan, gpu: Gpu | None, broker: Broker, start: StartEngine
    ) -> None:
        self._settings = settings
        self._plan = plan
        self._broker = broker
        self._start = start
        self._stats = WorkerStats()
        self._quality = Quality(self._stats.outcomes)
        self._worker = worker_settings(settings, plan, gpu)
        self._screen = Screen(settings.worker_id, plan, self._stats, self._quality, settings.status_file)

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`, or until idle for as long as the settings say.

        Raises:
            GeneratorLost: the engine died more often than it is worth rebuilding.
            CannotStart: the model did not qualify, and no job was taken.
        """
        drawing = asyncio.create_task(self._screen.show_for_ever())
        try:
            await self._serve_and_rebuild(stop)
        finally:
            drawing.cancel()
            await asyncio.gather(drawing, return_exceptions=True)

    async def _serve_and_rebuild(self, stop: asyncio.Event) -> None:
        for rebuilds_left in range(REBUILDS, -1, -1):
            try:
                await self._serve(stop, is_rebuilt=rebuilds_left < REBUILDS)
            except GeneratorLost as error:
                if stop.is_set():
                    return  # Ctrl-C in a terminal reaches the engine core too
                if not rebuilds_left:
                    raise
                log.error("engine_died", error=str(error), hint="its jobs are back in the queue; rebuilding")
                metrics.engine_restarts.inc()
            else:
                return

    async def _serve(self, stop: asyncio.Event, *, is_rebuilt: bool) -> None:
        try:
            await self._load_and_work(stop, is_rebuilt=is_rebuilt)
        except CannotStart as error:
            if not is_rebuilt:
                raise
            # The engine did start before. Memory that is not yet free may be what holds it up now, and a
            # new process may find it free.
            raise GeneratorLost(str(error)) from error

    async def _load_and_work(self, stop: asyncio.Event, *, is_rebuilt: bool) -> None:
        self._screen.phase = "loading the model"
        engine = await _unless(stop, self._start(self._plan, self._stats))
        if engine is None:
            return
        try:
            self._screen.phase = "writing exercises to qualify"
            if await _unless(stop, self._qualify(engine, is_rebuilt=is_rebuilt)):
                self._screen.phase = ""
                await self._work(engine, stop)
        finally:
            self._screen.phase = "stopping"
            engine.shutdown()

    async def _qualify(self, engine: Engine, *, is_rebuilt: bool) -> bool:
        settings = self._settings
        exercises = _REBUILT_EXERCISES if is_rebuilt else settings.qualifying_exercises
        # These questions are nobody's homework, so the writer has a memory of its own.
        writer = Writer(engine, quality=self._quality, self_check=settings.self_check)
        may_fail = is_rebuilt or settings.ignore_qualification
        await qualify(writer, exercises, settings.min_usable_share, refuse=not may_fail)
        return True

    async def _work(self, engine: Engine, stop: asyncio.Event) -> None:
        self._stats.touch()  # Loading does not count as idling.
        leave = asyncio.Event()
        write = Writer(engine, quality=self._quality, self_check=self._settings.self_check).write
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._watch(engine, stop, leave))
                group.create_task(run_worker(self._broker, self._worker, write, leave, self._stats))
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None

    async def _watch(self, engine: Engine, stop: asyncio.Event, leave: asyncio.Event) -> None:
        """Set `leave` when it is time to go. Raises GeneratorLost when the engine dies or hangs."""
        tokens, silent, idle_seconds = self._stats.tokens, 0.0, self._settings.idle_minutes * 60
        while not stop.is_set():
            if engine.dead:
                raise GeneratorLost("the engine core died")
            if self._stats.tokens != tokens:
                tokens, silent = self._stats.tokens, 0.0
            elif self._stats.generating:  # Short deadlines empty the worker again and again.
                silent += _HEALTH_SECONDS
            if silent > SILENT_SECONDS:
                raise GeneratorLost(f"the engine wrote nothing in {SILENT_SECONDS:.0f} s of work")
            if idle_seconds and self._stats.idle_seconds() > idle_seconds:
                log.info("idle", minutes=idle_seconds / 60, hint="no jobs came; ending to free the GPU")
                break
            await pause(stop, _HEALTH_SECONDS)
        leave.set()


def worker_settings(settings: GeneratorSettings, plan: Plan, gpu: Gpu | None) -> WorkerSettings:
    """The worker holds as many jobs as the engine runs requests, because each job is at least one request."""
    return WorkerSettings(
        queue=JOBS,
        kind=GeneratorKind.VLLM,
        worker_id=settings.worker_id,
        model=settings.model[-200:],
        version=version("homework-generator"),
        prefetch=plan.max_num_seqs,
        gpu=gpu.name if gpu else None,
        gpu_memory_gb=round(gpu.total / GIB, 1) if gpu else None,
        drain_seconds=settings.drain_seconds,
        backoff=settings.broker.backoff,
    )


async def _unless(stop: asyncio.Event, work: Awaitable[T]) -> T | None:
    """The result of `work`, or None if `stop` came first: then `work` is cancelled."""
    working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        for task in (working, stopping):
            task.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)
