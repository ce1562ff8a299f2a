"""The notice that a page shows after an action. Only these names are accepted from a URL."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import RedirectResponse

NOTICES = {
    "given", "asked", "due", "withdrawn", "edited", "anew", "changed", "released", "released_later",
    "taken_back", "decided", "decision_withdrawn",
}  # fmt: skip


async def _notice(notice: str = "") -> str:
    return notice if notice in NOTICES else ""


NoticeDep = Annotated[str, Depends(_notice)]


def to(path: str, notice: str = "", anchor: str = "") -> RedirectResponse:
    """The redirect after a form that succeeded."""
    more = f"{'&' if '?' in path else '?'}notice={notice}" if notice else ""
    return RedirectResponse(f"{path}{more}{f'#{anchor}' if anchor else ''}", 303)
