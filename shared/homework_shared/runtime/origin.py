"""Checks which page sent a request, by the headers `Host` and `Origin`, which every browser sets itself.

A page whose host name resolves to this machine (DNS rebinding) sends that name as `Host`. A page of another
site sends its own address as `Origin`, with a request and with the handshake of a websocket.
"""

from urllib.parse import urlsplit

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def is_asked_as(host: str | None, names: frozenset[str]) -> bool:
    """Whether this `Host` header is one of the names, with any port."""
    return _name(host or "") in names


def is_of_another_site(origin: str | None, host: str | None) -> bool:
    """Whether the request comes from a page of another site. A request without `Origin` does not come from a
    page that could read the answer or change anything.
    """
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
