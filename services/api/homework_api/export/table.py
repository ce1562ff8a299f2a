"""CSV for spreadsheets: a row per exercise."""

import csv
import io
from itertools import islice

from homework_api.export.handout import Handout, Task

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
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def render(handout: Handout) -> bytes:
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(HEADER)
    for sheet in handout.worksheets:
        writer.writerows(
            [_inert(sheet.student), number, *_cells(task)] for number, task in enumerate(sheet.tasks, 1)
        )
    # Without the byte-order mark Excel reads UTF-8 as the country's old code page: perchÃ©.
    return table.getvalue().encode("utf-8-sig")


def _cells(task: Task) -> list[str]:
    options = islice((*task.options, "", "", "", ""), 4)
    return [task.type.value, *map(_inert, (task.question, *options, task.answer, task.explanation))]


def _inert(text: str) -> str:
    """Spreadsheets calculate what begins like a formula, and a formula can send cells away."""
    return f"'{text}" if text.startswith(_FORMULA) else text
