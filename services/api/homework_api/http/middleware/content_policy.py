"""What the pages of the API may load and run."""

NOTHING = "default-src 'none'; frame-ancestors 'none'"
# FastAPI's documentation pages load their scripts from a CDN and start them inline.
PAGES = ("/docs", "/redoc")
OF_PAGES = (
    "default-src 'none'; frame-ancestors 'none'; connect-src 'self'; worker-src blob:; "
    "img-src 'self' data: https://fastapi.tiangolo.com; font-src https://cdn.jsdelivr.net; "
    "script-src 'unsafe-inline' https://cdn.jsdelivr.net; "
    "style-src 'unsafe-inline' https://cdn.jsdelivr.net"
)


def content_policy(path: str) -> str:
    """The Content-Security-Policy of a path."""
    return OF_PAGES if path.startswith(PAGES) else NOTHING
