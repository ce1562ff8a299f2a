"""The address under which browsers open the classroom, and the host names and cookie names that follow from
it.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from homework_shared.runtime import public_url
from homework_shared.runtime.origin import LOOPBACK_NAMES


@dataclass(frozen=True)
class Address:
    """The classroom's address. `url` has no slash at its end, such as http://127.0.0.1:8002."""

    url: str

    @property
    def is_secure(self) -> bool:
        return public_url.is_secure(self.url)

    @property
    def names(self) -> frozenset[str]:
        """The host names that requests to the classroom may have."""
        return public_url.host_names(self.url)

    @property
    def is_on_this_computer_only(self) -> bool:
        return urlsplit(self.url).hostname in LOOPBACK_NAMES

    @property
    def cookie(self) -> str:
        """The name of the cookie with a student's session."""
        return public_url.cookie_name("classroom", self.url)

    @property
    def teacher_cookie(self) -> str:
        """The name of the cookie with a teacher's session. It differs from the student's, so that one browser
        can hold both.
        """
        return public_url.cookie_name("teacher", self.url)
