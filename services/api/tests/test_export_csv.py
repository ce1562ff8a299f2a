"""CSV files are read as a spreadsheet reads them."""

import csv
import io
from dataclasses import replace

import pytest
from tests.support.api.handouts import CHOICE_TASK, GAP_TASK, NASTY_TEXTS, handout, nasty_tasks, worksheet

from homework_api.export import Handout
from homework_api.export.spreadsheet import Cell, as_csv
from homework_api.export.table import HEADER, render_csv


def rows(exported: Handout) -> list[dict[str, str]]:
    table = csv.DictReader(io.StringIO(render_csv(exported).decode("utf-8-sig"), newline=""))
    assert table.fieldnames == list(HEADER)
    return list(table)


def test_each_exercise_is_a_row() -> None:
    gap, _translation, choice = rows(handout(worksheet(1, "Łukasz Żółć")))
    assert list(gap.values()) == [
        *("Łukasz Żółć", "1", "fill_in_blank", GAP_TASK.question),
        *("", "", "", "", "beve", GAP_TASK.explanation, ""),
    ]
    assert list(choice.values()) == [
        *("Łukasz Żółć", "3", "multiple_choice", CHOICE_TASK.question),
        *CHOICE_TASK.options,
        *("strette", CHOICE_TASK.explanation, ""),
    ]
    assert len(rows(handout())) == 6


def test_what_is_right_as_well_has_a_column_of_its_own() -> None:
    [row] = rows(handout(worksheet(1, "Giulia", replace(GAP_TASK, accepted=("prende", "sorseggia")))))
    assert row["correct_answer"] == "beve"
    assert row["accepted_answers"] == "prende / sorseggia"


def test_the_file_begins_with_the_mark_by_which_excel_knows_utf_8() -> None:
    assert render_csv(handout()).startswith(b"\xef\xbb\xbfstudent,")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_a_text_that_begins_like_a_formula_stays_text(start: str) -> None:
    formula = f"{start}HYPERLINK(A1)"
    for row in rows(handout(worksheet(1, formula, *nasty_tasks(formula)))):
        assert row["student"] == row["correct_answer"] == row["explanation"] == f"'{formula}"
        assert not any(cell.startswith(start) for cell in row.values())


@pytest.mark.parametrize("text", NASTY_TEXTS)
def test_any_text_is_read_back_unchanged(text: str) -> None:
    for row in rows(handout(worksheet(1, text, *nasty_tasks(text)))):
        # A text that would be a formula gets an apostrophe in front, wherever a program may split the line.
        assert row["student"] == row["correct_answer"]
        assert row["student"] in (text, f"'{text}", text.replace(" @", " '@"))


def every_cell(table: bytes, separator: str) -> list[str]:
    """The cells as read by a program with this separator, which may or may not support quotation marks."""
    text = table.decode("utf-8-sig")
    found = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    quoted = [cell for row in found for cell in row]
    return quoted + [cell for line in text.splitlines() for cell in line.split(separator)]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " "])
@pytest.mark.parametrize("mark", ["", '"', "'", " ", ' "', "\xa0"])
@pytest.mark.parametrize("formula", ["=6*7", "+HYPERLINK(A1)", "@SUM(A1)", "＝6*7"])
def test_no_separator_within_a_cell_starts_a_formula(separator: str, mark: str, formula: str) -> None:
    hostile = f"Ada{separator}{mark}{formula}{separator}"
    rows: list[list[Cell]] = [[hostile, "x"], ["x", hostile], [1, hostile, 2]]
    for written in rows:
        for opened_with in (",", ";", "\t", "|", " "):
            for cell in every_cell(as_csv([written]), opened_with):
                assert not cell.strip(' "\xa0').startswith(("=", "+", "@", "＝")), (cell, opened_with)


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_no_line_within_a_cell_starts_a_formula(end: str) -> None:
    for cell in every_cell(as_csv([["x", f"Ada{end}-6*7", "y"]]), ";"):
        assert not cell.strip(' "').startswith("-")


def test_ordinary_texts_are_left_as_they_are() -> None:
    ordinary = [
        "the verbs in -are, -ere and -ire",
        "bev- + o = bevo",
        "a; b",
        "Ada (ada@example.com)",
        "3 - 2",
    ]
    assert next(csv.reader(io.StringIO(as_csv([ordinary]).decode("utf-8-sig")))) == ordinary
