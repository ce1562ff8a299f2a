"""Asks ngrok's API for the tunnel's current address at every connect."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog

from homework_shared.messaging.address import AddressResolver, BrokerAddress
from homework_shared.messaging.ticket import BrokerTicket

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_SECONDS = 15.0
_MAX_PAGES = 20


def resolver_by_api(read: Callable[[], BrokerTicket], api_key: str, base_url: str) -> AddressResolver:
    """Finds the endpoint that carries the ticket's mark. Without such an endpoint, the ticket's own address
    is used.

    `read` returns the current ticket. Source: https://ngrok.com/docs/api/resources/endpoints.
    """

    async def resolve_address() -> Sequence[BrokerAddress]:
        ticket = await asyncio.to_thread(read)
        try:
            found = await _find(ticket.tunnel, api_key, base_url) if ticket.tunnel else None
        except (httpx.HTTPError, ValueError) as error:
            log.warning("ngrok_api_failed", error=_in_words(error), instead="the ticket's address")
            found = None
        return [BrokerAddress.of(ticket.moved_to(*found) if found else ticket)]

    return resolve_address


async def _find(mark: str, api_key: str, base_url: str) -> tuple[str, int] | None:
    headers = {"Authorization": f"Bearer {api_key}", "Ngrok-Version": "2"}
    async with httpx.AsyncClient(headers=headers, timeout=_SECONDS) as http:
        async for endpoint in _endpoints(http, f"{base_url}/endpoints"):
            if endpoint.get("metadata") == mark:
                url = urlsplit(str(endpoint.get("public_url")))
                if url.hostname and url.port:
                    return url.hostname, url.port
    return None


async def _endpoints(http: httpx.AsyncClient, first: str) -> AsyncIterator[dict[str, Any]]:
    page: str | None = first
    for _ in range(_MAX_PAGES):
        if page is None or urlsplit(page).netloc != urlsplit(first).netloc:  # The key is sent to ngrok only.
            return
        answer = (await http.get(page)).raise_for_status().json()
        for endpoint in answer.get("endpoints") or []:
            yield endpoint
        page = answer.get("next_page_uri")


def _in_words(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError) and error.response.status_code in (401, 403):
        return (
            f"ngrok refused NGROK_API_KEY ({error.response.status_code}): "
            "make one at https://dashboard.ngrok.com/api-keys"
        )
    return str(error) or type(error).__name__
