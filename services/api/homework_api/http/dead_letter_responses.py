"""The responses for dead letters."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from homework_api.services.dead_letters import DeadLetter
from homework_shared.runtime.terminal import sanitize

PREVIEW_CHARACTERS = 200
_REPLACED = "\N{REPLACEMENT CHARACTER}"

_LETTER: JsonDict = {
    "id": "5b1c0e8f9a27",
    "message_id": "7c1f9a52-3e0b-4a51-9d6e-0f4b6a2f1c11",
    "job_id": "7c1f9a52-3e0b-4a51-9d6e-0f4b6a2f1c11",
    "type": "GenerateHomework",
    "queue": "generation.fallback",
    "reason": "rejected",
    "deaths": 2,
    "copies": 1,
    "first_death_at": "2026-11-23T09:01:00Z",
    "last_death_at": "2026-11-23T09:01:02Z",
    "size": 412,
    "preview": '{"schema_version":1,"job_id":"7c1f9a52-…',
}
_DEATH: JsonDict = {
    "queue": "generation.fallback",
    "reason": "rejected",
    "count": 1,
    "at": "2026-11-23T09:01:02Z",
}


class DeathResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_DEATH]})

    queue: str = Field(description="The queue in which the message was.")
    reason: str = Field(description="Why, such as `expired`, `rejected` or `delivery_limit`.")
    count: int = Field(description="How often it was dead-lettered there for this reason.")
    at: datetime = Field(description="When that happened.")


class DeadLetterResponse(BaseModel):
    """A message that could not be processed. Each time that a queue gave it up is a death of it. Characters
    that could control a terminal are replaced."""

    model_config = ConfigDict(json_schema_extra={"examples": [_LETTER]})

    id: str = Field(description="The id in these routes. It is not the id of the message.")
    message_id: str = Field(description="The id that the sender gave the message.")
    job_id: UUID | None = Field(description="The same, if it is the id of a job.")
    type: str = Field(description="The type of the message.")
    queue: str | None = Field(description="The queue of its last death.")
    reason: str | None = Field(description="The reason of its last death.")
    deaths: int = Field(description="How often it was dead-lettered in all.")
    copies: int = Field(description="How many equal messages there are. An action applies to all of them.")
    first_death_at: datetime | None = Field(description="The time of its first death.")
    last_death_at: datetime | None = Field(description="The time of its last death.")
    size: int = Field(description="The size of the body in bytes.")
    preview: str = Field(description="The beginning of the body.")

    @classmethod
    def of(cls, letter: DeadLetter) -> Self:
        return cls(**_fields(letter))


class DeadLetterDetail(DeadLetterResponse):
    """A dead letter with its whole body and each of its deaths, the last one first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [_LETTER | {"body": "{…}", "history": [_DEATH], "headers": {}}]}
    )

    body: str = Field(description="The whole body.")
    history: list[DeathResponse] = Field(description="Each of its deaths, the last one first.")
    headers: dict[str, str] = Field(description="The headers of the message.")

    @classmethod
    def of(cls, letter: DeadLetter) -> Self:
        # Anybody with a broker ticket may have written these, and an operator reads them in a terminal.
        headers = {sanitize(name): sanitize(text) for name, text in letter.envelope.headers.items()}
        history = [DeathResponse.model_validate(death) for death in letter.deaths]
        body = sanitize(letter.envelope.body.decode(errors="replace"))
        return cls(**_fields(letter), body=body, history=history, headers=headers)


class DeadLettersResponse(BaseModel):
    """A list of dead letters."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"letters": [_LETTER], "total": 1}]})

    letters: list[DeadLetterResponse] = Field(description="The dead letters, newest first.")
    total: int = Field(description="How many there are, also beyond `limit`.")


class SentAgainResponse(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "5b1c0e8f9a27", "sent_to": "generation.fallback"}]}
    )

    id: str
    sent_to: str = Field(description="The queue to which the message was sent.")


def _fields(letter: DeadLetter) -> dict[str, object]:
    envelope, deaths = letter.envelope, letter.deaths
    start = envelope.body[: 4 * PREVIEW_CHARACTERS].decode(errors="replace")
    return {
        "id": letter.id,
        "message_id": sanitize(envelope.message_id),
        "job_id": _uuid(envelope.message_id),
        "type": sanitize(envelope.type),
        "queue": deaths[0].queue if deaths else None,
        "reason": deaths[0].reason if deaths else None,
        "deaths": sum(death.count for death in deaths),
        "copies": len(letter.deliveries),
        "first_death_at": deaths[-1].at if deaths else None,
        "last_death_at": deaths[0].at if deaths else None,
        "size": len(envelope.body),
        "preview": sanitize(start[:PREVIEW_CHARACTERS]),
    }


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
