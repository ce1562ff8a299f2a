"""The rates of each queue, read from RabbitMQ's management API."""

from typing import Any, Self

import httpx
from pydantic import BaseModel, SecretStr, TypeAdapter, ValidationError

SECONDS = 5.0
_COLUMNS = "name,messages_unacknowledged,message_stats.publish_details.rate,message_stats.ack_details.rate"


class Rate(BaseModel):
    rate: float = 0.0


class _Stats(BaseModel):
    publish_details: Rate = Rate()
    ack_details: Rate = Rate()


class _Row(BaseModel):
    name: str
    messages_unacknowledged: int = 0
    message_stats: _Stats = _Stats()


class QueueRates(BaseModel):
    """Messages per second that arrive and that are finished, and the number in progress."""

    incoming: float
    done: float
    unacknowledged: int


_ROWS = TypeAdapter(list[_Row])


class ManagementProblem(Exception):
    """No rates are available. The text says why, and what to do."""


class ManagementClient:
    def __init__(
        self,
        url: str,
        user: str,
        password: SecretStr | None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._url = url
        auth = (user, password.get_secret_value() if password else "")
        self._http = httpx.AsyncClient(base_url=url, auth=auth, timeout=SECONDS, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def rates(self) -> dict[str, QueueRates]:
        """The rates by queue. Raises ManagementProblem."""
        try:
            response = await self._http.get("/api/queues", params={"columns": _COLUMNS})
        except httpx.HTTPError as error:
            raise ManagementProblem(
                f"RabbitMQ's management API does not answer at {self._url}. "
                "Start the broker, or set CONSOLE_MANAGEMENT_URL to its address."
            ) from error
        if response.status_code == httpx.codes.UNAUTHORIZED:
            raise ManagementProblem(
                "RabbitMQ's management API refuses this user. "
                "Set CONSOLE_MANAGEMENT_USER and CONSOLE_MANAGEMENT_PASSWORD to those of `console`."
            )
        return self._read(response)

    def _read(self, response: httpx.Response) -> dict[str, QueueRates]:
        try:
            rows: list[Any] = _ROWS.validate_json(response.raise_for_status().content)
        except (httpx.HTTPError, ValidationError) as error:
            raise ManagementProblem(
                f"The server at {self._url} is not RabbitMQ's management API. Correct CONSOLE_MANAGEMENT_URL."
            ) from error
        return {
            row.name: QueueRates(
                incoming=row.message_stats.publish_details.rate,
                done=row.message_stats.ack_details.rate,
                unacknowledged=row.messages_unacknowledged,
            )
            for row in rows
        }
