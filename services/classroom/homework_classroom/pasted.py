"""Reads a list of students that a teacher typed, pasted from a table, or uploaded as CSV."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

MOST_LINES = 300
MOST_CHARACTERS = 40_000
LONGEST_NAME = 100
"""As the API takes them."""
_NAMES = {"name", "nome", "full name", "student", "studente", "studentessa", "alunno", "alunna", "nominativo"}
_NAMES |= {"nome e cognome", "cognome e nome", "nome cognome", "cognome nome", "alunno/a", "studente/ssa"}
_FIRST = {"first name", "given name", "nome"}
_LAST = {"last name", "surname", "family name", "cognome"}
_EMAILS = {
    "email",
    "e-mail",
    "mail",
    "email address",
    "e-mail address",
    "indirizzo e-mail",
    "indirizzo email",
}
_EMAILS |= {"posta elettronica"}
_BETWEEN = re.compile(r"[\s<>;,|\"()]")
_NUMBER = re.compile(r"[0-9]{1,9}[.)]?")


class TooLong(Exception):
    """The list has more lines or characters than a class needs."""


@dataclass(frozen=True, slots=True)
class Line:
    """One student of the list. `number` counts from 1. `problem` is the name of the sentence about what is
    wrong.
    """

    number: int
    name: str
    email: str
    problem: str = ""


def decode(content: bytes) -> str:
    """The text of a file as Windows, macOS and spreadsheets write it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def read(text: str) -> list[Line]:
    """The lines that are not blank. Raises TooLong."""
    if len(text) > MOST_CHARACTERS:
        raise TooLong
    rows = [row for row in text.splitlines() if row.strip(" \t;,\ufeff")]
    if len(rows) > MOST_LINES:
        raise TooLong
    found = _by_columns(rows) if rows and _has_titles(rows[0]) else map(_by_the_at_sign, rows)
    return [_checked(number, name, email) for number, (name, email) in enumerate(found, 1)]


def written(students: Iterable[tuple[str, str]]) -> str:
    """Names and addresses as text that `read` reads back."""
    out = io.StringIO()
    csv.writer(out, delimiter="\t", lineterminator="\n").writerows([("Name", "Email"), *students])
    return out.getvalue()


def _by_the_at_sign(row: str) -> tuple[str, str]:
    """Split the line at its separators: the part with an @ is the address, and the rest is the name."""
    words = [word for word in _BETWEEN.split(row) if word]
    emails = [word for word in words if "@" in word]
    names = [word for word in words if "@" not in word]
    if names and _NUMBER.fullmatch(names[0]):
        del names[0]
    return " ".join(names), " ".join(emails)


def _by_columns(rows: list[str]) -> Iterator[tuple[str, str]]:
    titles = _titles(rows[0])
    first, last, email = (_place(titles, names) for names in (_FIRST, _LAST, _EMAILS))
    # `Nome` alone is the whole name, and beside `Cognome` the first one.
    in_order = [first, last] if last is not None else [_place(titles, _NAMES)]
    for row in csv.reader(io.StringIO("\n".join(rows[1:])), delimiter=_delimiter(rows[0])):
        cells = [" ".join(cell.split()) for cell in row]
        name = " ".join(filter(None, (_cell(cells, place) for place in in_order)))
        yield name, _cell(cells, email)


def _has_titles(row: str) -> bool:
    titles = set(_titles(row))
    return "@" not in row and not titles.isdisjoint(_NAMES | _LAST | _FIRST) and len(row) < 300


def _titles(row: str) -> list[str]:
    cells = next(csv.reader([row.lstrip("\ufeff")], delimiter=_delimiter(row)))
    return [" ".join(cell.split()).casefold() for cell in cells]


def _delimiter(row: str) -> str:
    return next((each for each in ("\t", ";") if each in row), ",")


def _place(titles: list[str], names: Iterable[str]) -> int | None:
    return next((place for place, title in enumerate(titles) if title in names), None)


def _cell(cells: list[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""


def _checked(number: int, name: str, email: str) -> Line:
    shown = " ".join("".join(each for each in name if each.isprintable()).split())
    if not any(each.isalpha() for each in shown):
        return Line(number, shown[:LONGEST_NAME], email[:LONGEST_NAME], "no_name")
    if len(shown) > LONGEST_NAME:
        return Line(number, f"{shown[:40]} …", email[:LONGEST_NAME], "long_name")
    if email and not _is_address(email):
        return Line(number, shown, email[:LONGEST_NAME], "no_address")
    return Line(number, shown, email)


def _is_address(email: str) -> bool:
    try:
        validate_email(email, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True
