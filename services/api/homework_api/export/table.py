"""CSV for spreadsheets: a row per exercise."""

from itertools import chain, islice

from homework_api.export.handout import Handout, Task
from homework_api.export.spreadsheet import table

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
)


def render(handout: Handout) -> bytes:
    rows = (
        [sheet.student, number, *_cells(task)]
        for sheet in handout.worksheets
        for number, task in enumerate(sheet.tasks, 1)
    )
    return table(chain([HEADER], rows))


def _cells(task: Task) -> list[str]:
    options = islice((*task.options, "", "", "", ""), 4)
    return [task.type.value, task.question, *options, task.answer, task.explanation]
