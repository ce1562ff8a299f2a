"""Requests and responses about teachers' decisions on answers."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from homework_api.grading.verdicts import AnswerVerdict
from homework_api.schemas.fields import Id
from homework_shared.exercises.exercise import MAX_EXERCISES, AnswerText

_REQUEST_EXAMPLE: JsonDict = {
    "homework_id": 12,
    "index": 2,
    "right": True,
    "answer": None,
    "scope": "class",
}
_DECISION_EXAMPLE: JsonDict = {
    "id": 3,
    "assignment_id": 7,
    "scope": "class",
    "homework_id": None,
    "question": "Ci vediamo a ___. (midnight)",
    "answer": "mezzanotte in punto",
    "right": True,
    "decided_by": "Prof. Conti",
    "decided_by_key": "5b0c3f2a9d1e",
    "decided_at": "2026-11-24T15:02:00Z",
    "withdrawn_by": None,
    "withdrawn_by_key": None,
    "withdrawn_at": None,
}
_REGRADED_EXAMPLE: JsonDict = {
    "homework_id": 12,
    "student_id": 1,
    "name": "Giulia Bianchi",
    "index": 2,
    "verdict": "correct",
    "score": 100,
}


class DecisionScope(StrEnum):
    STUDENT = "student"
    CLASS = "class"


class DecisionRequest(BaseModel):
    """A decision about the answer of one student, or about another answer to the same question."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REQUEST_EXAMPLE]})

    homework_id: Id = Field(description="A submitted homework of the assignment.")
    index: Annotated[
        int, Field(ge=1, le=MAX_EXERCISES, description="The position of the exercise, counted from 1.")
    ]
    right: bool = Field(
        description="`true` accepts the answer and `false` refuses it, even if the rules say otherwise."
    )
    answer: AnswerText | None = Field(
        default=None, description="The answer to decide about. The default is the answer of this student."
    )
    scope: DecisionScope = Field(
        default=DecisionScope.CLASS,
        description="`class` decides for all students of the assignment who have the same question. "
        "`student` decides for this homework only, and comes before a decision for the class.",
    )


class DecisionResponse(BaseModel):
    """A decision. `decided_by` is the name of the API key and `decided_by_key` its id; both are null while no
    keys are in use. A decision that was withdrawn stays in the list, with who withdrew it and when.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_DECISION_EXAMPLE]})

    id: int
    assignment_id: int
    scope: DecisionScope = Field(
        description="Whether it applies to all students with this question, or to one homework."
    )
    homework_id: int | None = Field(description="The homework that it applies to, with the scope `student`.")
    question: str = Field(description="The question that the answer belongs to.")
    answer: str = Field(description="The answer that it is about.")
    right: bool = Field(description="Whether it accepts the answer or refuses it.")
    decided_by: str | None = Field(
        description="The name of the API key, or of the teacher who was signed in."
    )
    decided_by_key: str | None = Field(description="The id of the API key.")
    decided_at: datetime = Field(description="When it was made.")
    withdrawn_by: str | None = Field(description="Who withdrew it, like `decided_by`.")
    withdrawn_by_key: str | None = Field(description="The id of the API key that withdrew it.")
    withdrawn_at: datetime | None = Field(
        description="When it was withdrawn. It is null while the decision is in force."
    )

    @classmethod
    def of(cls, record: object) -> Self:
        return cls.model_validate(record, from_attributes=True)


class Regraded(BaseModel):
    """A homework whose verdict on this question has changed, with the new verdict and the new score."""

    homework_id: int
    student_id: int
    name: str
    index: int = Field(description="The position of the exercise, counted from 1.")
    verdict: AnswerVerdict = Field(description="The new verdict.")
    score: int = Field(description="The new score, between 0 and 100.")


class DecisionMade(DecisionResponse):
    """The decision, and the homework whose verdict it has changed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**_DECISION_EXAMPLE, "regraded": [_REGRADED_EXAMPLE]}]}
    )

    regraded: list[Regraded] = Field(description="The homework whose verdict has changed.")
