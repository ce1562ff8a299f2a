"""What follows from the address at which browsers open a service, such as http://127.0.0.1:8080."""

from urllib.parse import urlsplit

from homework_shared.runtime.origin import LOOPBACK_NAMES


def is_secure(url: str) -> bool:
    return url.startswith("https:")


def host_names(url: str) -> frozenset[str]:
    """The names under which the service is asked: its own, and this machine's."""
    return LOOPBACK_NAMES | {urlsplit(url).hostname or ""}


def cookie_name(program: str, url: str) -> str:
    """Browsers send a cookie to every port of a host, so that two services of one machine need two names."""
    return (
        f"__Host-homework-{program}" if is_secure(url) else f"homework-{program}-{urlsplit(url).port or 80}"
    )
