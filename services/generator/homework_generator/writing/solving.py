"""The self-check: the model solves what it wrote without seeing the answer (docs/adr/0026).

A gap or a translation is solved in words, and the solution has to be the answer. The options of a multiple
choice are compared by how likely the model holds the sentence with each of them. An engine that gives no
log-probabilities chooses one instead.
"""

import json
import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from homework_generator.errors import Unusable
from homework_generator.writing.requests import Likelihoods, Purpose, Request, SentenceScorer, TextEngine
from homework_generator.writing.schema import Schema, choice_of, solution_of
from homework_shared.exercises.checks import plain
from homework_shared.exercises.exercise import BLANK, Exercise, FillInBlank, MultipleChoice

MARGIN = 1.0
"""In nats: with the answer the sentence has to be 2.7 times as likely as with any other option."""

TRANSLATION_LIKENESS = 0.8
"""How alike two translations have to be, of 1, letter by letter. A student's answer is graded like this too:
a sentence that the model itself translates in quite other words would cost students their points."""

_HINT = re.compile(r"(?<!\s)\s*\([^()]*\)")
_WORDS = re.compile(r"[^\W_]+'?")


@dataclass
class Spent:
    """The tokens of requests."""

    prompt: int = 0
    completion: int = 0

    @property
    def total(self) -> int:
        return self.prompt + self.completion

    def add(self, prompt: int, completion: int) -> None:
        self.prompt += prompt
        self.completion += completion


class SelfCheck:
    """Asks the engine that wrote an exercise to solve it."""

    def __init__(self, engine: TextEngine) -> None:
        self._engine = engine

    async def check(self, exercise: Exercise, lesson: str | None, spent: Spent) -> None:
        """Raises Unusable if the model's own solution differs. Counts its tokens in `spent`."""
        if not isinstance(exercise, MultipleChoice):
            solution = await self._solve(exercise, lesson, solution_of(exercise.type), spent)
            if not is_solved(exercise, solution):
                raise Unusable("unsolved", "the model's own solution is another one")
        elif isinstance(self._engine, SentenceScorer):
            sentences = [filled(exercise.question, option) for option in exercise.options]
            likelihoods = await self._engine.log_likelihoods(sentences)
            spent.add(likelihoods.prompt_tokens, likelihoods.completion_tokens)
            _expect_a_clear_winner(exercise, likelihoods)
        else:
            chosen = await self._solve(exercise, lesson, choice_of(exercise.options), spent)
            if chosen != exercise.correct_answer:
                raise Unusable("unsolved", "the model itself chooses another option")

    async def _solve(self, exercise: Exercise, lesson: str | None, schema: Schema, spent: Spent) -> str:
        request = Request(_prompt(exercise, lesson), schema, seed=0, purpose=Purpose.SOLVE)
        completion = await self._engine.complete(request)
        spent.add(completion.prompt_tokens, completion.completion_tokens)
        try:
            return str(json.loads(completion.text)["answer"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return ""


def is_solved(exercise: Exercise, solution: str) -> bool:
    """Whether grading would accept this solution; the solution of a gap has to match letter by letter."""
    return any(_is_solved_by(exercise, right, solution) for right in exercise.right_answers)


def _is_solved_by(exercise: Exercise, right: str, solution: str) -> bool:
    expected, given = _words(right), _words(solution)
    if isinstance(exercise, FillInBlank):
        return expected == given
    if expected.count("non") != given.count("non"):
        return False
    if sorted(expected) == sorted(given):
        return True
    one, other = " ".join(expected), " ".join(given)
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= TRANSLATION_LIKENESS


def filled(question: str, option: str) -> str:
    """The sentence with an option in its gap, and without the hint."""
    before, after = _HINT.sub("", question).split(BLANK)
    return before + option + (after.lstrip() if option.endswith(("'", "’")) else after)


def _prompt(exercise: Exercise, lesson: str | None) -> str:
    if isinstance(exercise, FillInBlank):
        task = f"Fill the gap {BLANK} in this Italian sentence. The hint in parentheses helps"
    elif isinstance(exercise, MultipleChoice):
        task = f"Choose what fills the gap {BLANK} in this Italian sentence"
    else:
        task = "Translate this sentence into Italian"
    about = f" The lesson: {json.dumps(lesson, ensure_ascii=False)}." if lesson else ""
    question = exercise.question.removeprefix("Translate:").strip()
    options = f"Options: {json.dumps(exercise.options, ensure_ascii=False)}\n" if exercise.options else ""
    return f'{task}.{about} Answer as {{"answer": "…"}}.\n{question}\n{options}'


def _expect_a_clear_winner(exercise: MultipleChoice, likelihoods: Likelihoods) -> None:
    by_option = dict(zip(exercise.options, likelihoods.values, strict=True))
    answer = by_option.pop(exercise.correct_answer)
    if (ahead := answer - max(by_option.values())) < MARGIN:
        raise Unusable("options_close", f"the answer is ahead by {ahead:.1f}, {MARGIN} are needed")


def _words(text: str) -> list[str]:
    return _WORDS.findall(plain(text))
