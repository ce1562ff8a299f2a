"""Teach: students, an assignment for them, what the class wrote, and the homework as a student sees it."""

from nicegui import ui

from homework_client import requests
from homework_client.refusals import ApiError, Unauthorized
from homework_console.client import TeacherApi
from homework_console.pages.teach_answers import AnswersView
from homework_console.pages.teach_assign import AssignmentForm
from homework_console.pages.teach_class import ClassView
from homework_console.pages.teach_homework import HomeworkView
from homework_console.pages.teach_key import KeyForm
from homework_console.pages.teach_students import Students
from homework_console.widgets import block


async def teach_page(api: TeacherApi) -> None:
    if await _needs_a_key(api):
        KeyForm(api)
        return
    with block("div", "columns"):
        students = Students(api)
        form = AssignmentForm(api, students)
    view = ClassView(api)
    answers = AnswersView(api)

    async def sent() -> None:
        await view.read_again()
        await answers.read_again()

    homework = HomeworkView(api, on_submitted=sent)

    async def decided() -> None:
        await view.read_again()
        await homework.read_again()

    form.on_assigned = view.follow
    view.on_open = homework.open
    view.on_answers = answers.open
    view.on_follow = answers.close
    answers.on_decided = decided
    ui.context.client.on_delete(view.close)
    await students.read()
    await view.read_list()


async def _needs_a_key(api: TeacherApi) -> bool:
    try:
        await api.send(requests.list_assignments(1))
    except Unauthorized:
        return True
    except ApiError:
        return False  # each part of the page says so where it is missed
    return False
