"""Stand-in engines that write what a test specifies."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

from tests.support.generator.phrase_book import PhraseBook

from homework_generator.engines.engine import EngineProfile
from homework_generator.model.plan import Row
from homework_generator.writing.requests import Completion, Likelihoods, Purpose, Request
from homework_shared.exercises.exercise import CefrLevel, ExerciseType
from homework_shared.exercises.messages import GenerateHomework
from homework_shared.worker.stats import WorkerStats

PROFILE = EngineProfile("scripted", "tiny", 8, server="http://127.0.0.1:11434")

Answer = Callable[[Request], Completion | Exception]


@cache
def phrase_book() -> PhraseBook:
    return PhraseBook()


def job(**fields: Any) -> GenerateHomework:
    """A job for three exercises, one of each type, due in a minute by default."""
    now = datetime.now(UTC)
    given: dict[str, Any] = {
        "cefr_level": CefrLevel.A2,
        "quantity": 3,
        "exercise_types": tuple(ExerciseType),
        "seed": 1,
    } | fields
    return GenerateHomework(job_id=uuid4(), created_at=now, deadline_at=now + timedelta(seconds=60), **given)


def one_translation(**fields: Any) -> GenerateHomework:
    return job(quantity=1, exercise_types=(ExerciseType.TRANSLATION,), **fields)


def whole(text: str) -> Completion:
    return Completion(text, ended_by_itself=True, prompt_tokens=100, completion_tokens=40)


def written(request: Request) -> Completion:
    """The text of a good model. Each call gives a different one."""
    return whole(json.dumps(phrase_book().exercise(request)))


def translation(english: str, italian: str, *accepted: str) -> Completion:
    explanation = f"“{italian.split()[-1].rstrip('.')}” is the word that the sentence ends with."
    return whole(
        json.dumps(
            {
                "type": "translation",
                "question": f"Translate: {english}",
                "correct_answer": italian,
                **({"accepted_answers": accepted} if accepted else {}),
                "explanation": explanation,
            }
        )
    )


class ScriptedEngine:
    """Writes with `answer`, after `seconds`, and solves with `solution`.

    By default it writes well and solves what it wrote. It counts the requests and the cancelled ones.
    """

    def __init__(
        self, answer: Answer = written, seconds: float = 0.0, solution: Callable[[str], str] | None = None
    ) -> None:
        self.answer = answer
        self.seconds = seconds
        self._solution = solution or self._known_answer
        self._answers: dict[str, str] = {}
        self.prompts: list[str] = []
        self.seeds: list[int] = []
        self.solved: list[str] = []
        self.running = 0
        self.most_running = 0
        self.dead = False
        self.stats: WorkerStats | None = None
        self.is_closed = False
        self.profile = PROFILE

    async def complete(self, request: Request) -> Completion:
        """Complete a prompt. It counts its tokens in the stats of its start, as the real engine does."""
        if request.purpose is Purpose.SOLVE:
            self.solved.append(request.prompt)
            return whole(json.dumps({"answer": self._solution(request.prompt)}))
        self.prompts.append(request.prompt)
        self.seeds.append(request.seed)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await asyncio.sleep(self.seconds)
            answer = self.answer(request)
        finally:
            self.running -= 1
        if isinstance(answer, Exception):
            raise answer
        self._learn(answer.text)
        if self.stats:
            self.stats.tokens += answer.completion_tokens
        return answer

    async def close(self) -> None:
        self.is_closed = True

    def _learn(self, text: str) -> None:
        try:
            exercise = json.loads(text)
            question = exercise["question"].removeprefix("Translate:").strip()
            self._answers[question] = exercise["correct_answer"]
        except (ValueError, KeyError, TypeError):
            pass

    def _known_answer(self, prompt: str) -> str:
        lines = set(prompt.splitlines())
        return next(answer for question, answer in self._answers.items() if question in lines)


class ScoringEngine(ScriptedEngine):
    """An engine that gives log-probabilities. `score` gives the probability of a sentence."""

    def __init__(self, score: Callable[[str], float], answer: Answer = written) -> None:
        super().__init__(answer)
        self._score = score
        self.scored: list[str] = []

    async def log_likelihoods(self, texts: Sequence[str]) -> Likelihoods:
        self.scored += texts
        return Likelihoods(tuple(map(self._score, texts)), 10 * len(texts), len(texts))


class StartsWith:
    """A starter whose `start` is the test's function."""

    model = "tiny"

    def __init__(
        self, start: Callable[[WorkerStats], Awaitable[ScriptedEngine]], *, returns_by_itself: bool = False
    ) -> None:
        self._start = start
        self.returns_by_itself = returns_by_itself

    def rows(self) -> tuple[Row, ...]:
        return ()

    async def check(self) -> tuple[Row, ...]:
        return ()

    async def start(self, stats: WorkerStats) -> ScriptedEngine:
        return await self._start(stats)

    def fetch(self) -> None: ...


class Engines(StartsWith):
    """Starts one engine after another, like a generator that rebuilds its engine. An error in the list is
    raised in its turn.
    """

    def __init__(self, *engines: ScriptedEngine | Exception, returns_by_itself: bool = False) -> None:
        super().__init__(self._next, returns_by_itself=returns_by_itself)
        self._left = list(engines)
        self.started = 0

    async def _next(self, stats: WorkerStats) -> ScriptedEngine:
        self.started += 1
        engine = self._left.pop(0)
        if isinstance(engine, Exception):
            raise engine
        engine.stats = stats
        return engine
