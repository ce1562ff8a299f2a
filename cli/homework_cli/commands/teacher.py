"""`homework teacher …`: assignments, from creating one to the class table."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import uuid4

import typer

from homework_cli.client import EXIT_UNREACHABLE, EXIT_USAGE, ApiUrl, CommandFailed, api_at
from homework_cli.commands import (
    classes,
    decisions,
    due_dates,
    links,
    review,
    students,
    teacher_sign_in,
)
from homework_cli.commands.files import Output, write_file
from homework_cli.commands.follow import follow, must_be_complete
from homework_cli.commands.paging import BeforeId, Limit, say_there_is_none, say_where_older_ones_are
from homework_cli.output import AsJson, AsJsonLine, cell, print_json, say, stdout, table
from homework_client import requests
from homework_client.client import Client, Reply
from homework_client.models import (
    Assignment,
    AssignmentStatus,
    CefrLevel,
    ClassResults,
    ExerciseType,
    ExportFormat,
    LateWork,
    StudentResult,
)
from homework_client.refusals import Unreachable
from homework_client.requests import NewAssignment

app = typer.Typer(help="Students, classes, assignments and their results.", no_args_is_help=True)
app.add_typer(students.app, name="students")
app.add_typer(classes.app, name="classes")
app.add_typer(links.app, name="links")
app.command("sign-in")(teacher_sign_in.sign_in)
app.command("sign-out")(teacher_sign_in.sign_out)


class TableFormat(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"


_TABLES = {
    TableFormat.XLSX: requests.get_class_results_as_xlsx,
    TableFormat.CSV: requests.get_class_results_as_csv,
}
EMPTY_CLASS = (
    "this assignment has no students any more, because they were deleted: "
    "`homework teacher assign` makes a new one for others"
)
COLUMNS = ("id", "level", "grammar", "topic", "status", "written", "failed", "GPU", "mock", "due")

AssignmentId = Annotated[int, typer.Argument(metavar="ASSIGNMENT", min=1)]
Deadline = Annotated[int | None, typer.Option(help="seconds that a GPU has before the mock writes it")]
NoFollow = Annotated[bool, typer.Option("--no-follow", help="return without waiting for the homework")]
Level = Annotated[CefrLevel, typer.Option("--cefr-level", "--level")]
Grammar = Annotated[
    str | None, typer.Option("--grammar-focus", "--grammar", help="the grammar to practise, in your words")
]
Topic = Annotated[str | None, typer.Option(help="what the texts are about, in your words")]
Quantity = Annotated[int, typer.Option(help="number of exercises for each student")]
Types = Annotated[
    list[ExerciseType] | None,
    typer.Option("--exercise-type", help="a type; repeat it for more; default: all"),
]
StudentIds = Annotated[
    str | None,
    typer.Option("--student-ids", "--students", metavar="1,2,3|all", help="ids of the students who get it"),
]
ClassName = Annotated[
    str | None, typer.Option("--class", metavar="NAME", help="the class whose students get it")
]
Key = Annotated[
    str | None, typer.Option(help="the same key creates no second assignment; default: a new key")
]


@app.command()
def assign(
    cefr_level: Level,
    student_ids: StudentIds = None,
    class_name: ClassName = None,
    grammar_focus: Grammar = None,
    topic: Topic = None,
    quantity: Quantity = 5,
    exercise_type: Types = None,
    deadline_seconds: Deadline = None,
    ready_by: due_dates.ReadyBy = None,
    due_at: due_dates.DueAt = None,
    late_work: due_dates.Late = None,
    hold_back: review.Review = False,
    release_at: review.ReleaseAt = None,
    idempotency_key: Key = None,
    no_follow: NoFollow = False,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Assign homework, and follow it until all of it is written."""
    new = NewAssignment(
        cefr_level=cefr_level,
        grammar_focus=grammar_focus,
        topic=topic,
        quantity=quantity,
        exercise_types=exercise_type or list(ExerciseType),
        deadline_seconds=deadline_seconds,
        ready_by=ready_by,
        due_at=due_at,
        late_work=late_work or LateWork.MARK,
        review=hold_back or release_at is not None,
        release_at=release_at,
    )
    with api_at(api_url) as api:
        _say_for_whom(api, new, student_ids, class_name)
        _show_when_done(api, _create(api, new, idempotency_key or str(uuid4())), no_follow, as_json)


@app.command()
def assignments(
    limit: Limit = None, before_id: BeforeId = None, api_url: ApiUrl = None, as_json: AsJson = False
) -> None:
    """List assignments, newest first."""
    with api_at(api_url) as api:
        reply = api.fetch(requests.list_assignments(limit, before_id=before_id))
    if as_json:
        return print_json(reply.text)
    if not reply.value:
        return say_there_is_none("`homework teacher assign` makes one", before_id)
    stdout().print(table("Assignments", COLUMNS, [_row(each) for each in reply.value]))
    return say_where_older_ones_are([each.id for each in reply.value], limit)


