"""Reads the table of verb forms.

A verb that is conjugated like one of the models has a line that says so, and further lines only for its
exceptions.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

Row = tuple[tuple[str, ...], ...]
"""The right forms for each person, the usual one first. A participle or a gerund has one cell."""
Forms = dict[str, dict[str, Row]]
"""Infinitive → tense (or "participle", or "gerund") → its row."""

MODELS: Mapping[str, int] = {
    "cercare": 3, "mangiare": 4, "studiare": 4, "parlare": 3, "credere": 3, "partire": 3, "finire": 3,
}  # fmt: skip
"""The length of the ending of each."""
LIKE = "like"


def read_forms(lines: Iterable[str]) -> Forms:
    """All forms of all verbs. The models come first in a table, because verbs that follow them are read
    later.
    """
    forms: Forms = {}
    for line in lines:
        if line.startswith("#"):
            continue
        verb, tense, cells = line.rstrip("\n").split("\t")
        if tense == LIKE:
            forms[verb] = conjugated_like(forms[cells], cells, verb)
        else:
            row = tuple(tuple(cell.split("/")) if cell != "-" else () for cell in cells.split(" "))
            forms.setdefault(verb, {})[tense] = row
    return forms


def conjugated_like(table: Mapping[str, Row], model: str, verb: str) -> dict[str, Row]:
    """The model's forms with this verb's stem."""
    letters = MODELS[model]
    root, stem = model[:-letters], verb[:-letters]
    return {
        tense: tuple(tuple(stem + form.removeprefix(root) for form in cell) for cell in row)
        for tense, row in table.items()
    }


def table_lines() -> list[str]:
    """The lines of the table in this package."""
    return (files("homework_shared.language.italian") / "verb_forms.tsv").read_text("utf-8").splitlines()


@cache
def verb_forms() -> Forms:
    """The table in this package. It is read once."""
    return read_forms(table_lines())
