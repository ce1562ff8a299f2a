"""The exercises of a homework, and the types and levels that a teacher asks for."""

import re
from enum import StrEnum
from math import lcm
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)


class CefrLevel(StrEnum):
    """Levels of the Common European Framework of Reference for Languages."""

    A1 = "A1"
    A2 = "A2"
    B1 = "B1"
    B2 = "B2"
    C1 = "C1"
    C2 = "C2"


class ExerciseType(StrEnum):
    FILL_IN_BLANK = "fill_in_blank"
    TRANSLATION = "translation"
    MULTIPLE_CHOICE = "multiple_choice"


BLANK = "___"
MAX_EXERCISES = 20
MAX_ACCEPTED_ANSWERS = 24


# PostgreSQL cannot store NUL, and terminals obey escape sequences: both are refused when the text is
# validated. Lone surrogates are valid escapes in JSON, but no UTF-8 encoder accepts them.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def _printable(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("must not contain control characters")
    return text


# The same rule as a pattern, for readers of the OpenAPI document.
_LINE = r"^\s*[^\x00-\x20\x7f-\xa0]([^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0])?\s*$"
_LINES = r"^[^\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]*$"

ShortText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_printable),
    Field(json_schema_extra={"pattern": _LINE}),
]
ExerciseText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=1000),
    AfterValidator(_printable),
    Field(json_schema_extra={"pattern": _LINE}),
]
AnswerText = Annotated[
    str,
    # Text that was typed or pasted in several lines becomes one line.
    BeforeValidator(lambda text: " ".join(text.split()) if isinstance(text, str) else text),
    StringConstraints(max_length=1000),
    AfterValidator(_printable),
    Field(json_schema_extra={"pattern": _LINES}),
]
GrammarFocus = ShortText
"""Free text as teachers write it: "past_tense", "passato prossimo", "congiuntivo"."""


class _Exercise(BaseModel):
    """The fields that every type of exercise has. Older senders and older rows have no `accepted_answers`."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    question: ExerciseText
    """The question to the student."""
    correct_answer: ExerciseText
    """The right answer that is shown to students."""
    accepted_answers: tuple[ExerciseText, ...] = Field(
        default=(), max_length=MAX_ACCEPTED_ANSWERS, fail_fast=True, exclude_if=lambda answers: not answers
    )
    """Other answers that are right as well."""
    explanation: ExerciseText
    """Why the answer is right."""

    @property
    def right_answers(self) -> tuple[str, ...]:
        return (self.correct_answer, *self.accepted_answers)

    def as_stored(self) -> dict[str, Any]:
        """The fields as plain values. They serialise to the same JSON as the model does, in half the time,
        because all fields but the type are plain already.
        """
        stored = self.__dict__ | {"type": str(self.__dict__["type"])}
        if not self.accepted_answers:
            del stored["accepted_answers"]
        return stored


class _Gap(_Exercise):
    @model_validator(mode="after")
    def _has_one_blank(self) -> Self:
        if self.question.count(BLANK) != 1:
            raise ValueError(f"the question needs exactly one {BLANK}")
        return self


class FillInBlank(_Gap):
    """A sentence with one gap, and a hint for the gap in parentheses."""

    type: Literal[ExerciseType.FILL_IN_BLANK] = ExerciseType.FILL_IN_BLANK
    """The type of the exercise."""
    options: None = None
    """Always null, because only a multiple choice has options."""


class Translation(_Exercise):
    """One English sentence to translate into Italian."""

    type: Literal[ExerciseType.TRANSLATION] = ExerciseType.TRANSLATION
    """The type of the exercise."""
    options: None = None
    """Always null, because only a multiple choice has options."""


class MultipleChoice(_Gap):
    """A sentence with one gap and four different options. The answer is one of them."""

    type: Literal[ExerciseType.MULTIPLE_CHOICE] = ExerciseType.MULTIPLE_CHOICE
    """The type of the exercise."""
    options: tuple[ExerciseText, ExerciseText, ExerciseText, ExerciseText]
    """Four different texts. One of them is the right answer."""

    @model_validator(mode="after")
    def _options_hold_the_answer_once(self) -> Self:
        if len(set(self.options)) != len(self.options):
            raise ValueError("the four options must be distinct")
        if self.correct_answer not in self.options:
            raise ValueError("correct_answer must be one of the options")
        if not set(self.accepted_answers) <= set(self.options):
            raise ValueError("accepted_answers must be options")
        return self


Exercise = Annotated[FillInBlank | Translation | MultipleChoice, Field(discriminator="type")]


def types_in_turn(types: tuple[ExerciseType, ...], quantity: int) -> list[ExerciseType]:
    """The type of each of `quantity` exercises: the requested types alternate (5 exercises of 3 types → 2, 2,
    1).
    """
    return [types[index % len(types)] for index in range(quantity)]


def grammar_in_turn(index: int, types: int, grammars: int) -> int:
    """The element of `grammars` that the exercise at `index` practises. Each grammar is combined with each of
    `types`.
    """
    # The grammar shifts by one after each full cycle; otherwise the same pairs of type and grammar would
    # repeat.
    return (index + index // lcm(types, grammars)) % grammars
