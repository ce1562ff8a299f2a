"""The connection to the REST API, from which all data of the pages comes."""

import httpx

from homework_client.client import AsyncClient
from homework_client.refusals import Advice

CONNECT_SECONDS = 2.0
_ADVICE = Advice(start="start it with `homework up`", locate="say where it is with CLASSROOM_API_URL")


def connect(url: str, transport: httpx.AsyncBaseTransport | None = None) -> AsyncClient:
    """A client without a key, because the classroom has no rights of its own. Raises Misused."""
    return AsyncClient(url, advice=_ADVICE, connect_seconds=CONNECT_SECONDS, transport=transport)
