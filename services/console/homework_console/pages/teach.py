"""Teach: students, an assignment for them, its progress, and the homework as a student sees it."""

from nicegui import ui

from homework_client.client import AsyncClient
from homework_console.pages.teach_assign import AssignmentForm
from homework_console.pages.teach_class import ClassView
from homework_console.pages.teach_homework import HomeworkView
from homework_console.pages.teach_students import Students
from homework_console.widgets import block


async def teach_page(api: AsyncClient) -> None:
    with block("div", "columns"):
        students = Students(api)
        form = AssignmentForm(api, students)
    view = ClassView(api)
    homework = HomeworkView(api, on_submitted=view.read_again)
    form.on_assigned = view.follow
    view.on_open = homework.open
    ui.context.client.on_delete(view.close)
    await students.read()
    await view.read_list()
