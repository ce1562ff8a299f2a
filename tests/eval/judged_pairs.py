"""Answers with a teacher's verdict, and how many of them grading judges in the same way."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, Field, TypeAdapter

from homework_api.grading.grade import grade
from homework_api.grading.verdicts import AnswerVerdict, GradedAnswer
from homework_shared.exercises.exercise import CefrLevel, Exercise
from tests.eval.found_again import accepted_by_the_mock

PAIR_FILES = tuple(sorted((Path(__file__).parent / "pairs").glob("*.jsonl")))


class JudgedPair(BaseModel):
    """One answer to one exercise. `fair` is the teacher's verdict."""

    exercise: Exercise
    answer: str
    fair: AnswerVerdict
    grammar: str | None = None
    level: CefrLevel | None = None
    note: str = ""


class Comparison(NamedTuple):
    pair: JudgedPair
    graded: GradedAnswer


class PairScore(BaseModel):
    """`right_got_zero` counts right answers without any point, and `opposite_got_more` wrong answers with
    some.
    """

    file: str
    pairs: int = Field(ge=0)
    agreed: int = Field(ge=0)
    right_got_zero: int = Field(ge=0)
    opposite_got_more: int = Field(ge=0)


_LINE: TypeAdapter[JudgedPair] = TypeAdapter(JudgedPair)


def read_pairs(file: Path) -> list[JudgedPair]:
    return [_LINE.validate_json(line) for line in file.read_text("utf-8").splitlines() if line.strip()]


def compare(pairs: Iterable[JudgedPair]) -> list[Comparison]:
    """Each answer with its grade. An exercise of the mock accepts what the mock would have
    written with it.
    """
    return [Comparison(pair, _graded(pair)) for pair in pairs]


def _graded(pair: JudgedPair) -> GradedAnswer:
    [graded] = grade([pair.exercise], [pair.answer]).answers
    if graded.verdict is AnswerVerdict.CORRECT:
        return graded  # Further right answers cannot lower the score, and finding them takes long.
    return grade([_as_written(pair)], [pair.answer]).answers[0]


def _as_written(pair: JudgedPair) -> Exercise:
    if pair.exercise.accepted_answers:
        return pair.exercise
    accepted = accepted_by_the_mock(pair.exercise, pair.grammar)
    return pair.exercise.model_copy(update={"accepted_answers": accepted})


def score_pairs(name: str, comparisons: Iterable[Comparison]) -> PairScore:
    counts = confusion(comparisons)
    return PairScore(
        file=name,
        pairs=counts.total(),
        agreed=sum(counts[verdict, verdict] for verdict in AnswerVerdict),
        right_got_zero=counts[AnswerVerdict.CORRECT, AnswerVerdict.WRONG],
        opposite_got_more=sum(
            counts[AnswerVerdict.WRONG, verdict] for verdict in (AnswerVerdict.ALMOST, AnswerVerdict.CORRECT)
        ),
    )


def confusion(comparisons: Iterable[Comparison]) -> Counter[tuple[AnswerVerdict, AnswerVerdict]]:
    """The number of pairs for each combination of the teacher's verdict and ours."""
    return Counter((pair.fair, graded.verdict) for pair, graded in comparisons)


def table_of(comparisons: Iterable[Comparison]) -> str:
    counts = confusion(comparisons)
    rows = [["fair \\ graded", *AnswerVerdict]]
    rows += [[fair, *(str(counts[fair, verdict]) for verdict in AnswerVerdict)] for fair in AnswerVerdict]
    return "\n".join("".join(f"{cell:>15}" for cell in row) for row in rows)


def pair_in_words(number: int, comparison: Comparison) -> str:
    pair, graded = comparison
    told = {
        "line": number,
        "grammar": pair.grammar,
        "question": pair.exercise.question,
        "expected": pair.exercise.correct_answer,
        "answer": pair.answer,
        "fair": pair.fair,
        "graded": graded.verdict,
        "feedback": graded.feedback,
        "note": pair.note,
    }
    return json.dumps(told, ensure_ascii=False)
