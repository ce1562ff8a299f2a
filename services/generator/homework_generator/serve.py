"""The life cycle of a generator: load the model, qualify it, then process jobs until a stop is requested."""

import asyncio
import time
from collections.abc import Awaitable
from importlib.metadata import version
from typing import TypeVar

import structlog

from homework_generator import metrics
from homework_generator.engines.engine import Engine, EngineProfile, EngineStarter
from homework_generator.errors import CannotStart
from homework_generator.screen import Screen
from homework_generator.settings import GeneratorSettings
from homework_generator.writing.generate import Writer
from homework_generator.writing.qualification import qualify
from homework_generator.writing.quality import Quality
from homework_shared.errors import GeneratorLost
from homework_shared.exercises.messages import GeneratorKind
from homework_shared.messaging.topology import JOBS
from homework_shared.messaging.transport import Broker
from homework_shared.runtime.retry import SETTLED_SECONDS, pause
from homework_shared.worker.heartbeat import WorkerSettings
from homework_shared.worker.session import run_worker
from homework_shared.worker.stats import WorkerStats

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

REBUILDS = 1
"""When an engine of ours dies again after that, a new one in this process would not cure the cause."""

FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1.0, 30.0
"""Before a server that went away is tried again; doubled each time."""

T = TypeVar("T")

_HEALTH_SECONDS = 1.0
SILENT_SECONDS = 180.0
"""An engine that has work and gives not one token for so long hangs. A slow one gives some, and lives."""

_REBUILT_EXERCISES = 3
"""An engine that is rebuilt has qualified before. It only has to show that it answers."""


class Generator:
    """One worker on `generation.jobs`, and the engine behind it."""

    def __init__(self, settings: GeneratorSettings, broker: Broker, starter: EngineStarter) -> None:
        self._settings = settings
        self._broker = broker
        self._starter = starter
        self._stats = WorkerStats()
        self._quality = Quality(self._stats.outcomes)
        self._has_qualified = False
        self._working_since: float | None = None
        self._screen = Screen(
            settings.worker_id, starter.model, self._stats, self._quality, settings.status_file
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set, or until the worker has been idle for as long as the settings say.

        Raises:
            GeneratorLost: our engine died more often than rebuilding is worth.
            CannotStart: the model did not qualify, and no job was taken.
        """
        drawing = asyncio.create_task(self._screen.show_for_ever())
        try:
            await self._serve_and_rebuild(stop)
        finally:
            drawing.cancel()
            await asyncio.gather(drawing, return_exceptions=True)

    async def _serve_and_rebuild(self, stop: asyncio.Event) -> None:
        losses, wait = 0, FIRST_WAIT_SECONDS
        while True:
            self._working_since = None
            try:
                return await self._serve(stop, is_rebuilt=losses > 0)
            except GeneratorLost as error:
                if stop.is_set():
                    return None  # Ctrl-C in a terminal reaches the engine core too.
                losses += 1
                if not self._starter.returns_by_itself and losses > REBUILDS:
                    raise
                # A start that took long to fail is no sign of health, but a period of work is.
                if self._working_since and time.monotonic() - self._working_since > SETTLED_SECONDS:
                    wait = FIRST_WAIT_SECONDS
                await self._after_loss(error, wait, stop)
                wait = min(2 * wait, LONGEST_WAIT_SECONDS)

    async def _after_loss(self, error: GeneratorLost, wait: float, stop: asyncio.Event) -> None:
        metrics.engine_restarts.inc()
        if not self._starter.returns_by_itself:
            log.error("engine_died", error=str(error), hint="its jobs are back in the queue; rebuilding")
            return
        hint = "its jobs are back in the queue; what is due meanwhile, the mock generator writes"
        log.warning("engine_away", error=str(error), again_in_seconds=wait, hint=hint)
        self._screen.phase = "waiting for the server"
        await pause(stop, wait)

    async def _serve(self, stop: asyncio.Event, *, is_rebuilt: bool) -> None:
        elsewhere = self._starter.returns_by_itself
        self._screen.phase = "trying the server" if elsewhere else "loading the model"
        engine = await _unless(stop, self._started(is_rebuilt=is_rebuilt))
        if engine is None:
            return
        try:
            self._screen.model = engine.profile.model
            self._screen.phase = "writing exercises to qualify"
            if await _unless(stop, self._qualify(engine)):
                self._screen.phase = ""
                await self._work(engine, stop)
        finally:
            self._screen.phase = "stopping"
            await engine.close()

    async def _started(self, *, is_rebuilt: bool) -> Engine:
        try:
            return await self._starter.start(self._stats)
        except CannotStart as error:
            if not is_rebuilt:
                raise
            # The engine did start before. Memory that is not freed yet may prevent it now, and a new process
            # may find it free; a server may be restarting.
            raise GeneratorLost(str(error)) from error

    async def _qualify(self, engine: Engine) -> bool:
        settings = self._settings
        exercises = _REBUILT_EXERCISES if self._has_qualified else settings.qualifying_exercises
        # The questions of the qualification are not homework, so the writer has a separate memory.
        writer = Writer(engine, quality=self._quality, self_check=settings.self_check)
        may_fail = self._has_qualified or settings.ignore_qualification
        try:
            await qualify(writer, exercises, settings.min_usable_share, refuse=not may_fail)
        except CannotStart as error:
            if not (self._has_qualified and self._starter.returns_by_itself):
                raise
            # The model has qualified before, so a failure now does not end the process.
            raise GeneratorLost(str(error)) from error
        self._has_qualified = True
        return True

    async def _work(self, engine: Engine, stop: asyncio.Event) -> None:
        self._stats.touch()  # Loading does not count as idling.
        self._working_since = time.monotonic()
        leave = asyncio.Event()
        write = Writer(engine, quality=self._quality, self_check=self._settings.self_check).write
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._watch(engine, stop, leave))
                worker = worker_settings(self._settings, engine.profile)
                group.create_task(run_worker(self._broker, worker, write, leave, self._stats))
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None

    async def _watch(self, engine: Engine, stop: asyncio.Event, leave: asyncio.Event) -> None:
        """Set `leave` when the worker should stop. Raises GeneratorLost when the engine dies or hangs."""
        tokens, silent, idle_seconds = self._stats.tokens, 0.0, self._settings.idle_minutes * 60
        while not stop.is_set():
            if engine.dead:
                raise GeneratorLost("the engine core died")
            if self._stats.tokens != tokens:
                tokens, silent = self._stats.tokens, 0.0
            elif self._stats.generating:  # Short deadlines leave the worker without jobs again and again.
                silent += _HEALTH_SECONDS
            if silent > SILENT_SECONDS:
                raise GeneratorLost(f"the engine wrote nothing in {SILENT_SECONDS:.0f} s of work")
            if idle_seconds and self._stats.idle_seconds() > idle_seconds:
                log.info("idle", minutes=idle_seconds / 60, hint="no jobs came; ending to free the GPU")
                break
            await pause(stop, _HEALTH_SECONDS)
        leave.set()


def worker_settings(settings: GeneratorSettings, profile: EngineProfile) -> WorkerSettings:
    """The worker holds as many jobs as the engine runs requests, because each job is at least one request."""
    return WorkerSettings(
        queue=JOBS,
        kind=GeneratorKind.VLLM,
        worker_id=settings.worker_id,
        model=profile.model,
        version=version("homework-generator"),
        prefetch=profile.requests_at_once,
        engine=profile.engine,
        server=profile.server,
        gpu=profile.gpu,
        gpu_memory_gb=profile.gpu_memory_gb,
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
