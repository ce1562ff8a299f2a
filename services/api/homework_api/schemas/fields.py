"""Fields and bounds that several requests share, and what every refusal looks like."""

from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

T = TypeVar("T")

# JSON has no exact numbers beyond it, and the database drivers refuse those beyond 63 bits.
MAX_NUMBER = 2**53 - 1
Id = Annotated[int, Field(ge=1, le=MAX_NUMBER)]


def _blank_as_none(value: object) -> object:
    # Forms send "" for what was left empty.
    return None if isinstance(value, str) and not value.strip() else value


def _without_repeats(values: list[T]) -> list[T]:
    return list(dict.fromkeys(values))


BlankAsNone = BeforeValidator(_blank_as_none)
WithoutRepeats = AfterValidator(_without_repeats)


class ErrorResponse(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"detail": "Student not found"}]})

    detail: str
