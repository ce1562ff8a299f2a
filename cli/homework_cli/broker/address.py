"""The address at which the broker can be reached from outside."""

from dataclasses import dataclass
from typing import Self

from yarl import URL

from homework_shared.messaging.ticket import is_host


@dataclass(frozen=True, slots=True)
class PublicAddress:
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """The address in a text like `tcp://host:port`. Raises ValueError, which says what was expected."""
        try:
            url = URL(text)
            # The raw host is in Punycode, as DNS has it.
            host, port = url.raw_host, url.explicit_port
        except ValueError:
            url, host, port = URL(), None, None
        if url.scheme != "tcp" or not host or not port or url.path not in ("", "/"):
            raise ValueError(f"{text!r} is not an address of the form tcp://host:port")
        if not is_host(host):
            raise ValueError(f"{host!r} in {text!r} is neither a host name nor an IP address without a zone")
        return cls(host, port)

    def __str__(self) -> str:
        return f"tcp://[{self.host}]:{self.port}" if ":" in self.host else f"tcp://{self.host}:{self.port}"
