"""Workbooks are read back by an independent library (openpyxl), which distinguishes texts from formulas."""

import io
from datetime import UTC, datetime

import pytest
from openpyxl import load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from tests.support.api.handouts import CHOICE_TASK, GAP_TASK, NASTY_TEXTS, handout, nasty_tasks, worksheet

from homework_api.export.spreadsheet import as_xlsx
from homework_api.export.table import HEADER, render_xlsx

WHEN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def cells(content: bytes) -> list[tuple[Cell | MergedCell, ...]]:
    [sheet] = load_workbook(io.BytesIO(content)).worksheets
    return list(sheet.iter_rows())


def test_each_exercise_is_a_row_below_a_heading_that_stays() -> None:
    heading, gap, _translation, choice = [
        [cell.value for cell in row] for row in cells(render_xlsx(handout(worksheet(1, "Łukasz Żółć"))))
    ]
    assert heading == list(HEADER)
    assert gap == [
        *("Łukasz Żółć", 1, "fill_in_blank", GAP_TASK.question),
        *(None, None, None, None, "beve", GAP_TASK.explanation, None),
    ]
    assert choice[4:9] == [*CHOICE_TASK.options, "strette"]
    [sheet] = load_workbook(io.BytesIO(render_xlsx(handout()))).worksheets
    assert sheet.freeze_panes == "A2"
    assert sheet.max_row == 7


@pytest.mark.parametrize(
    "text", [*NASTY_TEXTS, "=6*7", "+1", "-2+3", "@SUM(A1)", "{=A1}", "http://x.it", "1", "_x0041_"]
)
def test_any_text_is_text_and_read_back_unchanged(text: str) -> None:
    # The format writes characters that XML cannot contain as _xFFFE_. This library does not decode them.
    expected = text.replace("\ufffe", "_xFFFE_").replace("\uffff", "_xFFFF_")
    for row in cells(render_xlsx(handout(worksheet(1, text, *nasty_tasks(text)))))[1:]:
        assert {cell.data_type for cell in row if cell.value is not None} == {"s", "n"}
        assert row[1].data_type == "n", "the exercise's number"
        assert {row[place].value for place in (0, 8, 9)} == {expected}
        assert not any(cell.hyperlink for cell in row)


def test_a_moment_is_one_for_the_spreadsheet_too() -> None:
    local = WHEN.replace(tzinfo=None)
    [[cell]] = cells(as_xlsx([[local]], WHEN))
    assert (cell.value, cell.data_type) == (local, "d")


def test_the_same_homework_is_the_same_file() -> None:
    assert render_xlsx(handout()) == render_xlsx(handout())
