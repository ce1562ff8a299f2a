"""Engines that write what a test tells them to."""

import asyncio
import json
from collections.abc import Callable
from itertools import count

from homework_generator.model.plan import Plan
from homework_generator.settings import EngineSettings
from homework_generator.writing.generate import Completion
from homework_generator.writing.schema import Schema
from homework_shared.worker.stats import WorkerStats

PLAN = Plan("tiny", "auto", None, 2048, 8, None, EngineSettings())
_numbers = count()


def written(schema: Schema, word: str | None = None) -> str:
    """What a well-behaved model writes for a schema; each time something else, unless `word` is given."""
    word = word or f"casa{next(_numbers)}"
    by_type: dict[str, dict[str, object]] = {
        "fill_in_blank": {"question": f"La {word} ___ grande. (essere)", "correct_answer": "è"},
        "translation": {
            "question": f"Translate: The {word} is big.",
            "correct_answer": f"La {word} è grande.",
        },
        "multiple_choice": {
            "question": f"La {word} è ___.",
            "correct_answer": "grande",
            "wrong_options": ["grandi", "grando", "granda"],
        },
    }
    kind = schema["properties"]["type"]["const"]
    return json.dumps({"type": kind} | by_type[kind] | {"explanation": "Casa is feminine singular."})


Answer = Callable[[str, Schema, int], Completion | Exception]


def whole(text: str) -> Completion:
    return Completion(text, ended_by_itself=True, prompt_tokens=100, completion_tokens=40)


class ScriptedEngine:
    """Answers with `answer`, after `seconds`; counts what was asked and what was cancelled."""

    def __init__(self, answer: Answer | None = None, seconds: float = 0.0) -> None:
        self._answer = answer or (lambda _prompt, schema, _seed: whole(written(schema)))
        self._seconds = seconds
        self.prompts: list[str] = []
        self.seeds: list[int] = []
        self.running = 0
        self.most_running = 0
        self.dead = False
        self.stats: WorkerStats | None = None
        self.shut_down = False

    async def complete(self, prompt: str, schema: Schema, seed: int) -> Completion:
        """Counts its tokens where the real engine does: in the stats it was started with."""
        self.prompts.append(prompt)
        self.seeds.append(seed)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await asyncio.sleep(self._seconds)
            answer = self._answer(prompt, schema, seed)
        finally:
            self.running -= 1
        if isinstance(answer, Exception):
            raise answer
        if self.stats:
            self.stats.tokens += answer.completion_tokens
        return answer

    def shutdown(self) -> None:
        self.shut_down = True


class Engines:
    """Starts one engine after another, as a generator does that rebuilds."""

    def __init__(self, *engines: ScriptedEngine) -> None:
        self._left = list(engines)
        self.started = 0

    async def __call__(self, _plan: Plan, stats: WorkerStats) -> ScriptedEngine:
        self.started += 1
        engine = self._left.pop(0)
        engine.stats = stats
        return engine
