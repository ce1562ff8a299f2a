"""Fields and limits that several requests share, and the form of every error response."""

import re
import unicodedata
from datetime import datetime
from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from homework_shared.exercises.exercise import ShortText

T = TypeVar("T")

# JSON has no exact numbers beyond it, and the database drivers refuse those beyond 63 bits.
MAX_NUMBER = 2**53 - 1
Id = Annotated[int, Field(ge=1, le=MAX_NUMBER)]
MAX_STUDENTS = 10_000
"""How many students an assignment may be for, and so a class may have."""


# Spaces, direction marks, joiners, variation selectors, fillers: alone they show nothing, among others they
# are parts of words and of emoji. Unicode calls most of them Default_Ignorable_Code_Point.
_INVISIBLE = (
    r"\x00-\x20\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f"
    r"\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
)
_RARE = "\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
_VISIBLE = re.compile(f"[^{_INVISIBLE}{_RARE}]")
# For readers of the OpenAPI document. Not all of them know characters beyond 16 bits.
_VISIBLE_LINE = rf"^\s*[^\x00-\x1f\x7f-\x9f]*[^{_INVISIBLE}][^\x00-\x1f\x7f-\x9f]*\s*$"


def _visible(text: str) -> str:
    if not _VISIBLE.search(text):
        raise ValueError("all its characters are invisible: write at least one letter that can be seen")
    return text


def _of_this_millennium(moment: datetime) -> datetime:
    if not 2000 <= moment.year < 9999:
        raise ValueError("the year must be between 2000 and 9998")
    return moment


def _blank_as_none(value: object) -> object:
    # Forms send "" for a field that was left empty.
    return None if isinstance(value, str) and not value.strip() else value


def _as_it_came(value: object) -> object:
    # Measured before the spaces around it are cut off, as the document's maxLength means it.
    if isinstance(value, str) and len(value) > LONGEST_NAME:
        raise ValueError(f"{len(value)} characters are too many: shorten it to {LONGEST_NAME}")
    return value


def without_case(name: str) -> str:
    """The form of a name that is compared: without case, in one Unicode form."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _without_repeats(values: list[T]) -> list[T]:
    return list(dict.fromkeys(values))


Moment = Annotated[AwareDatetime, AfterValidator(_of_this_millennium)]
"""ISO 8601 with an offset from UTC."""

VisibleText = Annotated[
    ShortText, AfterValidator(_visible), Field(json_schema_extra={"pattern": _VISIBLE_LINE})
]
"""What people give names with: one line of up to 200 characters that shows something."""

LONGEST_NAME = 100
Name = Annotated[VisibleText, StringConstraints(max_length=LONGEST_NAME)]
NameAsItCame = Annotated[Name, BeforeValidator(_as_it_came)]
BlankAsNone = BeforeValidator(_blank_as_none)
WithoutRepeats = AfterValidator(_without_repeats)


class ErrorResponse(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"detail": "Student not found"}]})

    detail: str = Field(description="What is wrong, and what to do about it.")
