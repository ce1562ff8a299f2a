"""The result of grading one answer."""

from dataclasses import dataclass
from enum import StrEnum


class AnswerVerdict(StrEnum):
    CORRECT = "correct"
    ALMOST = "almost"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class GradedAnswer:
    """A graded answer. `feedback` tells the student what to correct; it is empty if nothing is wrong."""

    verdict: AnswerVerdict
    feedback: str = ""


class Opposite(GradedAnswer):
    """The answer is wrong and not just misspelt: it has another meaning."""

    __slots__ = ()


def correct() -> GradedAnswer:
    return GradedAnswer(AnswerVerdict.CORRECT)


def almost(feedback: str) -> GradedAnswer:
    return GradedAnswer(AnswerVerdict.ALMOST, feedback)


def wrong(feedback: str) -> GradedAnswer:
    return GradedAnswer(AnswerVerdict.WRONG, feedback)


def opposite(feedback: str) -> GradedAnswer:
    return Opposite(AnswerVerdict.WRONG, feedback)
