"""A connection to RabbitMQ. Every failure becomes LinkLost, and a silent connection is noticed."""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import CONNECTION_EXCEPTIONS, AuthenticationError, ProbableAuthenticationError

from homework_shared.errors import HomeworkError, LinkLost
from homework_shared.runtime.cancellation import cancel_requested


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a broker may be silent: between two heartbeats of AMQP, in one call, and between two pings of
    the watchdog. The watchdog also notices a consumer that died while its connection lives."""

    heartbeat_seconds: int = 10
    call_seconds: float = 10.0
    ping_seconds: float = 15.0


@contextlib.contextmanager
def link_errors(doing: str) -> Iterator[None]:
    """Turn every error of a broken connection into LinkLost."""
    try:
        yield
    except HomeworkError:
        raise
    except asyncio.CancelledError:
        if cancel_requested():
            raise
        raise LinkLost(f"{doing}: the connection went silent") from None
    except (AuthenticationError, ProbableAuthenticationError) as error:
        raise LinkLost(
            f"{doing}: the broker refused this user or password; check AMQP_URL or get a new ticket"
        ) from error
    except TimeoutError as error:
        raise LinkLost(f"{doing}: no answer from the broker in time") from error
    except CONNECTION_EXCEPTIONS as error:
        raise LinkLost(f"{doing}: {_in_words(error)}"[:300]) from error


def _in_words(error: Exception) -> str:
    # aiormq wraps what the TLS handshake raised.
    cause = error.__cause__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        why = cause.verify_message.rstrip(".")
        return f"this is not the broker the ticket was made for ({why}): get a new ticket"
    return str(error) or type(error).__name__


class LinkWatch:
    """Remembers that a channel is gone, and wakes whoever waits on it."""

    def __init__(self, channel: AbstractChannel) -> None:
        self.changed = asyncio.Event()
        self._reason: str | None = None
        channel.close_callbacks.add(self._on_close)

    def lose(self, reason: str) -> None:
        self._reason = self._reason or reason
        self.changed.set()

    def check(self) -> None:
        """Raises LinkLost once the link is gone."""
        if self._reason is not None:
            raise LinkLost(self._reason)

    async def until_lost(self, seconds: float) -> None:
        """Wait `seconds`. Raises LinkLost as soon as the link is gone."""
        try:
            async with asyncio.timeout(seconds):
                while self._reason is None:
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            return
        self.check()

    def _on_close(self, _channel: object, error: BaseException | None = None) -> None:
        self.lose(f"the channel was closed: {str(error or '') or 'connection lost'}"[:300])


async def ping_for_ever(ping: Callable[[], Awaitable[None]], link: LinkWatch, every_seconds: float) -> None:
    """The watchdog: a link or consumer that died without a word fails its ping. Raises LinkLost."""
    while True:
        await link.until_lost(every_seconds)
        try:
            await ping()
        except (TimeoutError, *CONNECTION_EXCEPTIONS) as error:
            link.lose(f"the watchdog got no answer: {str(error) or type(error).__name__}"[:300])
        except asyncio.CancelledError:
            if cancel_requested():
                raise
            link.lose("the connection went silent")
