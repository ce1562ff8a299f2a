"""The messages for invalid requests. They say how to correct them, and clients show them beside the field."""

from collections.abc import Callable, Mapping
from typing import Any

Problem = Mapping[str, Any]
"""A problem as pydantic describes it: `type`, `loc`, `msg`, `ctx` with the bound, `input` with the value."""


def words(problem: Problem) -> str:
    """The message for a problem. Where pydantic's own text says enough, it is that text."""
    field = (problem["loc"] or ("",))[-1]
    say = _OF_A_FIELD.get((problem["type"], field)) or _OF_A_KIND.get(problem["type"])
    said: str = problem["msg"]
    return say(problem) if say else said.removeprefix("Value error, ")


def _too_long(problem: Problem) -> str:
    given, bound = problem["input"], problem["ctx"]["max_length"]
    if isinstance(given, str):
        return f"{len(given.strip())} characters are too many: shorten it to {bound}"
    return f"{len(given)} entries are too many: send {bound} at most"


_OF_A_KIND: dict[str, Callable[[Problem], str]] = {
    "missing": lambda _: "it is missing: send it",
    "string_too_short": lambda _: "it is empty: write something",
    "string_too_long": _too_long,
    "too_short": lambda _: "nothing is chosen: choose at least one",
    "too_long": _too_long,
}
_OF_A_FIELD: dict[tuple[str, object], Callable[[Problem], str]] = {
    ("too_short", "student_ids"): lambda _: "nobody is chosen: choose at least one student, or create one",
}
