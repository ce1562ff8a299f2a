"""Tables for spreadsheets with a row for each exercise."""

from collections.abc import Iterator
from itertools import islice

from homework_api.export.handout import Handout, Task
from homework_api.export.spreadsheet import Cell, as_csv, as_xlsx

HEADER = (
    "student",
    "number",
    "type",
    "question",
    "option_a",
    "option_b",
    "option_c",
    "option_d",
    "correct_answer",
    "explanation",
    "accepted_answers",
)


def render_csv(handout: Handout) -> bytes:
    return as_csv(_rows(handout))


def render_xlsx(handout: Handout) -> bytes:
    return as_xlsx(_rows(handout), handout.created_at)


def _rows(handout: Handout) -> Iterator[tuple[Cell, ...]]:
    yield HEADER
    for sheet in handout.worksheets:
        for number, task in enumerate(sheet.tasks, 1):
            yield sheet.student, number, *_cells(task)


def _cells(task: Task) -> list[str]:
    options = islice((*task.options, "", "", "", ""), 4)
    accepted = " / ".join(task.accepted)
    return [task.type.value, task.question, *options, task.answer, task.explanation, accepted]
