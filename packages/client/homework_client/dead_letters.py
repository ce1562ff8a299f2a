"""The requests about dead letters, the messages that could not be processed."""

from urllib.parse import quote

from homework_client.models import DeadLetterDetail, DeadLetters, SentAgain
from homework_client.request import Request, given


def list_dead_letters(limit: int | None = None) -> Request[DeadLetters]:
    """List the dead letters, newest first. Call it only when a person asks: the broker counts each look as a
    delivery.
    """
    return Request("GET", "/api/ops/dead", DeadLetters, given(limit=limit))


def get_dead_letter(letter_id: str) -> Request[DeadLetterDetail]:
    return Request("GET", _dead_letter(letter_id), DeadLetterDetail)


def replay_dead_letter(letter_id: str) -> Request[SentAgain]:
    """Send the message back to the queue that it came from."""
    return Request("POST", f"{_dead_letter(letter_id)}/replay", SentAgain)


def send_dead_letter_to_mock(letter_id: str) -> Request[SentAgain]:
    """Send this job to the mock generator."""
    return Request("POST", f"{_dead_letter(letter_id)}/mock", SentAgain)


def drop_dead_letter(letter_id: str) -> Request[None]:
    """Delete the message permanently."""
    return Request("DELETE", _dead_letter(letter_id), type(None))


def _dead_letter(letter_id: str) -> str:
    return f"/api/ops/dead/{quote(letter_id, safe='')}"
