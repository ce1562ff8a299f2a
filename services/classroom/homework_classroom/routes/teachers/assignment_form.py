"""Turns the form for new homework into the API's request."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import cache

from homework_classroom import moments
from homework_client.models import ExerciseType, LateWork
from homework_client.requests import NewAssignment
from homework_shared.exercises.curriculum import curriculum
from homework_shared.exercises.exercise import CefrLevel

QUANTITY = "5"
DUE_DAYS, DUE_HOUR = 7, 18
ALL, SOME, CLASS = "all", "some", "class-"
_MOMENTS = ("ready_by", "due_at", "release_at")
# The field of the form beside which an error of the API is shown.
FIELD_OF = {"class_id": "whom", "student_ids": "whom", "deadline_seconds": "ready_by"}


class FormWrong(Exception):
    """The form has errors. `problems` has the name of a sentence for each wrong field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(problems))
        self.problems = dict(problems)


@cache
def suggestions() -> list[tuple[str, str]]:
    """The grammars' names with their levels, in the order of the levels, because a list of suggestions has no
    groups.
    """
    known = curriculum()
    levels = {
        grammar: [level.value for level in CefrLevel if grammar in known.levels[level].general]
        for grammar in known.grammars
    }
    order = sorted(levels, key=lambda grammar: (levels[grammar][:1] or ["D"], known.grammars[grammar].title))
    return [(known.grammars[grammar].title, ", ".join(levels[grammar])) for grammar in order]


def defaults(now: datetime, zone: tzinfo | None, whom: str) -> dict[str, str]:
    """The values of a new form: the homework is written as soon as possible and is due in a week."""
    due = now.astimezone(zone).replace(tzinfo=None, hour=DUE_HOUR, minute=0) + timedelta(days=DUE_DAYS)
    kinds = {f"type-{kind}": "1" for kind in ExerciseType}
    return {
        "whom": whom, "cefr_level": CefrLevel.A2.value, "quantity": QUANTITY,
        "late_work": LateWork.MARK.value, "review": "1", "due_at": due.strftime("%Y-%m-%dT%H:%M"), **kinds,
    }  # fmt: skip


def ticked(typed: Mapping[str, str]) -> list[int]:
    """The students whose boxes are ticked."""
    numbers = [name.removeprefix("student-") for name in typed if name.startswith("student-")]
    return [int(number) for number in numbers if number.isascii() and number.isdigit()]


def read(typed: Mapping[str, str], zone: tzinfo | None, everybody: Sequence[int]) -> NewAssignment:
    """The request. `everybody` are the students of a homework for all. Raises FormWrong."""
    times, problems = _times(typed, zone)
    if times["release_at"] and "review" not in typed:
        problems["release_at"] = "give_release_needs_review"
    new = NewAssignment(
        cefr_level=typed.get("cefr_level", ""),
        grammar_focus=typed.get("grammar_focus"),
        topic=typed.get("topic"),
        quantity=_number(typed.get("quantity", "").strip() or QUANTITY),
        exercise_types=[kind for kind in ExerciseType if f"type-{kind}" in typed],
        late_work=LateWork(typed["late_work"]) if typed.get("late_work") in set(LateWork) else LateWork.MARK,
        review="review" in typed,
        ready_by=times["ready_by"],
        due_at=times["due_at"],
        release_at=times["release_at"],
    )
    _say_for_whom(new, typed, everybody, problems)
    if problems:
        raise FormWrong(problems)
    return new


def _say_for_whom(
    new: NewAssignment, typed: Mapping[str, str], everybody: Sequence[int], problems: dict[str, str]
) -> None:
    whom = typed.get("whom", "")
    number = whom.removeprefix(CLASS)
    if whom.startswith(CLASS) and number.isascii() and number.isdigit():
        new["class_id"] = int(number)
    elif chosen := list(everybody) if whom == ALL else ticked(typed):
        new["student_ids"] = chosen
    else:
        problems["whom"] = "give_whom_nobody"


def _times(
    typed: Mapping[str, str], zone: tzinfo | None
) -> tuple[dict[str, datetime | None], dict[str, str]]:
    times: dict[str, datetime | None] = dict.fromkeys(_MOMENTS)
    problems: dict[str, str] = {}
    for name in _MOMENTS:
        try:
            times[name] = moments.read(typed.get(name, ""), zone)
        except moments.Unclear as error:
            problems[name] = error.name
    return times, problems


def _number(text: str) -> int | str:
    # A text that is not a number is sent unchanged, because the API has the error message for it.
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text