@app.command()
def show(assignment: AssignmentId, api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Show one assignment and its progress."""
    with api_at(api_url) as api:
        reply = api.fetch(requests.get_assignment(assignment))
    print_json(reply.text) if as_json else _print(reply.value)


@app.command()
def results(
    assignment: AssignmentId,
    answers: Annotated[bool, typer.Option("--answers", help="also show what the students wrote")] = False,
    format_: Annotated[
        TableFormat | None, typer.Option("--format", "-f", help="write a spreadsheet instead")
    ] = None,
    output: Output = None,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show the class table, and the exercises that the class missed. --format writes a spreadsheet."""
    with api_at(api_url) as api:
        if format_ or output:
            kind = format_ or TableFormat.XLSX
            return write_file(api.send(_TABLES[kind](assignment)), output, f"results.{kind}", as_json)
        reply = api.fetch(requests.get_class_results(assignment, answers=answers))
    if as_json:
        return print_json(reply.text)
    if not reply.value.students:
        return say(EMPTY_CLASS)
    _print_results(reply.value)
    if answers:
        decisions.print_answers(reply.value)
    return None


app.command()(due_dates.due)
app.command()(review.review)
app.command()(review.edit)
app.command()(review.replace)
app.command()(review.release)
app.command()(decisions.accept)
app.command()(decisions.refuse)
app.command("decisions")(decisions.decisions)
app.command("take-back")(decisions.take_back)


@app.command()
def export(
    assignment: AssignmentId,
    format_: Annotated[ExportFormat, typer.Option("--format", "-f")],
    output: Output = None,
    student_id: Annotated[int | None, typer.Option(min=1, help="only this student's homework")] = None,
    api_url: ApiUrl = None,
    as_json: AsJsonLine = False,
) -> None:
    """Write an assignment with its answers to a file for Moodle, for printing or for a spreadsheet."""
    with api_at(api_url) as api:
        made = api.send(requests.export_assignment(assignment, format_, student_id))
        write_file(made, output, f"assignment-{assignment}.{format_}", as_json)


@app.command()
def retry(
    assignment: AssignmentId,
    replace_mock: Annotated[
        bool,
        typer.Option("--replace-mock", help="also have a GPU rewrite mock homework that nobody has started"),
    ] = False,
    deadline_seconds: Deadline = None,
    no_follow: NoFollow = False,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Request the homework again that failed."""
    request = requests.retry_assignment(
        assignment, replace_mock=replace_mock, deadline_seconds=deadline_seconds
    )
    with api_at(api_url) as api:
        reply = api.fetch(request)
        if reply.value.status is AssignmentStatus.COMPLETED:
            say("a GPU is asked; students keep what they have until its homework is there")
        _show_when_done(api, reply, no_follow, as_json)


def _say_for_whom(api: Client, new: NewAssignment, student_ids: str | None, class_name: str | None) -> None:
    if student_ids is not None and class_name is None:
        new["student_ids"] = students.chosen(api, student_ids)
    elif class_name is not None and student_ids is None:
        new["class_id"] = classes.named(api, class_name).id
    else:
        raise CommandFailed("say who gets homework: either --student-ids or --class", EXIT_USAGE)


def _create(api: Client, new: NewAssignment, key: str) -> Reply[Assignment]:
    try:
        return api.fetch(requests.create_assignment(new, key))
    except Unreachable as error:
        # The API may have made the assignment, and only its response was lost.
        hint = f"if you repeat this, --idempotency-key {key} makes sure that it is assigned once"
        raise CommandFailed(f"{error}; {hint}", EXIT_UNREACHABLE) from error


def _show_when_done(api: Client, reply: Reply[Assignment], no_follow: bool, as_json: bool) -> None:
    if not no_follow:
        say(f"assignment {reply.value.id} is accepted; Ctrl-C ends this display and not the work")
        reply = follow(api, reply.value.id)
    if as_json:
        print_json(reply.text)
    else:
        _print(reply.value)
    if not no_follow:
        must_be_complete(reply.value)


def _print(assignment: Assignment) -> None:
    out = stdout()
    out.print(table(f"Assignment {assignment.id}", COLUMNS, [_row(assignment)]))
    out.print(f"students {cell(assignment.student_ids or None)}; {assignment.quantity} exercises each")
    if not assignment.student_ids:
        say(EMPTY_CLASS)
    if assignment.due_at:
        say(f"students send it by {cell(assignment.due_at)}")
    if assignment.held_back:
        say(review.sentence(assignment))
    if assignment.error_message:
        say(assignment.error_message)


def _row(assignment: Assignment) -> list[Any]:
    about = [assignment.id, assignment.cefr_level, assignment.grammar_focus, assignment.topic]
    progress = assignment.progress
    written = f"{progress.available}/{progress.total}"
    counts = [written, progress.failed, progress.by_generator.vllm, progress.by_generator.mock]
    return [*about, assignment.status, *counts, assignment.deadline_at]


def _print_results(results: ClassResults) -> None:
    out = stdout()
    columns = ("id", "name", "status", "score", "sent", "exercises")
    students = [
        (each.student_id, each.name, each.status, each.score, _sent(each), each.verdicts)
        for each in results.students
    ]
    out.print(table("Students", columns, students))
    columns = ("index", "type", "answered", "correct", "almost", "missed")
    exercises = [
        (each.index, each.type, each.answered, each.correct, each.almost, each.missed)
        for each in results.exercises
    ]
    out.print(table("Exercises", columns, exercises))
    summary = results.summary
    out.print(
        f"{summary.submitted} of {summary.students} sent their answers; "
        f"mean {cell(summary.mean)}, median {cell(summary.median)}"
    )


def _sent(result: StudentResult) -> str:
    return f"{cell(result.submitted_at)}{' (late)' if result.late else ''}"
