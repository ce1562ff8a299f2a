"""What an exercise's form cannot say: stand-ins, lengths, a hint, an answer that shows."""

import re

from homework_shared.exercises.exercise import BLANK, Exercise, FillInBlank, MultipleChoice, Translation
from tests.eval.checks.problem import Check, Problem
from tests.eval.checks.text import contains, plain, small

LONGEST_QUESTION, LONGEST_ANSWER = 500, 300
SHORTEST_QUESTION = 5
SHORTEST_LEAK = 4
"""Shorter answers are articles, prepositions and pronouns, which may well stand elsewhere too."""
INSTRUCTION = "Translate:"
_PLACEHOLDER = re.compile(
    r"\[[^\]]*\]|<[^>]+>|\.{4,}|\blorem ipsum\b|\btodo\b|\bplaceholder\b|\bexercise \d+\b"
    r"|\bsee (the )?explanation\b|\bsample (question|answer|text)\b"
    # A small a is a word: "to answer a question".
    r"|\b(question|answer|option) (?-i:A|[b-dB-D1-9])\b",
    re.IGNORECASE,
)
# Each placeholder holds one of these: looking for them first is ten times as fast.
_MARKS = (
    "[", "<", "....", "lorem", "todo", "placeholder", "exercise", "explanation", "sample", "question",
    "answer", "option",
)  # fmt: skip
_SENTENCE = re.compile(r"^[\W_]*\w.*[.!?…][\"'”’»)]*$", re.DOTALL)
_HINT = re.compile(r"\([^()]*\w[^()]*\)")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*['’]?")
# Possessive, as a word must not be taken for three. To count them all takes five times as long.
_THREE_WORDS = re.compile(r"(?:[^\W_]++(?:['’][^\W_]++)*+['’]?+(?:[\W_]++|$)){3}")


def problems_of_form(exercise: Exercise) -> list[Problem]:
    found = [*_of_any(exercise)]
    if isinstance(exercise, FillInBlank):
        found += _of_gap(exercise.question, exercise.correct_answer)
        if not _HINT.search(exercise.question):
            found.append(Problem(Check.HINT, "a gap needs its base form or its translation in parentheses"))
    elif isinstance(exercise, MultipleChoice):
        found += _of_gap(exercise.question, exercise.correct_answer)
        if len({plain(option) for option in exercise.options}) < len(exercise.options):
            found.append(Problem(Check.OPTIONS_ALIKE, "two options differ in punctuation or capitals only"))
    else:
        found += _of_translation(exercise)
    return found


def is_placeholder(text: str) -> bool:
    """Whether a text stands in for one that somebody forgot to write."""
    return _may_hold_placeholder(text) and _PLACEHOLDER.search(text) is not None


def _may_hold_placeholder(text: str) -> bool:
    lettered = small(text)
    for mark in _MARKS:  # noqa: SIM110 - a generator takes twice as long, for each exercise there is
        if mark in lettered:
            return True
    return False


def _of_any(exercise: Exercise) -> list[Problem]:
    found: list[Problem] = []
    texts = [exercise.question, exercise.correct_answer, exercise.explanation, *(exercise.options or ())]
    suspect = _may_hold_placeholder("\n".join(texts))
    if (suspect and any(is_placeholder(text) for text in texts)) or BLANK in exercise.correct_answer:
        found.append(Problem(Check.PLACEHOLDER, "a text is a stand-in for one"))
    too_long = len(exercise.question) > LONGEST_QUESTION or len(exercise.correct_answer) > LONGEST_ANSWER
    if too_long or len(exercise.question) < SHORTEST_QUESTION or not _WORD.search(exercise.correct_answer):
        found.append(Problem(Check.LENGTH, "the question or the answer is too long or next to nothing"))
    if not _THREE_WORDS.search(exercise.explanation) or not _SENTENCE.match(exercise.explanation):
        found.append(Problem(Check.EXPLANATION, "the explanation is not a sentence"))
    return found


def _of_gap(question: str, answer: str) -> list[Problem]:
    if len(answer) >= SHORTEST_LEAK and contains(question, answer):
        return [Problem(Check.ANSWER_VISIBLE, "the answer stands in the question")]
    return []


def _of_translation(exercise: Translation) -> list[Problem]:
    instruction, _, english = exercise.question.partition(":")
    if f"{instruction}:" != INSTRUCTION or not _WORD.search(english):
        return [Problem(Check.INSTRUCTION, f"a translation asks “{INSTRUCTION} …”")]
    if contains(exercise.question, exercise.correct_answer):
        return [Problem(Check.ANSWER_VISIBLE, "the answer stands in the question")]
    return []
