"""Writes one homework with the model: each exercise is a request of its own, and all run concurrently.

The engine batches concurrent requests, so the exercises of a job, and of many jobs, cost little more than
one. An answer that is cut off or unusable costs one exercise, and only that one is requested again.
"""

import asyncio
import hashlib
from dataclasses import dataclass, field

import structlog

from homework_generator import metrics
from homework_generator.errors import NoUsableExercise, Unusable
from homework_generator.writing.examples import questions_of_examples
from homework_generator.writing.memory import Memory
from homework_generator.writing.prompt import Task, tasks
from homework_generator.writing.quality import Quality
from homework_generator.writing.requests import Request, TextEngine
from homework_generator.writing.schema import SCHEMAS, parse
from homework_generator.writing.solving import SelfCheck, Spent
from homework_shared.exercises.exercise import Exercise
from homework_shared.exercises.messages import GenerateHomework
from homework_shared.language.accepted import with_right_answers_only
from homework_shared.language.asked import Asked
from homework_shared.language.examine import problems
from homework_shared.worker.outcomes import USABLE
from homework_shared.worker.session import Draft

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

TRIES = 5
REPEATED = "repeated"


@dataclass
class JobState:
    """The result of one job so far: the exercises and, if all tries failed, the last fault, by index."""

    job: GenerateHomework
    written: dict[int, Exercise] = field(default_factory=dict)
    failed: dict[int, Unusable] = field(default_factory=dict)
    writing: Spent = field(default_factory=Spent)
    checking: Spent = field(default_factory=Spent)


class Writer:
    """Writes homework with an engine. `write` is the worker's generate function."""

    def __init__(
        self,
        engine: TextEngine,
        memory: Memory | None = None,
        quality: Quality | None = None,
        *,
        self_check: bool = True,
        tries: int = TRIES,
    ) -> None:
        self._engine = engine
        self._memory = Memory(known=questions_of_examples()) if memory is None else memory
        self.quality = quality or Quality()
        self._self_check = SelfCheck(engine) if self_check else None
        self._tries = tries

    async def write(self, job: GenerateHomework) -> Draft:
        """Write the exercises of a homework, all of them different. An exercise that fails all its tries is
        missing from the draft.

        Cancelling it aborts the engine's requests.

        Raises:
            NoUsableExercise, PromptRefused: no exercise was written. Reject the job, so that the mock
                generator gets it now.
            GeneratorLost: the engine is dead.
        """
        state = await self.try_all(job, self._tries)
        if not state.written:
            faults = ", ".join(sorted({error.outcome for error in state.failed.values()}))
            raise NoUsableExercise(f"all {job.quantity} exercises failed {self._tries} tries: {faults}")
        return Draft(
            exercises=tuple(state.written[index] for index in sorted(state.written)),
            missing=tuple(sorted(state.failed)),
            prompt_tokens=state.writing.prompt + state.checking.prompt,
            completion_tokens=state.writing.completion + state.checking.completion,
        )

    async def try_all(self, job: GenerateHomework, tries: int) -> JobState:
        """Write each exercise of a job, with at most so many tries. Raises PromptRefused, GeneratorLost."""
        state = JobState(job)
        try:
            async with asyncio.TaskGroup() as group:
                for index, task in enumerate(tasks(job)):
                    group.create_task(self._write_one(state, index, task, tries))
        except BaseExceptionGroup as several:
            self._release(state)
            raise several.exceptions[0] from None
        except asyncio.CancelledError:
            self._release(state)
            raise
        return state

    async def _write_one(self, state: JobState, index: int, task: Task, tries: int) -> None:
        prompt = task.prompt
        for attempt in range(tries):
            request = Request(prompt, SCHEMAS[task.kind], _seed(state.job.seed, index, attempt))
            try:
                state.written[index] = await self._try(state, task, request)
            except Unusable as error:
                if error.outcome == REPEATED:  # Most often the fault is a copy of the example.
                    prompt = task.without_example
                self.quality.count(error.outcome)
                state.failed[index] = error
                log.info(
                    "exercise_again", job_id=str(state.job.job_id), outcome=error.outcome, why=str(error)
                )
            else:
                self.quality.count(USABLE)
                state.failed.pop(index, None)
                return

    async def _try(self, state: JobState, task: Task, request: Request) -> Exercise:
        completion = await self._engine.complete(request)
        for spent in (state.writing, self.quality.written):
            spent.add(completion.prompt_tokens, completion.completion_tokens)
        if not completion.ended_by_itself:
            raise Unusable("truncated")
        exercise = parse(completion.text, request.seed)
        if exercise.type is not task.kind:
            raise Unusable("invalid", f"asked for {task.kind}, got {exercise.type}")
        asked = Asked(state.job.cefr_level, state.job.grammar_focus, state.job.topic)
        for problem in problems(exercise, asked):
            raise Unusable(str(problem.check), problem.detail)
        exercise = _keep_right_answers(exercise, asked)
        if not self._memory.claim(exercise.question):
            raise Unusable(REPEATED)
        try:
            await self._check(state, exercise, task)
        except Unusable:
            raise  # The question stays in memory, because it would fail again.
        except BaseException:
            self._memory.release([exercise.question])
            raise
        return exercise

    async def _check(self, state: JobState, exercise: Exercise, task: Task) -> None:
        if self._self_check is None:
            return
        spent = Spent()
        try:
            await self._self_check.check(exercise, task.lesson, spent)
        finally:
            for total in (state.checking, self.quality.checked):
                total.add(spent.prompt, spent.completion)

    def _release(self, state: JobState) -> None:
        self._memory.release(exercise.question for exercise in state.written.values())


def _seed(job_seed: int, index: int, attempt: int) -> int:
    """A seed of 31 bits, the same for the same try of the same exercise of the same job."""
    digest = hashlib.blake2b(f"{job_seed}:{index}:{attempt}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") >> 1


def _keep_right_answers(exercise: Exercise, asked: Asked) -> Exercise:
    kept, dropped = with_right_answers_only(exercise, asked)
    metrics.accepted_answers.labels("kept").inc(len(kept.accepted_answers))
    for problem in dropped:
        metrics.accepted_answers.labels(problem.check).inc()
    return kept
