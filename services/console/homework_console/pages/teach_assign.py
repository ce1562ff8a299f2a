"""The form of an assignment. What is wrong is said by the API, at the field it is about."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from nicegui import ui

from homework_console.client import ApiClient, ApiProblem
from homework_console.pages.teach_students import Students
from homework_console.widgets import Choice, Notice, block, button, section, words
from homework_shared.exercises.exercise import CefrLevel, ExerciseType

LEVELS = {level.value: level.value for level in CefrLevel}


async def _nobody(_assignment_id: int) -> None:
    """Until the page says who wants to know."""


class AssignmentForm:
    def __init__(self, api: ApiClient, students: Students) -> None:
        self._api = api
        self._students = students
        self._key = str(uuid4())
        self.on_assigned: Callable[[int], Awaitable[None]] = _nobody
        with section("Assign homework", "card stack"):
            self._level = Choice("Level", LEVELS, self._chosen, CefrLevel.A2)
            self._fields = {
                "grammar_focus": ui.input("Grammar, e.g. passato prossimo"),
                "topic": ui.input("Topic, e.g. una vacanza al mare"),
                "quantity": ui.input("Exercises for each student", value="5").props("inputmode=numeric"),
                "deadline_seconds": ui.input("Due in seconds").props("inputmode=numeric"),
            }
            self._fields["deadline_seconds"].props("hint='Empty: 60 while a GPU is online, 5 while none is'")
            with block("fieldset"):
                words("legend", "Kinds of exercises")
                self._types = {kind: ui.checkbox(kind.replace("_", " "), value=True) for kind in ExerciseType}
                self._types_problem = words("p", "", "wrong")
                self._types_problem.props["role"] = "alert"
            with block("div", "actions"):
                button("Assign", self._assign, "primary")
            self._notice = Notice()

    async def _chosen(self, _level: str) -> None:
        """Read when the form is sent."""

    async def _assign(self) -> None:
        self._show_problems({})
        self._notice.clear()
        try:
            assignment = await self._api.create_assignment(self._request(), self._key)
        except ApiProblem as problem:
            self._show_problems(problem.fields)
            self._notice.problem(str(problem))
            return
        # A new key for the next assignment; until here a second click sent the same one again.
        self._key = str(uuid4())
        self._notice.done(f"Assignment {assignment.id} was accepted. It is written now.")
        await self.on_assigned(assignment.id)

    def _request(self) -> dict[str, Any]:
        given = {name: (field.value or "").strip() for name, field in self._fields.items()}
        numbers = {name: _number(given.pop(name)) for name in ("quantity", "deadline_seconds")}
        return {
            "cefr_level": self._level.value,
            "exercise_types": [kind for kind, box in self._types.items() if box.value],
            "student_ids": self._students.chosen,
            **given,
            **{name: value for name, value in numbers.items() if value != ""},
        }

    def _show_problems(self, problems: dict[str, str]) -> None:
        for name, field in self._fields.items():
            field.error = problems.get(name)
        self._types_problem.text = problems.get("exercise_types", "")
        self._students.show_problem(problems.get("student_ids", ""))


def _number(text: str) -> int | str:
    # What is no number is sent as it is: the API has the words for it.
    return int(text) if text.isdecimal() else text
