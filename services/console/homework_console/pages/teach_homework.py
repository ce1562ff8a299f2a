"""One homework as its student sees it, who reads, starts, answers, saves, sends, and gets a grade."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from homework_client import requests
from homework_client.models import (
    AnswerVerdict,
    Exercise,
    ExerciseType,
    Homework,
    HomeworkStatus,
    StudentResult,
    Submission,
)
from homework_client.refusals import ApiError
from homework_console.client import TeacherApi, in_sentences
from homework_console.widgets import Notice, block, button, section, words

TASKS = {
    ExerciseType.FILL_IN_BLANK: "Fill in the blank",
    ExerciseType.TRANSLATION: "Translate into Italian",
    ExerciseType.MULTIPLE_CHOICE: "Choose",
}
VERDICTS = {
    AnswerVerdict.CORRECT: "✓ correct",
    AnswerVerdict.ALMOST: "≈ almost",
    AnswerVerdict.WRONG: "✗ wrong",
}

Answer = ui.input | ui.radio


class HomeworkView:
    def __init__(self, api: TeacherApi, on_submitted: Callable[[], Awaitable[None]]) -> None:
        self._api = api
        self._on_submitted = on_submitted
        self._homework: Homework | None = None
        self._answers: list[Answer] = []
        with section("As the student sees it", "card stack") as self._card:
            self._title = words("h3", "")
            self._title.props["tabindex"] = "-1"
            self._notice = Notice()
            self._body = block("div", "stack")
        self._card.set_visibility(False)

    async def open(self, student: StudentResult) -> None:
        """Show this student's homework, and move the focus there."""
        self._card.set_visibility(True)
        self._title.text = f"Homework {student.homework_id} of {student.name}"
        self._notice.clear()
        await self._do(lambda: self._read(student.student_id, student.homework_id))
        ui.run_javascript(f"getHtmlElement({self._title.id}).focus()")

    async def read_again(self) -> None:
        """Show the grade as it is now, if one is shown."""
        if self._homework and self._homework.score is not None:
            student, homework = self._homework.student_id, self._homework.id
            await self._do(lambda: self._read(student, homework))

    async def _read(self, student_id: int, homework_id: int) -> None:
        homework, graded = await self._api.send(requests.get_homework(student_id, homework_id)), None
        if homework.score is not None:
            graded = await self._api.send(requests.get_submission(student_id, homework_id))
        self._show(homework, graded)

    def _show(self, homework: Homework, graded: Submission | None = None) -> None:
        self._homework = homework
        self._answers = []
        self._body.clear()
        with self._body:
            if graded:
                words("p", f"Score: {graded.score} of 100", "headline")
            with block("ol", "exercises"):
                for index, exercise in enumerate(homework.exercises):
                    with block("li", "stack"):
                        self._draw_exercise(index, exercise, homework, graded)
            self._draw_actions(homework)

    def _draw_exercise(
        self, index: int, exercise: Exercise, homework: Homework, graded: Submission | None
    ) -> None:
        words("span", TASKS[exercise.type], "muted small")
        words("p", exercise.question)
        if graded:
            _draw_grade(graded, index)
            return
        if homework.status is not HomeworkStatus.IN_PROGRESS:
            for option in exercise.options or []:
                words("span", option)
            return
        saved = homework.answers[index] if homework.answers else None
        self._answers.append(_draw_answer(index, exercise, saved))

    def _draw_actions(self, homework: Homework) -> None:
        with block("div", "actions"):
            if homework.status is HomeworkStatus.AVAILABLE:
                button("Start", lambda: self._do(self._start), "primary")
                words("span", "From then on no generator replaces it.", "muted")
            elif homework.status is HomeworkStatus.IN_PROGRESS:
                button("Save", lambda: self._do(self._save))
                button("Submit", lambda: self._do(self._submit), "primary")
                words("span", "Answers are sent once.", "muted")

    def _given(self) -> list[str | None]:
        return [answer.value or None for answer in self._answers]

    async def _start(self) -> None:
        if self._homework:
            started = requests.start_homework(self._homework.student_id, self._homework.id)
            self._show(await self._api.send(started))
            await self._on_submitted()

    async def _save(self) -> None:
        if self._homework:
            student, homework = self._homework.student_id, self._homework.id
            await self._api.send(requests.save_answers(student, homework, self._given()))
            self._notice.done("The answers are saved, and not sent yet.")

    async def _submit(self) -> None:
        if self._homework:
            student, homework = self._homework.student_id, self._homework.id
            graded = await self._api.send(requests.submit_homework(student, homework, self._given()))
            self._notice.done(f"Sent and graded: {graded.score} of 100.")
            self._show(await self._api.send(requests.get_homework(student, homework)), graded)
            await self._on_submitted()

    async def _do(self, act: Callable[[], Awaitable[None]]) -> None:
        try:
            await act()
        except ApiError as error:
            self._notice.problem(in_sentences(error))


def _draw_answer(index: int, exercise: Exercise, saved: str | None) -> Answer:
    label = f"Answer {index + 1}"
    if exercise.options:
        group = ui.radio(exercise.options, value=saved if saved in exercise.options else None)
        group.props["role"], group.props["aria-label"] = "radiogroup", label
        return group
    return ui.input(label, value=saved or "").props("autocomplete=off lang=it spellcheck=false")


def _draw_grade(graded: Submission, index: int) -> None:
    one = graded.exercises[index]
    words("p", f"{VERDICTS[one.verdict]}: {one.given or 'nothing'}")
    words("p", f"Right: {one.expected}")
    if one.accepted_answers:
        words("p", "Right as well:", "muted")
        with block("ul"):
            for answer in one.accepted_answers:
                words("li", answer)
    words("p", one.feedback, "muted")
