"""The answers of a class by question, in which the same answer, however it is typed, is listed once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from homework_api.database.queries.class_results import StudentWork
from homework_api.database.queries.decisions import DecisionRecord
from homework_api.grading.same_answer import is_blank, key_of
from homework_api.grading.teachers_word import Stored, as_decided, exercise_of
from homework_api.schemas.submissions import GivenAnswer, QuestionResult
from homework_api.services.teachers_word import in_force


@dataclass(frozen=True, slots=True)
class _One:
    """One student's answer. Answers with equal keys are the same."""

    key: tuple[str, str, int | None]
    answer: GivenAnswer


@dataclass(slots=True)
class _Question:
    shown: Stored
    answers: dict[tuple[str, str, int | None], GivenAnswer] = field(default_factory=dict)

    def add(self, one: _One) -> None:
        there = self.answers.setdefault(one.key, one.answer)
        if there is not one.answer:
            there.homework_ids.extend(one.answer.homework_ids)


def questions_at(
    place: int, work: Sequence[StudentWork], decisions: Sequence[DecisionRecord]
) -> list[QuestionResult]:
    """The answers of those who have submitted, at this position, counted from 0; the most frequent first."""
    questions: dict[str, _Question] = {}
    for stored, homework_id, answer, graded in _at(place, work):
        question = questions.setdefault(stored["question"], _Question(as_decided(stored)))
        question.add(_one(stored, decisions, homework_id, answer, graded))
    return [_result(one) for one in questions.values()]


def _at(place: int, work: Sequence[StudentWork]) -> Iterator[tuple[Stored, int, str | None, Stored]]:
    for one in work:
        if one.exercises and one.answers and one.grade:
            yield one.exercises[place], one.homework_id, one.answers[place], one.grade[place]


def _one(
    stored: Stored,
    decisions: Sequence[DecisionRecord],
    homework_id: int,
    answer: str | None,
    graded: Stored,
) -> _One:
    given = None if is_blank(answer) else answer
    key = key_of(exercise_of(stored), given) if given else ""
    decision = in_force(stored, decisions, homework_id).get(key)
    decision_id = decision.id if decision else None
    return _One(
        (key, graded["verdict"], decision_id),
        GivenAnswer(
            answer=given,
            verdict=graded["verdict"],
            feedback=graded["feedback"],
            homework_ids=[homework_id],
            decision_id=decision_id,
        ),
    )


def _result(one: _Question) -> QuestionResult:
    return QuestionResult(
        question=one.shown["question"],
        options=one.shown.get("options"),
        expected=one.shown["correct_answer"],
        accepted_answers=list(one.shown.get("accepted_answers", ())),
        answers=sorted(one.answers.values(), key=lambda each: -len(each.homework_ids)),
    )
