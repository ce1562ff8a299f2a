"""Where the broker can be reached from outside."""

from dataclasses import dataclass
from typing import Self

from yarl import URL


@dataclass(frozen=True, slots=True)
class PublicAddress:
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `tcp://host:port`. Raises ValueError, which says what was expected."""
        try:
            url = URL(text)
        except ValueError:
            url = URL()
        if url.scheme != "tcp" or not url.host or not url.explicit_port or url.path not in ("", "/"):
            raise ValueError(f"{text!r} is not an address of the form tcp://host:port")
        return cls(url.host, url.explicit_port)

    def __str__(self) -> str:
        return f"tcp://[{self.host}]:{self.port}" if ":" in self.host else f"tcp://{self.host}:{self.port}"
