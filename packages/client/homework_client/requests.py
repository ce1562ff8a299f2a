"""One function for each route of the API. It returns a request, which a client sends."""

from collections.abc import Sequence
from datetime import datetime
from typing import NotRequired, TypedDict
from urllib.parse import quote

from homework_client.models import (
    ApiKey,
    Assignment,
    CefrLevel,
    ClassResults,
    Decision,
    DecisionMade,
    DecisionScope,
    ExerciseType,
    ExportFormat,
    File,
    GeneratorKind,
    Health,
    Homework,
    HomeworkList,
    HomeworkStatus,
    Jobs,
    Latency,
    LateWork,
    NewApiKey,
    Overview,
    Ready,
    Scope,
    Student,
    Submission,
)
from homework_client.request import Request, Stream, given, plain

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Answers = Sequence[str | None]
"""One answer for each exercise, in their order; None for one that is left out."""


class NewAssignment(TypedDict):
    """What a teacher asks for, for students or for a class. A number may be the text of a form field: the API
    validates it.
    """

    cefr_level: CefrLevel | str
    student_ids: NotRequired[Sequence[int]]
    class_id: NotRequired[int]
    ready_by: NotRequired[datetime | str | None]
    due_at: NotRequired[datetime | str | None]
    late_work: NotRequired[LateWork]
    grammar_focus: NotRequired[str | None]
    topic: NotRequired[str | None]
    quantity: NotRequired[int | str]
    exercise_types: NotRequired[Sequence[ExerciseType]]
    deadline_seconds: NotRequired[int | str | None]
    review: NotRequired[bool]
    release_at: NotRequired[datetime | str | None]


class NewDueDate(TypedDict, total=False):
    """A change of the due date. A field that is left out keeps its value. With `due_at` None, students may
    send their homework at any time.
    """

    due_at: datetime | str | None
    late_work: LateWork


def health() -> Request[Health]:
    return Request("GET", "/health", Health)


def ready() -> Request[Ready]:
    """The health of each part, also when the API can accept nothing."""
    return Request("GET", "/ready", Ready, model_statuses=frozenset({503}))


def list_students(
    limit: int | None = None, offset: int | None = None, before_id: int | None = None
) -> Request[list[Student]]:
    """List the students, newest first. Pass the last id of a page as `before_id` to get the next page;
    deletions between two requests do not matter.
    """
    params = given(limit=limit, offset=offset, before_id=before_id)
    return Request("GET", "/api/teacher/students", list[Student], params)


def create_student(
    name: str, email: str | None = None, idempotency_key: str | None = None
) -> Request[Student]:
    """Create a student. A student without an address is created once for each idempotency key, however often
    the request is sent.
    """
    headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
    body = {"name": name, "email": email}
    return Request("POST", "/api/teacher/students", Student, body=body, headers=headers)


def delete_student(student_id: int) -> Request[None]:
    """Delete the student with all their homework."""
    return Request("DELETE", f"/api/teacher/students/{student_id}", type(None))


def list_assignments(
    limit: int | None = None, offset: int | None = None, before_id: int | None = None
) -> Request[list[Assignment]]:
    """List the assignments, newest first, in pages as in `list_students`."""
    params = given(limit=limit, offset=offset, before_id=before_id)
    return Request("GET", "/api/teacher/assignments", list[Assignment], params)


def create_assignment(new: NewAssignment, idempotency_key: str) -> Request[Assignment]:
    """Create an assignment. Sent again with the same idempotency key within 48 hours, the request returns the
    assignment that the first one created.
    """
    headers = {"Idempotency-Key": idempotency_key}
    return Request("POST", "/api/teacher/assignments", Assignment, body=plain(new), headers=headers)


def get_assignment(assignment_id: int) -> Request[Assignment]:
    return Request("GET", _assignment(assignment_id), Assignment)


def change_due_date(assignment_id: int, new: NewDueDate) -> Request[Assignment]:
    return Request("PATCH", _assignment(assignment_id), Assignment, body=plain(new))


def follow_assignment(assignment_id: int) -> Stream[Assignment]:
    """Stream the assignment: its state now and after each change, until it is final."""
    return Stream("GET", f"{_assignment(assignment_id)}/events", Assignment)


def delete_assignment(assignment_id: int) -> Request[None]:
    """Cancel the assignment, and delete it with its homework."""
    return Request("DELETE", _assignment(assignment_id), type(None))


def retry_assignment(
    assignment_id: int, *, replace_mock: bool = False, deadline_seconds: int | None = None
) -> Request[Assignment]:
    """Request the failed homework again; with `replace_mock` also the homework that the
    mock generator wrote.
    """
    body = {"replace_mock": replace_mock, "deadline_seconds": deadline_seconds}
    return Request("POST", f"{_assignment(assignment_id)}/retry", Assignment, body=body)


def get_class_results(assignment_id: int, *, answers: bool = False) -> Request[ClassResults]:
    """The class table; with `answers`, also what the class wrote, question by question."""
    params = given(answers="true" if answers else None)
    return Request("GET", f"{_assignment(assignment_id)}/results", ClassResults, params)


def get_class_results_as_csv(assignment_id: int) -> Request[File]:
    """The class table for a spreadsheet, without the students' answers."""
    params, headers = {"answers": "false"}, {"Accept": "text/csv"}
    return Request("GET", f"{_assignment(assignment_id)}/results", File, params, headers=headers)


