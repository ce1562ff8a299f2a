"""A teacher's decisions about answers: `homework teacher accept
refuse
decisions
take-back`.
"""

from typing import Annotated

import typer

from homework_cli.client import ApiUrl, api_at
from homework_cli.output import AsJson, cell, print_json, say, stdout, table
from homework_client import requests
from homework_client.client import Reply
from homework_client.models import (
    ClassResults,
    Decision,
    DecisionMade,
    DecisionScope,
    ExerciseResult,
    GivenAnswer,
)

AssignmentId = Annotated[int, typer.Argument(metavar="ASSIGNMENT", min=1)]
HomeworkId = Annotated[
    int,
    typer.Argument(metavar="HOMEWORK", min=1, help="the student's homework: its id from `results --answers`"),
]
Index = Annotated[int, typer.Argument(metavar="EXERCISE", min=1, help="position of the exercise, from 1")]
Answer = Annotated[
    str | None,
    typer.Option(help="the answer to decide about, in quotes; default: what this student wrote"),
]
For = Annotated[
    DecisionScope,
    typer.Option("--for", help="decide for all students with the same question, or for this student only"),
]
DecisionId = Annotated[
    int, typer.Argument(metavar="DECISION", min=1, help="its id from `homework teacher decisions`")
]

COLUMNS = ("id", "is", "answer", "question", "for", "decided", "by", "taken back", "by")


def accept(
    assignment: AssignmentId,
    homework: HomeworkId,
    exercise: Index,
    answer: Answer = None,
    scope: For = DecisionScope.CLASS,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Accept an answer, and grade all homework with it again, also homework that is submitted later.

    `homework teacher results ASSIGNMENT --answers` shows the students' answers.
    """
    _decide(api_url, as_json, assignment, homework, exercise, True, answer, scope)


def refuse(
    assignment: AssignmentId,
    homework: HomeworkId,
    exercise: Index,
    answer: Answer = None,
    scope: For = DecisionScope.CLASS,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Refuse an answer that the rules accept, and grade all homework with it again.

    To undo a decision of your own, use `homework teacher take-back`.
    """
    _decide(api_url, as_json, assignment, homework, exercise, False, answer, scope)


def decisions(assignment: AssignmentId, api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """List the decisions, also those that were withdrawn, with who made them and when."""
    with api_at(api_url) as api:
        reply = api.fetch(requests.list_decisions(assignment))
    if as_json:
        return print_json(reply.text)
    return stdout().print(table("Decisions", COLUMNS, [_row(each) for each in reply.value]))


def take_back(
    assignment: AssignmentId, decision: DecisionId, api_url: ApiUrl = None, as_json: AsJson = False
) -> None:
    """Withdraw a decision, so that the answers are graded by the rules again."""
    with api_at(api_url) as api:
        reply = api.fetch(requests.withdraw_decision(assignment, decision))
    _print(reply, as_json)


def print_answers(results: ClassResults) -> None:
    """What the class wrote, one table for each question."""
    names = {each.homework_id: each.name for each in results.students}
    out, columns = stdout(), ("answer", "verdict", "homework", "students", "decision")
    for exercise in results.exercises:
        for question in exercise.questions or ():
            accepted = "".join(f" / {each}" for each in question.accepted_answers)
            title = f"{exercise.index}. {question.question} → {question.expected}{accepted}"
            out.print(table(cell(title), columns, [_answer_row(each, names) for each in question.answers]))
    if not any(exercise.questions for exercise in results.exercises):
        say("nobody has sent answers yet")
        return
    say(_advice(results))


def _decide(
    api_url: str | None,
    as_json: bool,
    assignment: int,
    homework: int,
    exercise: int,
    right: bool,
    answer: str | None,
    scope: DecisionScope,
) -> None:
    request = requests.decide_about_answer(
        assignment, homework, exercise, right=right, answer=answer, scope=scope
    )
    with api_at(api_url) as api:
        reply = api.fetch(request)
    _print(reply, as_json)


def _print(reply: Reply[DecisionMade], as_json: bool) -> None:
    if as_json:
        return print_json(reply.text)
    made = reply.value
    if made.regraded:
        rows = [(each.homework_id, each.name, each.verdict, each.score) for each in made.regraded]
        stdout().print(table("Graded anew", ("homework", "name", "verdict", "score"), rows))
    say(_sentence(made))
    return None


def _sentence(made: DecisionMade) -> str:
    whom = "the whole class" if made.scope is DecisionScope.CLASS else f"homework {made.homework_id}"
    what = f"“{made.answer}” is {'right' if made.right else 'wrong'} for {whom}"
    count = len(made.regraded)
    change = f"{count or 'no'} verdict{' has' if count < 2 else 's have'} changed"
    if made.withdrawn_at:
        return f"decision {made.id} is taken back ({what}); {change}"
    back = f"homework teacher take-back {made.assignment_id} {made.id}"
    return f"decision {made.id}: {what}; {change}. `{back}` takes it back"


def _row(decision: Decision) -> tuple[object, ...]:
    whom = "class" if decision.homework_id is None else f"homework {decision.homework_id}"
    return (
        decision.id,
        "right" if decision.right else "wrong",
        decision.answer,
        decision.question,
        whom,
        decision.decided_at,
        decision.decided_by,
        decision.withdrawn_at,
        decision.withdrawn_by,
    )


def _answer_row(given: GivenAnswer, names: dict[int, str]) -> tuple[object, ...]:
    students = [names[id_] for id_ in given.homework_ids if id_ in names]
    return given.answer, given.verdict, given.homework_ids, students, given.decision_id


def _advice(results: ClassResults) -> str:
    exercise, homework = _first_not_right(results.exercises) or ("EXERCISE", "HOMEWORK")
    command = f"homework teacher accept {results.assignment_id} {homework} {exercise}"
    return f"an answer that is right too: `{command}`"


def _first_not_right(exercises: list[ExerciseResult]) -> tuple[int, int] | None:
    return next(
        (
            (exercise.index, given.homework_ids[0])
            for exercise in exercises
            for question in exercise.questions or ()
            for given in question.answers
            if given.answer and given.verdict != "correct"
        ),
        None,
    )
