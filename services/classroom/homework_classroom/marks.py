"""Summarises the answers of a class and the marks of a student for the pages that show them."""

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
    """One answer to one question. `names` lists the student of each homework in which it occurs."""

    index: int
    question: QuestionResult
    given: GivenAnswer
    names: dict[int, str]


@dataclass(frozen=True, slots=True)
class Grammar:
    """The marks of one grammar: `mean` is of 100, over `count` homework."""

    name: str
    mean: int
    count: int


def hardest_first(exercises: Iterable[ExerciseResult]) -> list[ExerciseResult]:
    """The exercises by the share of students who missed them; among equals, the one with more almost correct
    answers first.
    """

    def ease(one: ExerciseResult) -> tuple[float, float, int]:
        return -_share(one.missed, one), -_share(one.almost, one), one.index

    return sorted(exercises, key=ease)


def answer_rows(results: ClassResults, index: int) -> list[AnswerRow]:
    """The answers to the exercise at this index: wrong ones first, then the more frequent ones."""
    names = {each.homework_id: each.name for each in results.students}
    questions = next((each.questions for each in results.exercises if each.index == index), None)
    rows = [
        AnswerRow(index, question, given, {id_: names[id_] for id_ in given.homework_ids if id_ in names})
        for question in questions or ()
        for given in question.answers
    ]
    return sorted(rows, key=lambda row: (_WRONG_FIRST.index(row.given.verdict), -len(row.given.homework_ids)))


def weakest_grammars(homework: Iterable[Homework], most: int) -> list[Grammar]:
    """The grammars by their mean mark, the lowest first. A grammar that the teacher has typed in two ways
    counts as two.
    """
    marks: dict[str, list[int]] = {}
    for one in scored(homework):
        if one.grammar_focus and one.score is not None:
            marks.setdefault(one.grammar_focus.casefold(), []).append(one.score)
    grammars = [Grammar(name, round(sum(each) / len(each)), len(each)) for name, each in marks.items()]
    return sorted(grammars, key=lambda each: (each.mean, each.name))[:most]


def scored(homework: Iterable[Homework]) -> list[Homework]:
    """The homework that has been sent and graded."""
    return [one for one in homework if one.status is HomeworkStatus.COMPLETED and one.score is not None]


def _share(count: int, exercise: ExerciseResult) -> float:
    sent = exercise.correct + exercise.almost + exercise.missed
    return count / sent if sent else 0.0
