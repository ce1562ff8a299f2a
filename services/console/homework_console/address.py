"""Where a browser finds the console, and what follows from it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from homework_shared.runtime.origin import LOOPBACK_NAMES

SIGN_IN = "/sign-in"


@dataclass(frozen=True)
class Address:
    """`url` has no slash at its end, such as http://127.0.0.1:8080."""

    url: str

    @property
    def is_secure(self) -> bool:
        return self.url.startswith("https:")

    @property
    def names(self) -> frozenset[str]:
        """The host names under which the console is asked."""
        return LOOPBACK_NAMES | {urlsplit(self.url).hostname or ""}

    @property
    def cookie(self) -> str:
        """The name of the session's cookie. Browsers send a cookie to every port of a host, so that two
        consoles of one machine need two names."""
        if self.is_secure:
            return "__Host-homework-console"
        return f"homework-console-{urlsplit(self.url).port or 80}"

    def sign_in(self, token: str) -> str:
        return f"{self.url}{SIGN_IN}?token={token}"
