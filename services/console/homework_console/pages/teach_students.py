"""Who gets homework: a form for new students, and a box to tick for each."""

from nicegui import ui

from homework_client import requests
from homework_client.models import Student
from homework_client.refusals import ApiError, Misused
from homework_console.client import TeacherApi, in_sentences
from homework_console.widgets import Notice, block, button, section, words


class Students:
    def __init__(self, api: TeacherApi) -> None:
        self._api = api
        self._boxes: dict[int, ui.checkbox] = {}
        with section("Students", "card stack"):
            self._name = ui.input("Name").props("autocomplete=off")
            self._email = ui.input("E-mail").props("autocomplete=off type=email")
            with block("div", "actions"):
                button("Create student", self._create)
            self._notice = Notice()
            with block("fieldset", "stack"):
                words("legend", "Who gets the homework")
                self._none = words("p", "No students yet. Create the first one above.", "muted")
                self._list = block("div")
                self._problem = words("p", "", "wrong")
                self._problem.props["role"] = "alert"
                with block("div", "actions"):
                    button("All", lambda: self._tick(True))
                    button("None", lambda: self._tick(False))

    @property
    def chosen(self) -> list[int]:
        return [id_ for id_, box in self._boxes.items() if box.value]

    def show_problem(self, text: str) -> None:
        """Show what the API said of the choice, or nothing when `text` is empty."""
        self._problem.text = text

    async def read(self) -> None:
        try:
            students = await self._api.send(requests.list_students())
        except ApiError as error:
            self._notice.problem(in_sentences(error))
            return
        for student in students:
            if student.id not in self._boxes:
                self._add(student, is_chosen=False)
        self._none.set_visibility(not students)

    async def _create(self) -> None:
        self._name.error = self._email.error = None
        try:
            name, email = self._name.value or "", self._email.value or ""
            student = await self._api.send(requests.create_student(name, email))
        except ApiError as error:
            fields = error.fields if isinstance(error, Misused) else {}
            self._name.error, self._email.error = fields.get("name"), fields.get("email")
            if not fields:
                self._notice.problem(in_sentences(error))
            return
        self._name.value = self._email.value = ""
        self._add(student, is_chosen=True)
        self._none.set_visibility(False)
        self._notice.done(f"{student.name} was created and chosen.")

    def _add(self, student: Student, *, is_chosen: bool) -> None:
        with self._list, block("div"):
            self._boxes[student.id] = ui.checkbox(_label(student), value=is_chosen)

    def _tick(self, value: bool) -> None:
        for box in self._boxes.values():
            box.value = value


def _label(student: Student) -> str:
    return f"{student.name} ({student.email})" if student.email else student.name
