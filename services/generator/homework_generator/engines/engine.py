"""The interface that every engine implements."""

from dataclasses import dataclass
from typing import Protocol

from homework_generator.model.plan import Row
from homework_generator.writing.requests import TextEngine
from homework_shared.worker.stats import WorkerStats

LONGEST_MODEL_NAME = 200
"""Characters, as statuses and results take them. Of a longer name the end tells more."""


@dataclass(frozen=True, slots=True)
class EngineProfile:
    """The engine as the teacher sees it. `server` is None for an engine on this machine. `requests_at_once`
    is the number of requests that run concurrently; further requests would wait.
    """

    engine: str
    model: str
    requests_at_once: int
    server: str | None = None
    gpu: str | None = None
    gpu_memory_gb: float | None = None


class Engine(TextEngine, Protocol):
    """An engine that has started."""

    @property
    def profile(self) -> EngineProfile: ...

    @property
    def dead(self) -> bool:
        """Whether the engine has stopped and does not recover."""

    async def close(self) -> None:
        """Free the GPU, or close the connections to the server."""


class EngineStarter(Protocol):
    """Starts one kind of engine."""

    @property
    def model(self) -> str:
        """The model's name as far as it is known before the start."""

    @property
    def returns_by_itself(self) -> bool:
        """Whether a lost engine may recover without a restart of it, so that waiting is worth it."""

    def rows(self) -> tuple[Row, ...]:
        """What will run and why, before it starts. Raises CannotStart."""

    async def check(self) -> tuple[Row, ...]:
        """Further rows for `--check`. Raises CannotStart."""

    def fetch(self) -> None:
        """Copy to this machine's disk what the start needs, which may take minutes. Raises CannotStart."""

    async def start(self, stats: WorkerStats) -> Engine:
        """Load the model, or find the server. Cancelling it undoes what it began.

        Raises:
            CannotStart: the text says what to do.
        """
