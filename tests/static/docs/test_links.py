"""No page of the repository has a broken link to a file or a heading."""

import re
from pathlib import Path

import pytest

from tests.support.processes import ROOT

LINKED = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "bench").glob("*.md")),
    *sorted((ROOT / "tests").rglob("README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]


def anchors(page: Path) -> set[str]:
    """The headings of a page as GitHub writes them in links."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", LINKED, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_page_and_a_heading_that_is_there(page: Path) -> None:
    # Two folders above a file at GitHub are the repository's own pages, such as its form for reports.
    for target in re.findall(r"\]\((?!https?:|\.\./\.\./security/)([^)]+)\)", page.read_text()):
        name, _, anchor = target.partition("#")
        there = page.parent / name if name else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target
