"""CSV that spreadsheets open as it is meant."""

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def table(rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 with a byte order mark: without it Excel reads the country's old code page (perchÃ©)."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_inert(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _inert(cell: object) -> object:
    """Spreadsheets calculate what begins like a formula, and a formula can send cells away."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
