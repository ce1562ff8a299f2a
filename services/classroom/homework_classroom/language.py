"""The two languages of the pages. Their sentences are in texts/, under the same names in both languages."""

import tomllib
from collections.abc import Iterable
from datetime import datetime, tzinfo
from importlib.resources import files
from typing import Any

DEFAULT = "en"


class Language:
    """A language of the pages. `code` is its code in HTML. Calling the object with a name returns the
    sentence.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        self.sentences: dict[str, Any] = {}
        for file in (files("homework_classroom") / "texts" / code).iterdir():
            self.sentences |= tomllib.loads(file.read_text(encoding="utf-8"))

    def __call__(self, name: str, /, **values: object) -> str:
        sentence: str = self.sentences[name]
        return sentence.format(**values)

    def count(self, name: str, number: int) -> str:
        """The sentence about a number of things, which has a separate form for exactly one."""
        forms = self.sentences[name]
        chosen: str = forms["one" if number == 1 else "many"]
        return chosen.format(number=number)

    def moment(self, moment: datetime, zone: tzinfo | None) -> str:
        """A date and a time of day, in the language's notation."""
        local = moment.astimezone(zone)
        words = {"weekday": self.sentences["weekdays"][local.weekday()], "day": local.day}
        words["month"] = self.sentences["months"][local.month - 1]
        return self("moment", **words, time=f"{local:%H:%M}")


LANGUAGES = {code: Language(code) for code in ("en", "it")}


def chosen(preferred: str | None, accepted: str | None) -> Language:
    """The language that was chosen on a page, else the first known one in the browser's Accept-Language
    header.
    """
    if preferred in LANGUAGES:
        return LANGUAGES[preferred]
    for code in _in_order(accepted or ""):
        if code in LANGUAGES:
            return LANGUAGES[code]
    return LANGUAGES[DEFAULT]


def _in_order(accepted: str) -> Iterable[str]:
    weighed = []
    for part in accepted.split(","):
        name, _, weight = part.strip().partition(";q=")
        weighed.append((-_number(weight), name.partition("-")[0].lower()))
    return (name for weight, name in sorted(weighed, key=lambda each: each[0]) if weight < 0)


def _number(weight: str) -> float:
    try:
        return float(weight or 1)
    except ValueError:
        return 0.0
