"""Chooses among the media types of a route by the client's Accept header (RFC 9110)."""

from collections.abc import Sequence


def preferred(accept: str, kinds: Sequence[str]) -> str:
    """The media type that the client prefers. Among equals, or if it accepts none, it is the first."""
    return max(kinds, key=lambda kind: _quality(accept, kind))


def _quality(accept: str, kind: str) -> float:
    """The client's quality value for `kind`, which is that of the most specific range that includes it."""
    ranges = (kind, f"{kind.split('/')[0]}/*", "*/*")
    given = dict(_range(each) for each in accept.lower().split(","))
    return next((given[each] for each in ranges if each in given), 0.0)


def _range(text: str) -> tuple[str, float]:
    kind, *parameters = (part.strip() for part in text.split(";"))
    weights = [parameter.removeprefix("q=") for parameter in parameters if parameter.startswith("q=")]
    try:
        return kind, float(weights[0]) if weights else 1.0
    except ValueError:
        return kind, 0.0
