"""What the model may write: a JSON schema per exercise type, and the exercise that comes of it.

The grammar leaves the model no way to break an exercise's form: one gap, a hint in parentheses, three
wrong options beside the answer, no control characters. Whole-exercise checks stay in
`homework_shared.exercises.exercise`. Only keywords that the guidance backend enforces are used: it refuses
uniqueItems and knows no `not` and no `if`.
"""

import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from pydantic import TypeAdapter, ValidationError

from homework_generator.errors import Unusable
from homework_shared.exercises.exercise import BLANK, Exercise, ExerciseType
from homework_shared.language.accepted import MOST_OF_A_MODEL

Schema = Mapping[str, Any]
OPTIONAL = frozenset({"accepted_answers"})
"""A model that knows no other right answer leaves the list away."""

_LETTER = "[A-Za-zÀ-ÖØ-öø-ÿ]"
# The class lists the allowed characters: the complement of a list of forbidden ones would admit control
# characters.
_CHARACTER = "[A-Za-zÀ-ÖØ-öø-ÿ0-9 ,.;:!?'’«»€%-]"
# English needs parentheses: "you (plural)".
_ENGLISH = "[A-Za-zÀ-ÖØ-öø-ÿ0-9 ,.;:!?'’«»€%()-]"
# What explains or hints may also quote, bracket and dash.
_PROSE = "[A-Za-zÀ-ÖØ-öø-ÿ0-9 ,.;:!?'’«»“”()/+=…–€%°-]"
_GAP = (
    f"({_LETTER}{_CHARACTER}{{0,130}}[ '’]{BLANK}([ ,.;:!?]{_CHARACTER}{{0,130}})?"
    f"|{BLANK} {_LETTER}{_CHARACTER}{{3,130}})"
)
_HINT = r" \([A-Za-zÀ-ÖØ-öø-ÿ0-9][A-Za-zÀ-ÖØ-öø-ÿ0-9 ,.:+'’/-]{1,60}\)"

_EXERCISE: TypeAdapter[Exercise] = TypeAdapter(Exercise)


def _matching(pattern: str) -> Schema:
    return {"type": "string", "pattern": f"^{pattern}$"}


def _text(longest: int) -> Schema:
    return _matching(f"{_LETTER}{_CHARACTER}{{0,{longest - 1}}}")


def _explanation() -> Schema:
    # At least three words and a stop at the end: a sentence.
    return _matching(
        f"[A-Za-zÀ-ÖØ-öø-ÿ0-9'«“-]{_PROSE}{{0,40}} {_LETTER}{_PROSE}{{0,40}} {_LETTER}{_PROSE}{{0,260}}[.!?…]"
    )


def _accepted(longest: int) -> Schema:
    return {"type": "array", "items": _text(longest), "minItems": 1, "maxItems": MOST_OF_A_MODEL}


def _object(kind: ExerciseType, **fields: Schema) -> Schema:
    properties = {"type": {"const": kind.value}} | fields
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in OPTIONAL],
        "additionalProperties": False,
    }


SCHEMAS: Mapping[ExerciseType, Schema] = {
    ExerciseType.FILL_IN_BLANK: _object(
        ExerciseType.FILL_IN_BLANK,
        question=_matching(f"{_GAP}{_HINT}"),
        correct_answer=_text(50),
        accepted_answers=_accepted(50),
        explanation=_explanation(),
    ),
    ExerciseType.TRANSLATION: _object(
        ExerciseType.TRANSLATION,
        question=_matching(f"Translate: {_LETTER}{_ENGLISH}{{5,180}}"),
        correct_answer=_text(170),
        accepted_answers=_accepted(170),
        explanation=_explanation(),
    ),
    ExerciseType.MULTIPLE_CHOICE: _object(
        ExerciseType.MULTIPLE_CHOICE,
        question=_matching(f"{_GAP}({_HINT})?"),
        correct_answer=_text(50),
        wrong_options={"type": "array", "items": _text(50), "minItems": 3, "maxItems": 3},
        explanation=_explanation(),
    ),
}


def solution_of(kind: ExerciseType) -> Schema:
    """The schema of a solution for a gap or a translation."""
    return _answer(SCHEMAS[kind]["properties"]["correct_answer"])


def choice_of(options: Sequence[str]) -> Schema:
    """The schema that allows one of these options."""
    return _answer({"enum": list(options)})


def _answer(schema: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {"answer": schema},
        "required": ["answer"],
        "additionalProperties": False,
    }


def parse(text: str, seed: int) -> Exercise:
    """The exercise in the model's text; `seed` shuffles the options of a multiple choice.

    Raises:
        Unusable: the text is not JSON, or not a valid exercise. The content is checked elsewhere.
    """
    try:
        written = json.loads(text)
        if not isinstance(written, dict):
            raise Unusable("invalid", "not a JSON object")
        if (wrong := written.pop("wrong_options", None)) is not None:
            options = [written["correct_answer"], *wrong]
            if len({option.casefold().strip(" .,;:!?") for option in options}) < len(options):
                raise Unusable("invalid", "two of the options are one")
            written["options"] = Random(seed).sample(options, len(options))
        return _EXERCISE.validate_python(written)
    except ValidationError as error:
        raise Unusable("invalid", error.errors(include_input=False)[0]["msg"]) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unusable("invalid", f"not the JSON that was asked for: {error}") from error
