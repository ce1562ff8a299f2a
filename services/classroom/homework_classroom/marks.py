"""What a class's answers and a student's marks come to, for the pages that show them."""

from collections.abc import Iterable
from dataclasses import dataclass

from homework_client.models import (
    AnswerVerdict,
    ClassResults,
    ExerciseResult,
    GivenAnswer,
    Homework,
    HomeworkStatus,
    QuestionResult,
)

_WRONG_FIRST = (AnswerVerdict.WRONG, AnswerVerdict.ALMOST, AnswerVerdict.CORRECT)


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer to one question. `names` has the student of each homework that it is in."""

    index: int
    question: QuestionResult
    given: GivenAnswer
    names: dict[int, str]


@dataclass(frozen=True, slots=True)
class Grammar:
    """`mean`: of 100, over `count` homework about it."""

    name: str
    mean: int
    count: int


def hardest_first(exercises: Iterable[ExerciseResult]) -> list[ExerciseResult]:
    """By the share of those who missed it; of two alike, the one that was almost right more often."""

    def ease(one: ExerciseResult) -> tuple[float, float, int]:
        return -_share(one.missed, one), -_share(one.almost, one), one.index

    return sorted(exercises, key=ease)


def answer_rows(results: ClassResults, index: int) -> list[AnswerRow]:
    """What was written to the exercise of this index: what is wrong first, then what more have written."""
    names = {each.homework_id: each.name for each in results.students}
    questions = next((each.questions for each in results.exercises if each.index == index), None)
    rows = [
        AnswerRow(index, question, given, {id_: names[id_] for id_ in given.homework_ids if id_ in names})
        for question in questions or ()
        for given in question.answers
    ]
    return sorted(rows, key=lambda row: (_WRONG_FIRST.index(row.given.verdict), -len(row.given.homework_ids)))


def weakest_grammars(homework: Iterable[Homework], most: int) -> list[Grammar]:
    """By the mean of their marks, the lowest first. What a teacher calls by two names counts as two."""
    marks: dict[str, list[int]] = {}
    for one in scored(homework):
        if one.grammar_focus and one.score is not None:
            marks.setdefault(one.grammar_focus.casefold(), []).append(one.score)
    grammars = [Grammar(name, round(sum(each) / len(each)), len(each)) for name, each in marks.items()]
    return sorted(grammars, key=lambda each: (each.mean, each.name))[:most]


def scored(homework: Iterable[Homework]) -> list[Homework]:
    """Those that are sent."""
    return [one for one in homework if one.status is HomeworkStatus.COMPLETED and one.score is not None]


def _share(count: int, exercise: ExerciseResult) -> float:
    sent = exercise.correct + exercise.almost + exercise.missed
    return count / sent if sent else 0.0
