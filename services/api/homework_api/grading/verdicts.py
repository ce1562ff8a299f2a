"""What grading says of one answer."""

from dataclasses import dataclass
from enum import StrEnum


class AnswerVerdict(StrEnum):
    CORRECT = "correct"
    ALMOST = "almost"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class GradedAnswer:
    """`feedback` tells the student what to mend; nothing where there is nothing."""

    verdict: AnswerVerdict
    feedback: str = ""


class Opposite(GradedAnswer):
    """Wrong, and no slip: it says something else than what was asked for."""

    __slots__ = ()


def correct() -> GradedAnswer:
    return GradedAnswer(AnswerVerdict.CORRECT)


def almost(feedback: str) -> GradedAnswer:
    return GradedAnswer(AnswerVerdict.ALMOST, feedback)


def wrong(feedback: str) -> GradedAnswer:
    return GradedAnswer(AnswerVerdict.WRONG, feedback)


def opposite(feedback: str) -> GradedAnswer:
    return Opposite(AnswerVerdict.WRONG, feedback)
