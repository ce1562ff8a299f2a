"""Decides which exercises of a result a student may see. Each exercise is checked by itself, so a faulty one
does not cost the others.

The checks take longer than storing a result, so they run before the transaction that stores it, in a thread.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from homework_api.database.queries.results import ResultRequest
from homework_shared.exercises.checks import Check, Problem, plain, problems_of_homework
from homework_shared.exercises.exercise import CefrLevel, Exercise, ExerciseType, types_in_turn
from homework_shared.exercises.messages import GeneratorKind, HomeworkFailed, HomeworkGenerated
from homework_shared.language.accepted import with_right_answers_only
from homework_shared.language.asked import Asked
from homework_shared.language.examine import problems_of_each


@dataclass(frozen=True, slots=True)
class Judged:
    """A result, its usable exercises by their place in the homework, and the problems of the others."""

    result: HomeworkGenerated
    usable: Mapping[int, Exercise] = field(default_factory=dict)
    problems: Sequence[Problem] = ()

    @property
    def reason(self) -> str:
        """The problems as text for logs. It quotes nothing of the exercises."""
        return "; ".join(sorted({f"{problem.check}: {problem.detail}" for problem in self.problems}))


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A GPU could not write this job. The homework has not failed yet, because the mock generator can write
    it.
    """

    job_id: UUID
    delivery_token: str | None


Result = HomeworkGenerated | HomeworkFailed | GivenUp
"""A `HomeworkFailed` here is one of the mock generator. One of a GPU was turned into `GivenUp` before."""
Arrived = Judged | HomeworkFailed | GivenUp


def job_id_of(arrived: Arrived) -> UUID:
    return arrived.result.job_id if isinstance(arrived, Judged) else arrived.job_id


@dataclass(frozen=True, slots=True)
class _Examined:
    """A result whose exercises are examined, with the places where they belong."""

    result: HomeworkGenerated
    places: Sequence[int]
    asked: Asked


def judge(result: HomeworkGenerated, request: ResultRequest | None) -> Judged:
    """Check a result against its request, which is None if the homework was deleted or requested again under
    another job id. A result without the job's token is refused later, so it is not checked here: its sender
    could otherwise keep the checks busy."""
    [judged] = judge_all([(result, request)])
    return judged


def judge_all(results: Sequence[tuple[HomeworkGenerated, ResultRequest | None]]) -> list[Judged]:
    """What `judge` returns for each result. The exercises of all results are examined together."""
    read = [_read(result, request) for result, request in results]
    exercises = [
        (exercise, each.asked)
        for each in read
        if isinstance(each, _Examined)
        for exercise in each.result.exercises
    ]
    found = iter(problems_of_each(exercises))
    return [each if isinstance(each, Judged) else _one_by_one(each, found) for each in read]


def _read(result: HomeworkGenerated, request: ResultRequest | None) -> Judged | _Examined:
    if request is None or result.delivery_token != request.delivery_token:
        return Judged(result)
    missing = set(result.missing)
    places = [place for place in range(request.quantity) if place not in missing]
    types = types_in_turn(tuple(ExerciseType(name) for name in request.exercise_types), request.quantity)
    wanted = [types[place] for place in places]
    if len(places) != len(result.exercises):
        detail = f"{len(result.exercises)} exercises instead of {len(places)}"
        return Judged(result, {}, [Problem(Check.QUANTITY, detail)])
    if result.generated_by is GeneratorKind.MOCK:
        return _of_the_mock(result, places, wanted)
    if [exercise.type for exercise in result.exercises] != wanted:
        problem = Problem(Check.TYPES, "the exercise types are not in the order that was asked for")
        return Judged(result, {}, [problem])
    asked = Asked(CefrLevel(request.cefr_level), request.grammar_focus, request.topic)
    return _Examined(result, places, asked)


def _one_by_one(examined: _Examined, problems: Iterator[list[Problem]]) -> Judged:
    usable: dict[int, Exercise] = {}
    found: list[Problem] = []
    questions: set[str] = set()
    for place, exercise in zip(examined.places, examined.result.exercises, strict=True):
        of_this = next(problems)
        if (question := plain(exercise.question)) in questions:
            of_this.append(Problem(Check.REPEATED, "the same question occurs twice"))
        questions.add(question)
        found += of_this
        if not of_this:
            # A faulty additional answer is dropped, and a good exercise is not refused because of it.
            usable[place], dropped = with_right_answers_only(exercise, examined.asked)
            found += dropped
    return Judged(examined.result, usable, found)


def _of_the_mock(result: HomeworkGenerated, places: Sequence[int], wanted: Sequence[ExerciseType]) -> Judged:
    # A result of the mock generator is always used: if it were refused, the next one would be the same, until
    # the homework has failed. The language checks run on its exercises in tests, where they can be corrected.
    found = problems_of_homework(result.exercises, wanted)
    return Judged(result, dict(zip(places, result.exercises, strict=True)), found)
