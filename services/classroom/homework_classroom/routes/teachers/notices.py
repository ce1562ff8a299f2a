"""What a page says of what was just done. Only these names are taken from an address."""

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
    """The answer to a form that was obeyed."""
    more = f"{'&' if '?' in path else '?'}notice={notice}" if notice else ""
    return RedirectResponse(f"{path}{more}{f'#{anchor}' if anchor else ''}", 303)