def get_class_results_as_xlsx(assignment_id: int) -> Request[File]:
    """The class table for a spreadsheet."""
    params, headers = {"answers": "false"}, {"Accept": XLSX}
    return Request("GET", f"{_assignment(assignment_id)}/results", File, params, headers=headers)


def decide_about_answer(
    assignment_id: int,
    homework_id: int,
    index: int,
    *,
    right: bool,
    answer: str | None = None,
    scope: DecisionScope = DecisionScope.CLASS,
) -> Request[DecisionMade]:
    """Accept or reject what this student answered to the exercise at `index`, counted from 1, or another
    answer to it. Repeating the same decision changes nothing.
    """
    body = {"homework_id": homework_id, "index": index, "right": right, "answer": answer, "scope": scope}
    return Request("POST", _decisions(assignment_id), DecisionMade, body=body)


def list_decisions(
    assignment_id: int, limit: int | None = None, offset: int | None = None, before_id: int | None = None
) -> Request[list[Decision]]:
    """List the decisions, newest first, including those that were withdrawn. `before_id` is as in
    `list_students`.
    """
    params = given(limit=limit, offset=offset, before_id=before_id)
    return Request("GET", _decisions(assignment_id), list[Decision], params)


def withdraw_decision(assignment_id: int, decision_id: int) -> Request[DecisionMade]:
    """Withdraw a decision. Repeating the request changes nothing."""
    return Request("DELETE", f"{_decisions(assignment_id)}/{decision_id}", DecisionMade)


def export_assignment(
    assignment_id: int, format_: ExportFormat | str, student_id: int | None = None
) -> Request[File]:
    """A file with the homework that is written so far, right answers included, for one student or for all."""
    params = given(format=format_, student_id=student_id)
    return Request("GET", f"{_assignment(assignment_id)}/export", File, params)


def list_homework(
    student_id: int,
    status: HomeworkStatus | None = None,
    limit: int | None = None,
    offset: int | None = None,
    before_id: int | None = None,
) -> Request[HomeworkList]:
    """List the homework, newest first, in pages as in `list_students`."""
    params = given(status=status, limit=limit, offset=offset, before_id=before_id)
    return Request("GET", f"/api/student/{student_id}/homework", HomeworkList, params)


def get_homework(student_id: int, homework_id: int) -> Request[Homework]:
    return Request("GET", _homework(student_id, homework_id), Homework)


def start_homework(student_id: int, homework_id: int) -> Request[Homework]:
    """Start working on the homework: from then on no generator replaces its exercises. Repeating the request
    changes nothing.
    """
    return Request("POST", f"{_homework(student_id, homework_id)}/start", Homework)


def save_answers(student_id: int, homework_id: int, answers: Answers) -> Request[Homework]:
    """Save a draft of the answers without submitting them."""
    body = {"answers": list(answers)}
    return Request("PUT", f"{_homework(student_id, homework_id)}/answers", Homework, body=body)


def submit_homework(student_id: int, homework_id: int, answers: Answers) -> Request[Submission]:
    """Submit the answers, which is possible once, and get them graded."""
    body = {"answers": list(answers)}
    return Request("POST", f"{_homework(student_id, homework_id)}/submission", Submission, body=body)


def get_submission(student_id: int, homework_id: int) -> Request[Submission]:
    return Request("GET", f"{_homework(student_id, homework_id)}/submission", Submission)


def get_overview() -> Request[Overview]:
    return Request("GET", "/api/ops/overview", Overview)


def get_latency() -> Request[Latency]:
    return Request("GET", "/api/ops/latency", Latency)


def list_jobs(
    status: HomeworkStatus | str | None = None,
    generator: GeneratorKind | str | None = None,
    assignment_id: int | str | None = None,
    limit: int | None = None,
    offset: int | None = None,
    before_id: int | None = None,
) -> Request[Jobs]:
    """List the jobs, newest first, in pages as in `list_students`; `before_id` is a `homework_id`. A filter
    may be the text of a form field; an empty one is left out.
    """
    params = given(
        status=status, generator=generator, assignment_id=assignment_id, limit=limit, offset=offset,
        before_id=before_id,
    )  # fmt: skip
    return Request("GET", "/api/ops/jobs", Jobs, params)


def list_api_keys() -> Request[list[ApiKey]]:
    return Request("GET", "/api/ops/keys", list[ApiKey])


def create_api_key(
    name: str,
    rights: Sequence[Scope | str] = (),
    student_id: int | None = None,
    expires_at: datetime | None = None,
    teacher_id: int | None = None,
) -> Request[NewApiKey]:
    """Create an API key. Once a key exists, every request needs one, so the first key must have the right
    `ops`. `teacher_id` is the teacher to whom a key with the right `teacher` belongs.
    """
    body: dict[str, object] = {"name": name, "rights": list(rights), "student_id": student_id}
    body |= {"expires_at": expires_at, "teacher_id": teacher_id}
    return Request("POST", "/api/ops/keys", NewApiKey, body=plain(body))


def revoke_api_key(key_id: str) -> Request[None]:
    return Request("DELETE", f"/api/ops/keys/{quote(key_id, safe='')}", type(None))


def _assignment(assignment_id: int) -> str:
    return f"/api/teacher/assignments/{assignment_id}"


def _decisions(assignment_id: int) -> str:
    return f"{_assignment(assignment_id)}/decisions"


def _homework(student_id: int, homework_id: int) -> str:
    return f"/api/student/{student_id}/homework/{homework_id}"
