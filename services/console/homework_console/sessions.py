"""The sessions of the console, and the token that begins the next one. Both are only in memory."""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from homework_shared.runtime.clock import Clock

LASTING = timedelta(hours=12)
"""A working day, after which a browser that was left signed in is no way in."""


@dataclass
class Session:
    """One browser that has signed in."""

    ends_at: datetime
    id: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)


class Sessions:
    """`publish` is handed each new token and puts it where nobody but the console's own user reads it."""

    def __init__(self, publish: Callable[[str], None], clock: Clock) -> None:
        self._publish = publish
        self._clock = clock
        self._sessions: dict[str, Session] = {}
        self._renew_token()

    def sign_in(self, token: str) -> Session | None:
        """A new session, if this is the token. From then on it is void, and there is another one."""
        if not hmac.compare_digest(token.encode("utf-8", "surrogatepass"), self._token.encode()):
            return None
        for id_ in list(self._sessions):
            self.find(id_)  # forgets those that have ended
        session = Session(self._clock() + LASTING)
        self._sessions[session.id] = session
        self._renew_token()
        return session

    def find(self, id_: str) -> Session | None:
        """The session, unless it has ended."""
        session = self._sessions.get(id_)
        if session and session.ends_at <= self._clock():
            self.sign_out(session)
            return None
        return session

    def sign_out(self, session: Session) -> None:
        self._sessions.pop(session.id, None)

    def _renew_token(self) -> None:
        self._token = secrets.token_urlsafe(32)
        self._publish(self._token)
