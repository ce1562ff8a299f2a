"""Whose page sends a request, by the headers `Host` and `Origin`, which every browser sets itself.

A page whose host name is made to resolve to this machine (DNS rebinding) sends that name as `Host`. A page of
another site sends its own address as `Origin`, with a request and with the handshake of a websocket.
"""

from urllib.parse import urlsplit

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def is_asked_as(host: str | None, names: frozenset[str]) -> bool:
    """Whether this header `Host` has one of the names, with any port."""
    return _name(host or "") in names


def is_of_another_site(origin: str | None, host: str | None) -> bool:
    """Whether the page that asks came from somewhere else. Without an `Origin` it is no page that can read
    or change anything."""
    if origin is None:
        return False
    try:
        return urlsplit(origin).netloc != host
    except ValueError:
        return True


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
