"""`make docs-links`: whether the pages that the documentation links to on other sites are there.

A page counts as gone when its server says so (404, 410), fails each time, or does not answer. One that wants
no robots (401, 403, 429 and the like) cannot be looked at from here: it is named, and fails nothing.
"""

import asyncio
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import httpx
from docs.tools.site import FROM_OUTSIDE, ROOT

_TRIES = 3
_AT_ONCE = 8
_SECONDS = 20.0
_PAUSE_SECONDS = 5.0
_GONE = {404, 410}
_NO_HEAD = {403, 404, 405, 501}
"""Some servers answer so to HEAD, and have the page all the same."""
_CODE = re.compile(r"^ *```.*?^ *```|`[^`\n]+`", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\((https?://[^)\s]+)\)|<(https?://[^>\s]+)>")
_NOBODYS = re.compile(
    r"https?://([^/:]*\.)?(example\.(com|org|net)|example|invalid|localhost|127\.0\.0\.1)([/:]|$)"
)
_HEADERS = {"User-Agent": "homework-docs-links/1 (looks whether a page is there)", "Accept": "*/*"}


class Answer(StrEnum):
    THERE = "there"
    GONE = "gone"
    UNKNOWN = "cannot be looked at"


@dataclass(frozen=True, slots=True)
class Looked:
    """`why` is what the server said, or what became of the connection."""

    answer: Answer
    why: str


def links_of(text: str) -> set[str]:
    """The addresses that a page in Markdown links to on other sites, without their anchors. Code is left out,
    and so are addresses that are nobody's, as in examples."""
    found = {first or second for first, second in _LINK.findall(_CODE.sub("", text))}
    return {address.partition("#")[0] for address in found if not _NOBODYS.match(address)}


def pages() -> list[Path]:
    """Every page of the documentation, wherever it is in the repository."""
    own = (ROOT / "docs").rglob("*.md")
    return sorted({*own, ROOT / "README.md", *(ROOT / name for name in FROM_OUTSIDE)})


async def look(addresses: Iterable[str], pause_seconds: float = _PAUSE_SECONDS) -> dict[str, Looked]:
    """Ask for each address, a few at once. `pause_seconds`: before a failed one is tried again."""
    few = asyncio.Semaphore(_AT_ONCE)
    wanted = sorted(set(addresses))
    async with httpx.AsyncClient(follow_redirects=True, timeout=_SECONDS, headers=_HEADERS) as client:

        async def one(address: str) -> Looked:
            async with few:
                return await _look_at(client, address, pause_seconds)

        return dict(zip(wanted, await asyncio.gather(*map(one, wanted)), strict=True))


async def _look_at(client: httpx.AsyncClient, address: str, pause_seconds: float) -> Looked:
    looked = Looked(Answer.GONE, "")
    for left in reversed(range(_TRIES)):
        looked, is_final = await _try(client, address)
        if is_final or not left:
            break
        await asyncio.sleep(pause_seconds)
    return looked


async def _try(client: httpx.AsyncClient, address: str) -> tuple[Looked, bool]:
    """What one try gives, and whether another would give the same."""
    try:
        status = (await client.head(address)).status_code
        if status in _NO_HEAD:
            async with client.stream("GET", address) as response:  # nobody reads the page itself
                status = response.status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Looked(Answer.GONE, f"{type(error).__name__}: {error}"), isinstance(error, httpx.InvalidURL)
    if status in _GONE:
        return Looked(Answer.GONE, str(status)), True
    if status >= 500:
        return Looked(Answer.GONE, str(status)), False
    return Looked(Answer.THERE if status < 400 else Answer.UNKNOWN, str(status)), True


def report(looked: Mapping[str, Looked], linked_from: Mapping[str, list[str]]) -> str:
    """A line for each address that is not there, with the pages that link to it."""
    lines = [
        f"{one.answer}: {address} ({one.why}), linked from {', '.join(linked_from[address])}"
        for address, one in looked.items()
        if one.answer is not Answer.THERE
    ]
    counts = [f"{sum(one.answer is each for one in looked.values())} {each}" for each in Answer]
    return "\n".join([*lines, f"links to other sites: {', '.join(counts)}"])


def main(wanted: Iterable[Path]) -> int:
    """Print the report. Gives 1 if a page is gone."""
    linked_from: dict[str, list[str]] = {}
    for page in wanted:
        name = page.relative_to(ROOT).as_posix() if page.is_relative_to(ROOT) else str(page)
        for address in links_of(page.read_text("utf-8")):
            linked_from.setdefault(address, []).append(name)
    looked = asyncio.run(look(linked_from))
    sys.stdout.write(f"{report(looked, linked_from)}\n")
    return int(any(one.answer is Answer.GONE for one in looked.values()))


if __name__ == "__main__":
    sys.exit(main(pages()))
