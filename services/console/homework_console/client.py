"""The REST API as the console uses it: with which key, what it advises, how a page says what went wrong."""

import httpx
from pydantic import SecretStr

from homework_client.client import AsyncClient
from homework_client.refusals import Advice, ApiError, Misused

CONNECT_SECONDS = 2.0
_ADVICE = Advice(
    start="start it with `homework up`",
    locate="set CONSOLE_API_URL to its address",
    authorize="create a key for the console with `homework keys create console --right ops`, "
    "and start the console with it as CONSOLE_API_KEY",
    update="run the same version of both",
)


def connect(
    url: str, key: SecretStr | None = None, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncClient:
    """A client with the console's own key. Raises Misused."""
    return AsyncClient(
        url,
        key.get_secret_value() if key else None,
        advice=_ADVICE,
        connect_seconds=CONNECT_SECONDS,
        transport=transport,
    )


def in_sentences(error: ApiError) -> str:
    """Why the API refused or failed, and what to do next."""
    if isinstance(error, Misused):
        # The text begins with the name of a field, which must not be capitalised.
        return f"{error.reason.rstrip('.')}."
    return " ".join(_sentence(part) for part in (error.reason, error.advice) if part)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
