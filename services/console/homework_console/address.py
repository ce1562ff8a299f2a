"""The console's address in a browser, and the host names and the cookie that follow from it."""

from dataclasses import dataclass

from homework_shared.runtime import public_url

SIGN_IN = "/sign-in"


@dataclass(frozen=True)
class Address:
    """`url` has no slash at its end, such as http://127.0.0.1:8080."""

    url: str

    @property
    def is_secure(self) -> bool:
        return public_url.is_secure(self.url)

    @property
    def names(self) -> frozenset[str]:
        """The host names under which the console is asked."""
        return public_url.host_names(self.url)

    @property
    def cookie(self) -> str:
        """The name of the session's cookie."""
        return public_url.cookie_name("console", self.url)

    def sign_in(self, token: str) -> str:
        return f"{self.url}{SIGN_IN}?token={token}"
