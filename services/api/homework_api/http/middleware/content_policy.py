"""The Content-Security-Policy of the API's pages."""

NOTHING = "default-src 'none'; frame-ancestors 'none'"
OF_THE_DOCUMENTATION = (
    "default-src 'none'; frame-ancestors 'none'; connect-src 'self'; img-src 'self' data:; "
    "script-src 'self'; style-src 'self'"
)


def content_policy(path: str) -> str:
    """The Content-Security-Policy of a path."""
    return OF_THE_DOCUMENTATION if path == "/docs" or path.startswith("/docs/") else NOTHING
