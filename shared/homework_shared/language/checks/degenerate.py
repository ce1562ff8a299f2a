"""What a model writes that has lost its way: loops, the prompt's own words, texts that break off."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from homework_shared.exercises.checks import Check, Problem
from homework_shared.exercises.exercise import BLANK
from homework_shared.language.data import load
from homework_shared.language.reading.parsed import Parsed
from homework_shared.language.reading.text import small, tokens

_LONG_ENOUGH_TO_LOOP = 12
_PHRASE = 4
_MOST_OF_A_WORD = 0.34
_ODD_SIGNS = re.compile(r"[,;:]\s*[.,;:]|\.\s*,|\(\s*\)|[“”‘’'\"]\s+[“”‘’'\"]\s+[“”‘’'\"]|[?!]{3}|[,(]$")
_LISTED = re.compile(r"(?:^|\s)\(?[b-h][.)]\s")
"""The letters of a list of options; a sentence has none."""


def problems(parsed: Parsed) -> Iterator[Problem]:
    exercise = parsed.exercise
    question = exercise.question.replace(BLANK, " ")
    texts = (question, exercise.correct_answer, exercise.explanation)
    if any(_loops([token for token in tokens(small(text)) if token.isalnum()]) for text in texts):
        yield Problem(Check.DEGENERATE, "a text repeats itself")
    if any(_ODD_SIGNS.search(text) or text.count("(") != text.count(")") for text in texts):
        yield Problem(Check.DEGENERATE, "a text has signs that do not go together")
    if exercise.explanation.endswith(("…", "...")):
        yield Problem(Check.DEGENERATE, "the explanation breaks off")
    if _LISTED.search(exercise.question) or "translate:" in small(exercise.question[1:]):
        yield Problem(Check.DEGENERATE, "the question holds another question's parts")
    lettered = small("\n".join(texts))
    if any(phrase in lettered for phrase in load("degenerate")["phrases"]):
        yield Problem(Check.DEGENERATE, "a text speaks of the task and not of the sentence")


def _loops(words: Sequence[str]) -> bool:
    if any(first == second == third for (first, second), (_, third) in pairwise(pairwise(words))):
        return True
    if len(words) < _LONG_ENOUGH_TO_LOOP:
        return False
    phrases = Counter(tuple(words[start : start + _PHRASE]) for start in range(len(words) - _PHRASE + 1))
    triples = Counter(zip(words, words[1:], words[2:], strict=False))
    commonest = Counter(words).most_common(1)[0][1]
    return (
        max(phrases.values()) > 1 + len(words) // 40
        or max(triples.values()) > 2 + len(words) // 40
        or commonest / len(words) > _MOST_OF_A_WORD
    )
