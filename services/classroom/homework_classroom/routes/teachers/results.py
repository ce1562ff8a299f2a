"""The results of an assignment: marks, the hardest exercises, and the teacher's decisions about answers."""

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from homework_classroom.forms import FormRefused, read_form
from homework_classroom.marks import answer_rows, hardest_first
from homework_classroom.routes.teachers.notices import NoticeDep, to
from homework_classroom.routes.teachers.paging import LARGEST, Before, PageNumber, page_of, slice_of
from homework_classroom.visit import TeacherDep
from homework_client import requests
from homework_client.models import DecisionScope

router = APIRouter(prefix="/teacher/homework/{assignment_id}")
STUDENTS, ANSWERS, DECISIONS = 50, 25, 20
_WHOLE_CLASS = "class"


@router.get("/results")
async def show_results(assignment_id: int, teacher: TeacherDep, page: PageNumber = 1) -> Response:
    assignment = await teacher.ask(requests.get_assignment(assignment_id))
    results = await teacher.ask(requests.get_class_results(assignment_id))
    return teacher.page(
        "teachers/results.html",
        assignment=assignment,
        summary=results.summary,
        students=slice_of(results.students, page, STUDENTS),
        exercises=hardest_first(results.exercises) if results.summary.submitted else [],
    )


@router.get("/results/{index}")
async def show_answers(
    assignment_id: int, index: int, teacher: TeacherDep, notice: NoticeDep, page: PageNumber = 1
) -> Response:
    """The answers of the class to one exercise: wrong ones first, then the more frequent ones."""
    assignment = await teacher.ask(requests.get_assignment(assignment_id))
    results = await teacher.ask(requests.get_class_results(assignment_id, answers=True))
    exercise = next((each for each in results.exercises if each.index == index), None)
    if exercise is None:
        raise HTTPException(404)
    return teacher.page(
        "teachers/answers.html",
        assignment=assignment,
        exercise=exercise,
        places=hardest_first(results.exercises),
        rows=slice_of(answer_rows(results, index), page, ANSWERS),
        notice=notice,
    )


@router.post("/results/{index}/decide")
async def decide(assignment_id: int, index: int, request: Request, teacher: TeacherDep) -> Response:
    """Accept or reject an answer. Repeating the same decision changes nothing."""
    request.state.typed = form = await read_form(request)
    whom = form.get("whom", _WHOLE_CLASS)
    is_for_all = whom == _WHOLE_CLASS
    made = requests.decide_about_answer(
        assignment_id,
        _number(form.get("homework_id", "") if is_for_all else whom),
        index,
        right=form.get("right") == "1",
        scope=DecisionScope.CLASS if is_for_all else DecisionScope.STUDENT,
    )
    await teacher.ask(made)
    return to(f"/teacher/homework/{assignment_id}/results/{index}", "decided")


@router.get("/decisions")
async def show_decisions(
    assignment_id: int, teacher: TeacherDep, notice: NoticeDep, before: Before = None
) -> Response:
    assignment = await teacher.ask(requests.get_assignment(assignment_id))
    wanted = requests.list_decisions(assignment_id, limit=DECISIONS + 1, before_id=before)
    found = await teacher.ask(wanted)
    shown, next_before = page_of(found, DECISIONS)
    return teacher.page(
        "teachers/decisions.html",
        assignment=assignment,
        decisions=shown,
        next_before=next_before,
        notice=notice,
    )


@router.post("/decisions/{decision_id}/withdraw")
async def withdraw_decision(
    assignment_id: int, decision_id: int, request: Request, teacher: TeacherDep
) -> Response:
    """Withdraw a decision, from the list of decisions or from the answers to the exercise that the form
    names.
    """
    request.state.typed = form = await read_form(request)
    await teacher.ask(requests.withdraw_decision(assignment_id, decision_id))
    base = f"/teacher/homework/{assignment_id}"
    place = f"results/{_number(form['index'])}" if "index" in form else "decisions"
    return to(f"{base}/{place}", "decision_withdrawn")


def _number(text: str) -> int:
    """The number that our page put into the form. Raises FormRefused."""
    if text.isascii() and text.isdigit() and len(text) < 17 and 1 <= int(text) <= LARGEST:
        return int(text)
    raise FormRefused
