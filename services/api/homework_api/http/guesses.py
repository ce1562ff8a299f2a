"""Counts invalid links like invalid API keys."""

from fastapi import Request

from homework_api.domain.errors import TooManyTries
from homework_api.http.policy import HttpPolicy


async def count_guess(policy: HttpPolicy, request: Request) -> None:
    """Raises TooManyTries."""
    # As for keys: only what fails counts, so that nobody can keep a neighbour with a good link out.
    if policy.rates is None:
        return
    status = await policy.rates.count_failure(request.client.host if request.client else "unknown")
    if status and not status.is_within:
        raise TooManyTries
