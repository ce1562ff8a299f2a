"""Requests about messages that could not be processed."""

from urllib.parse import quote

from homework_client.models import DeadLetterDetail, DeadLetters, SentAgain
from homework_client.request import Request, given


def list_dead_letters(limit: int | None = None) -> Request[DeadLetters]:
    """The last to die first. Ask for it when somebody wants to see it: the broker counts each look."""
    return Request("GET", "/api/ops/dead", DeadLetters, given(limit=limit))


def get_dead_letter(letter_id: str) -> Request[DeadLetterDetail]:
    return Request("GET", _dead_letter(letter_id), DeadLetterDetail)


def replay_dead_letter(letter_id: str) -> Request[SentAgain]:
    """Send it back to where it came from."""
    return Request("POST", f"{_dead_letter(letter_id)}/replay", SentAgain)


def send_dead_letter_to_mock(letter_id: str) -> Request[SentAgain]:
    """Have the mock generator do this job."""
    return Request("POST", f"{_dead_letter(letter_id)}/mock", SentAgain)


def drop_dead_letter(letter_id: str) -> Request[None]:
    """Delete it for good."""
    return Request("DELETE", _dead_letter(letter_id), type(None))


def _dead_letter(letter_id: str) -> str:
    return f"/api/ops/dead/{quote(letter_id, safe='')}"
