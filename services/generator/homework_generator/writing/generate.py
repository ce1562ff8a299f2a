"""One homework from the model: every exercise its own request, all of them at once.

The engine batches whatever runs at the same time, so a job's exercises and many jobs' cost little
more than one. What comes back cut off or unusable costs one exercise, which alone is asked for again.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from homework_generator import metrics
from homework_generator.errors import NoUsableExercise, Unusable
from homework_generator.writing.prompt import kinds_of, prompts
from homework_generator.writing.schema import SCHEMAS, Schema, parse
from homework_shared.exercises.exercise import Exercise
from homework_shared.exercises.messages import GenerateHomework
from homework_shared.worker.session import Draft

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

TRIES = 5
REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Completion:
    """What the engine wrote. Only text that ended by itself can be whole."""

    text: str
    ended_by_itself: bool
    prompt_tokens: int
    completion_tokens: int


class TextEngine(Protocol):
    """The part of the engine that writing needs."""

    async def complete(self, prompt: str, schema: Schema, seed: int) -> Completion:
        """Text that follows `schema`. Cancelling it frees the engine.

        Raises:
            PromptRefused: this prompt can never be answered.
            Unusable: this try failed.
            GeneratorLost: the engine is dead.
        """


class Memory:
    """The questions written lately, so that classmates get different ones. Oldest forgotten first."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self._size = size
        self._keys: OrderedDict[str, None] = OrderedDict()

    def claim(self, exercise: Exercise) -> bool:
        """Whether this question is new; it is not any more after the call."""
        key = _key(exercise)
        if key in self._keys:
            return False
        self._keys[key] = None
        if len(self._keys) > self._size:
            self._keys.popitem(last=False)
        return True

    def release(self, exercises: Iterable[Exercise]) -> None:
        """Forget what no student will see."""
        for exercise in exercises:
            self._keys.pop(_key(exercise), None)


@dataclass
class JobState:
    """What one job has so far."""

    job: GenerateHomework
    written: dict[int, Exercise] = field(default_factory=dict)
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Writer:
    """Writes homework with an engine; `write` is the worker's generate function."""

    def __init__(self, engine: TextEngine, memory: Memory | None = None) -> None:
        self._engine = engine
        self._memory = memory or Memory()

    async def write(self, job: GenerateHomework) -> Draft:
        """All exercises of a homework, no two alike. Cancelling it aborts what the engine still does.

        Raises:
            NoUsableExercise, PromptRefused: reject the job, so that the mock gets it now.
            GeneratorLost: the engine is dead.
        """
        desk = JobState(job)
        try:
            async with asyncio.TaskGroup() as group:
                for index, prompt in enumerate(prompts(job)):
                    group.create_task(self._write_one(desk, index, prompt))
        except BaseExceptionGroup as several:
            self._memory.release(desk.written.values())
            raise several.exceptions[0] from None
        except asyncio.CancelledError:
            self._memory.release(desk.written.values())
            raise
        exercises = tuple(desk.written[index] for index in range(job.quantity))
        return Draft(exercises, prompt_tokens=desk.prompt_tokens, completion_tokens=desk.completion_tokens)

    async def _write_one(self, desk: JobState, index: int, prompt: str) -> None:
        for attempt in range(TRIES):
            try:
                desk.written[index] = await self._try(desk, index, prompt, attempt)
            except Unusable as error:
                metrics.exercises.labels(error.outcome).inc()
                log.info("exercise_again", job_id=str(desk.job.job_id), outcome=error.outcome, why=str(error))
            else:
                metrics.exercises.labels("usable").inc()
                return
        raise NoUsableExercise(f"the model wrote no usable exercise in {TRIES} tries")

    async def _try(self, desk: JobState, index: int, prompt: str, attempt: int) -> Exercise:
        kind = kinds_of(desk.job)[index]
        seed = _seed(desk.job.seed, index, attempt)
        completion = await self._engine.complete(prompt, SCHEMAS[kind], seed)
        desk.prompt_tokens += completion.prompt_tokens
        desk.completion_tokens += completion.completion_tokens
        if not completion.ended_by_itself:
            raise Unusable("truncated")
        exercise = parse(completion.text, seed)
        if exercise.type is not kind:
            raise Unusable("invalid", f"asked for {kind}, got {exercise.type}")
        if not self._memory.claim(exercise):
            raise Unusable("repeated")
        return exercise


def _seed(job_seed: int, index: int, attempt: int) -> int:
    """A seed of 31 bits, the same for the same try of the same exercise of the same job."""
    digest = hashlib.blake2b(f"{job_seed}:{index}:{attempt}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") >> 1


def _key(exercise: Exercise) -> str:
    return " ".join(exercise.question.casefold().split())
