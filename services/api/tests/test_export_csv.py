"""CSV files are read as a spreadsheet reads them."""

import csv
import io

import pytest
from tests.support.api.handouts import CHOICE_TASK, GAP_TASK, NASTY_TEXTS, handout, nasty_tasks, worksheet

from homework_api.export import Handout
from homework_api.export.table import HEADER, render


def rows(exported: Handout) -> list[dict[str, str]]:
    table = csv.DictReader(io.StringIO(render(exported).decode("utf-8-sig"), newline=""))
    assert table.fieldnames == list(HEADER)
    return list(table)


def test_each_exercise_is_a_row() -> None:
    gap, _translation, choice = rows(handout(worksheet(1, "Łukasz Żółć")))
    assert list(gap.values()) == [
        *("Łukasz Żółć", "1", "fill_in_blank", GAP_TASK.question),
        *("", "", "", "", "beve", GAP_TASK.explanation),
    ]
    assert list(choice.values()) == [
        *("Łukasz Żółć", "3", "multiple_choice", CHOICE_TASK.question),
        *CHOICE_TASK.options,
        *("strette", CHOICE_TASK.explanation),
    ]
    assert len(rows(handout())) == 6


def test_the_file_begins_with_the_mark_by_which_excel_knows_utf_8() -> None:
    assert render(handout()).startswith(b"\xef\xbb\xbfstudent,")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_a_text_that_begins_like_a_formula_stays_text(start: str) -> None:
    formula = f"{start}HYPERLINK(A1)"
    for row in rows(handout(worksheet(1, formula, *nasty_tasks(formula)))):
        assert row["student"] == row["correct_answer"] == row["explanation"] == f"'{formula}"
        assert not any(cell.startswith(start) for cell in row.values())


@pytest.mark.parametrize("text", NASTY_TEXTS)
def test_any_text_is_read_back_unchanged(text: str) -> None:
    for row in rows(handout(worksheet(1, text, *nasty_tasks(text)))):
        # A text that would be a formula gets a quotation mark in front.
        assert row["student"] == row["correct_answer"]
        assert row["student"] in (text, f"'{text}")
