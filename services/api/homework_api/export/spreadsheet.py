"""Tables for spreadsheets, in which a user's text is never read as a formula.

The cells of a row are texts, whole numbers, moments without a zone (in the reader's own time) or None for an
empty cell.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

Cell = str | int | datetime | None
Rows = Iterable[Sequence[Cell]]

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_SUSPICIOUS = re.compile("[-=+@＝＋－＠\\t\\r\\n]")
_INVISIBLE = ("\t", "\r", "\n")
# Nobody knows what the program that opens the file separates by, and where it is not the comma, quotation
# marks around a cell bind nothing.
_SEPARATOR = re.compile(r"([;|\t\r\n])")
# Few separate by these; "the verbs in -are, -ere" is ordinary text.
_SELDOM_SEPARATOR = re.compile(r"([ ,])")
_SELDOM_FORMULA = tuple(sign for sign in _FORMULA if sign not in "-－")
_IGNORED_BEFORE_A_FORMULA = " \"'\N{NO-BREAK SPACE}"


def as_csv(rows: Rows) -> bytes:
    """UTF-8 with a byte order mark; without it Excel reads the file in a legacy code page (perchÃ©)."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_inert(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(rows: Rows, made_at: datetime) -> bytes:
    """A workbook with one sheet, whose first row is a heading. `made_at` is the only date in it, so that
    equal content gives equal bytes.
    """
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        book.set_properties({"created": made_at.astimezone(UTC)})
        bold = book.add_format({"bold": True})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                _write(sheet, number, column, cell, moment)
        sheet.set_row(0, None, bold)
        sheet.freeze_panes(1, 0)
        sheet.autofit(300)
    return file.getvalue()


def _write(sheet: Worksheet, row: int, column: int, cell: Cell, moment: Format) -> None:
    match cell:
        case None | "":
            pass
        case datetime():
            sheet.write_datetime(row, column, cell, moment)
        case int():
            sheet.write_number(row, column, cell)
        case _:
            # Not `write`, which guesses: formulas, links and numbers would come of texts.
            sheet.write_string(row, column, str(cell))


def _inert(cell: Cell) -> Cell:
    """The text with an apostrophe before it if it begins like a formula. Spreadsheets execute formulas, and a
    formula can send cells to another host.
    """
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"  # ISO's T and zone would make it a text
    if not isinstance(cell, str) or not _SUSPICIOUS.search(cell):
        return cell
    parts = _SEPARATOR.split(cell)
    parts[::2] = [_marked(part) for part in parts[::2]]
    return f"'{''.join(parts)}" if cell.startswith(_INVISIBLE) else "".join(parts)


def _marked(part: str) -> str:
    words = _SELDOM_SEPARATOR.split(part)
    words[2::2] = [f"'{word}" if _calculates(word) else word for word in words[2::2]]
    mark = "'" if part.lstrip(_IGNORED_BEFORE_A_FORMULA).startswith(_FORMULA) else ""
    return mark + "".join(words)


def _calculates(word: str) -> bool:
    bare = word.lstrip(_IGNORED_BEFORE_A_FORMULA)
    return bare.startswith(_SELDOM_FORMULA) and len(bare) > 1
