"""The host names and the cookie name that follow from a service's public URL, such as http://127.0.0.1:8080."""

from urllib.parse import urlsplit

from homework_shared.runtime.origin import LOOPBACK_NAMES


def is_secure(url: str) -> bool:
    return url.startswith("https:")


def host_names(url: str) -> frozenset[str]:
    """The host names that requests may have: that of the public URL, and those of this machine."""
    return LOOPBACK_NAMES | {urlsplit(url).hostname or ""}


def cookie_name(program: str, url: str) -> str:
    """The name of the session cookie. Browsers send a cookie to every port of a host, so two services on one
    machine need two names.
    """
    return (
        f"__Host-homework-{program}" if is_secure(url) else f"homework-{program}-{urlsplit(url).port or 80}"
    )
