"""The assignments of a class: one is followed while it is written, and then read student by student."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from functools import partial

from nicegui import background_tasks

from homework_client import requests
from homework_client.models import Assignment, HomeworkStatus, StudentResult
from homework_client.refusals import ApiError
from homework_console.client import TeacherApi, in_sentences
from homework_console.widgets import (
    UNKNOWN,
    WRITERS,
    Cell,
    Moment,
    Notice,
    Table,
    block,
    button,
    link,
    section,
    words,
)

LATEST = 10
RESULTS_SECONDS = 1.0
FORMATS = {"pdf": "PDF", "moodle_xml": "Moodle XML", "gift": "GIFT", "xlsx": "Excel", "csv": "CSV"}

Open = Callable[[StudentResult], Awaitable[None]]


async def _nobody(_opened: object) -> None:
    """Nothing is opened, until the page says who opens it."""


class ClassView:
    def __init__(self, api: TeacherApi) -> None:
        self._api = api
        self.on_open: Open = _nobody
        self.on_follow: Callable[[], None] = lambda: None
        self.on_answers: Callable[[int], Awaitable[None]] = _nobody
        self._followed = 0
        self._following: asyncio.Task[None] | None = None
        with section("Assignments", "card"):
            self._list = Table(
                f"The latest {LATEST}",
                ("Assignment", "Level", "Grammar", "Status", "Written", "Made", "Open"),
                "No assignments yet. Choose students and assign some homework above.",
            )
        with section("Progress", "card stack") as self._card:
            self._title = words("h3", "")
            self._bar = block("progress", aria_label="Homework written")
            self._text = words("p", "")
            self._notice = Notice()
            self._exports = block("p", "actions")
            self._class = Table(
                "The class",
                ("Student", "Status", "Written by", "Score", "Homework"),
                "Nobody is in it any more, as its students were deleted. Assign it to others above.",
            )
            with block("div", "actions"):
                button("What the class wrote", lambda: self.on_answers(self._followed))
        self._card.set_visibility(False)

    async def read_list(self) -> None:
        try:
            assignments = await self._api.send(requests.list_assignments(LATEST))
        except ApiError as error:
            self._card.set_visibility(True)
            self._notice.problem(in_sentences(error))
            return
        self._list.show(assignments, self._assignment_cells)

    async def follow(self, assignment_id: int) -> None:
        """Show this assignment until it is final or another one is followed."""
        self.close()
        self.on_follow()
        self._followed = assignment_id
        self._card.set_visibility(True)
        self._notice.clear()
        self._exports.clear()
        with self._exports:
            words("span", "Export:")
            for name, text in FORMATS.items():
                link(text, f"/export/{assignment_id}?format={name}")
            link("Results", f"/results/{assignment_id}")
        self._following = background_tasks.create(self._follow(assignment_id))

    async def read_again(self) -> None:
        """Read the class again, because a student has done something."""
        await self._read_class(self._followed)

    def close(self) -> None:
        if self._following:
            self._following.cancel()

    async def _follow(self, assignment_id: int) -> None:
        loop = asyncio.get_running_loop()
        request = requests.follow_assignment(assignment_id)
        read_at, assignment = 0.0, None
        try:
            async with contextlib.aclosing(self._api.stream(request)) as states:
                async for state in states:
                    assignment = state.value
                    self._show(assignment)
                    if assignment.status.is_final or loop.time() - read_at > RESULTS_SECONDS:
                        read_at = loop.time()
                        await self._read_class(assignment_id)
        except ApiError as error:
            self._notice.problem(in_sentences(error))
            return
        if assignment and assignment.status.is_final:
            self._notice.done(_outcome(assignment))
        else:
            self._notice.problem("The API ended the connection. Open the assignment again to go on.")
        await self.read_list()

    def _show(self, assignment: Assignment) -> None:
        progress = assignment.progress
        self._title.text = f"Assignment {assignment.id}: {_about(assignment)}"
        self._bar.props["max"], self._bar.props["value"] = progress.total, progress.available
        self._bar.update()
        writers = [
            f"{progress.by_generator.of(kind)} by the {name}"
            for kind, name in WRITERS.items()
            if progress.by_generator.of(kind)
        ]
        self._text.text = f"{progress.available} of {progress.total} written" + "".join(
            f", {each}" for each in [*writers, *([f"{progress.failed} failed"] if progress.failed else [])]
        )

    async def _read_class(self, assignment_id: int) -> None:
        try:
            results = await self._api.send(requests.get_class_results(assignment_id))
        except ApiError as error:
            self._notice.problem(in_sentences(error))
            return
        self._class.show(results.students, self._student_cells)

    def _assignment_cells(self, assignment: Assignment) -> list[Cell]:
        progress = assignment.progress

        def draw_open() -> None:
            made = button("Open", partial(self.follow, assignment.id)).props("dense padding='xs sm'")
            made.props["aria-label"] = f"Open assignment {assignment.id}"

        return [
            str(assignment.id),
            assignment.cefr_level,
            assignment.grammar_focus or UNKNOWN,
            assignment.status,
            f"{progress.available} of {progress.total}",
            lambda: Moment(assignment.created_at),
            draw_open,
        ]

    def _student_cells(self, student: StudentResult) -> list[Cell]:
        def draw_open() -> None:
            made = button("Read as student", partial(self.on_open, student)).props("dense padding='xs sm'")
            made.props["aria-label"] = f"Read as {student.name}"
            made.set_enabled(student.status not in {HomeworkStatus.PENDING, HomeworkStatus.FAILED})

        return [
            student.name,
            student.status.replace("_", " "),
            WRITERS[student.generated_by] if student.generated_by else UNKNOWN,
            UNKNOWN if student.score is None else f"{student.score} of 100",
            draw_open,
        ]


def _about(assignment: Assignment) -> str:
    about = (assignment.cefr_level, assignment.grammar_focus, assignment.topic)
    return ", ".join(each for each in about if each)


def _outcome(assignment: Assignment) -> str:
    if assignment.error_message:
        return f"Assignment {assignment.id}: {assignment.error_message}"
    return f"Assignment {assignment.id} is complete: {assignment.progress.available} homework."
