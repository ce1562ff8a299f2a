"""Counts invalid links like invalid API keys."""

from fastapi import Request

from homework_api.domain.errors import TooManyTries
from homework_api.http.policy import HttpPolicy


async def count_guess(policy: HttpPolicy, request: Request) -> None:
    """Count an invalid link against the address of the request. Raises TooManyTries."""
    # As for keys, only failures are counted, so that no one can lock out a neighbour with a valid link.
    if policy.rates is None:
        return
    status = await policy.rates.count_failure(request.client.host if request.client else "unknown")
    if status and not status.is_within:
        raise TooManyTries
