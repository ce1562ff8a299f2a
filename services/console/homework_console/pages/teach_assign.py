"""The form of an assignment. The API judges it, and each field shows what the API says about it."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

from nicegui import ui

from homework_client import requests
from homework_client.models import CefrLevel, ExerciseType
from homework_client.refusals import ApiError, Misused
from homework_client.requests import NewAssignment
from homework_console.client import TeacherApi, in_sentences
from homework_console.pages.teach_students import Students
from homework_console.widgets import Choice, Notice, block, button, section, words

LEVELS = {level.value: level.value for level in CefrLevel}


async def _nobody(_assignment_id: int) -> None:
    """Nobody is told, until the page says who wants to know."""


class AssignmentForm:
    def __init__(self, api: TeacherApi, students: Students) -> None:
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
        """Nothing is to be done: the level is read when the form is sent."""

    async def _assign(self) -> None:
        self._show_problems({})
        self._notice.clear()
        try:
            assignment = await self._api.send(requests.create_assignment(self._request(), self._key))
        except ApiError as error:
            self._show_problems(error.fields if isinstance(error, Misused) else {})
            self._notice.problem(in_sentences(error))
            return
        # The next assignment gets a new key. Until here a second click has sent the same one again.
        self._key = str(uuid4())
        self._notice.done(f"Assignment {assignment.id} was accepted. It is written now.")
        await self.on_assigned(assignment.id)

    def _request(self) -> NewAssignment:
        given = {name: (field.value or "").strip() for name, field in self._fields.items()}
        new = NewAssignment(
            cefr_level=self._level.value,
            exercise_types=[kind for kind, box in self._types.items() if box.value],
            student_ids=self._students.chosen,
            grammar_focus=given["grammar_focus"],
            topic=given["topic"],
        )
        if given["quantity"]:
            new["quantity"] = _number(given["quantity"])
        if given["deadline_seconds"]:
            new["deadline_seconds"] = _number(given["deadline_seconds"])
        return new

    def _show_problems(self, problems: dict[str, str]) -> None:
        for name, field in self._fields.items():
            field.error = problems.get(name)
        self._types_problem.text = problems.get("exercise_types", "")
        self._students.show_problem(problems.get("student_ids", ""))


def _number(text: str) -> int | str:
    # Text that is no number is sent as it is, because the API has the words for it.
    return int(text) if text.isdecimal() else text
