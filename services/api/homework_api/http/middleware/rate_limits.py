"""Limits requests per key, or per address without a key, and invalid keys per address.

A whole school may share one address, and invalid keys of one pupil must not block a neighbour with a valid
key. So a key is looked up before anything is counted, and only failures count against their address.
"""

import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from limits import RateLimitItem, parse
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.storage import storage_from_string
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from homework_api.http.middleware.refusal import refuse
from homework_api.services.api_keys import ApiKeys
from homework_shared.runtime.asgi import header

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

EXEMPT = frozenset({"/health", "/ready"})
FAILURES = parse("30/minute")
REDIS_SECONDS = 0.25
"""How long a request waits for a Redis that does not answer. After that, the request is not counted."""


@dataclass(frozen=True)
class RateStatus:
    """How many requests are left, and the number of seconds until there are more."""

    is_within: bool
    left: int
    seconds: int


class RateLimiter:
    """Counts requests in `storage`: `memory://` for one process, `redis://…` for several with common
    limits."""

    def __init__(self, limit: str, storage: str, now: Callable[[], float] = time.time) -> None:
        self.limit = parse(limit)
        self._pool = _pool(storage) if storage.startswith("redis") else None
        options: dict[str, Any] = (
            {"implementation": "redispy", "connection_pool": self._pool} if self._pool else {}
        )
        self._limiter = SlidingWindowCounterRateLimiter(storage_from_string(f"async+{storage}", **options))
        self._now = now
        self._is_down = False

    async def close(self) -> None:
        if self._pool:
            await self._pool.disconnect()

    async def ask(self, who: str) -> RateStatus | None:
        """Count one request. Returns None if the counters cannot be reached; then no request is limited."""
        return await self._count(self.limit, who)

    async def count_failure(self, address: str) -> RateStatus | None:
        """Count one invalid key. Returns None if the counters cannot be reached."""
        return await self._count(FAILURES, address)

    async def _count(self, limit: RateLimitItem, who: str) -> RateStatus | None:
        try:
            within = await self._limiter.hit(limit, who)
            window = await self._limiter.get_window_stats(limit, who)
        except Exception as error:
            if not self._is_down:
                log.warning("rates_not_counted", error=type(error).__name__)
            self._is_down = True
            return None
        self._is_down = False
        return RateStatus(within, window.remaining, max(1, math.ceil(window.reset_time - self._now())))


class RateLimitsMiddleware:
    """Answers 429 over a limit. The other responses get the headers RateLimit and RateLimit-Policy."""

    def __init__(self, app: ASGIApp, rates: RateLimiter, keys: ApiKeys) -> None:
        self._app = app
        self._rates = rates
        self._keys = keys
        limit = rates.limit
        policy = f'"default";q={limit.amount};w={limit.get_expiry()}'
        self._policy = (b"ratelimit-policy", policy.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in EXEMPT:
            await self._app(scope, receive, send)
            return
        address = scope["client"][0] if scope.get("client") else "unknown"
        sent = header(scope, "authorization")
        if sent and not self._keys.recognised(sent) and await self._keys.is_bad(sent):
            failures = await self._rates.count_failure(address)
            if failures and not failures.is_within:
                await _refuse(send, failures, "Too many keys that are not good")
                return
        status = await self._rates.ask((sent and self._keys.recognised(sent)) or address)
        if status and not status.is_within:
            await _refuse(send, status, f"Too many requests: {self._rates.limit}")
            return
        await self._app(scope, receive, self._noting(send, status) if status else send)

    def _noting(self, send: Send, status: RateStatus) -> Callable[[Message], Awaitable[None]]:
        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                left = f'"default";r={status.left};t={status.seconds}'
                message["headers"] = [*message["headers"], self._policy, (b"ratelimit", left.encode())]
            await send(message)

        return noting


def _pool(url: str) -> ConnectionPool:
    return ConnectionPool.from_url(
        url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS, retry=Retry(NoBackoff(), 0)
    )


async def _refuse(send: Send, status: RateStatus, problem: str) -> None:
    detail = f"{problem}. Ask again in {status.seconds} s"
    await refuse(send, 429, detail, {"retry-after": str(status.seconds)})
