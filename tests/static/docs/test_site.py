"""The site has every page, and its links match those of the repository."""

import re

import pytest
import yaml
from docs.tools.site import FROM_OUTSIDE, files, mermaid, relinked

from tests.support.processes import ROOT

PLACES = {
    "docs/a.md": "a.md",
    "docs/adr/README.md": "adr/README.md",
    "bench/README.md": "project/benchmark.md",
}
ON_OTHER_WAYS = {"adr/", "project/"}
"""Folders whose pages are linked from their index or from another page."""


class Loader(yaml.SafeLoader):
    """Reads mkdocs.yml without creating the objects that its tags name."""


Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)


@pytest.mark.parametrize(
    ("source", "text", "on_the_site"),
    [
        ("docs/a.md", "[the benchmark](../bench/README.md#how)", "[the benchmark](project/benchmark.md#how)"),
        ("docs/a.md", "[decisions](adr)", "[decisions](adr/README.md)"),
        ("bench/README.md", "![a plot](../docs/a.md)", "![a plot](../a.md)"),
        ("docs/a.md", "[`code`](../services/x.py) is gone", "`code` is gone"),
        ("docs/a.md", "[here](#there), [there](https://example.org/a.md)", None),
        (
            "docs/a.md",
            "[![badge](../bench/README.md)](adr/README.md)",
            "[![badge](project/benchmark.md)](adr/README.md)",
        ),
    ],
)
def test_a_link_leads_to_the_same_page_on_the_site(source: str, text: str, on_the_site: str | None) -> None:
    assert relinked(text, source, PLACES) == (on_the_site or text)


def test_every_page_is_in_the_navigation_or_below_an_index_that_is() -> None:
    named = set(re.findall(r": ([\w/-]+\.md)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.MULTILINE))
    pages = {place for place in files().values() if place.endswith(".md")}
    assert named - pages == set()
    assert {page for page in pages - named if not page.startswith(tuple(ON_OTHER_WAYS))} == set()


def test_every_page_from_outside_exists() -> None:
    assert [source for source in FROM_OUTSIDE if not (ROOT / source).is_file()] == []


def test_the_site_is_built_strictly_and_without_fonts_from_elsewhere() -> None:
    settings = yaml.load((ROOT / "mkdocs.yml").read_text("utf-8"), Loader)  # noqa: S506 - a safe one
    assert settings["strict"] is True
    assert settings["theme"]["font"] is False
    assert "plugins" not in settings  # A tag that loads something needs a review.
    assert "zensical build --clean --strict" in (ROOT / "Makefile").read_text()


def test_diagrams_are_drawn_by_what_an_installed_library_brings() -> None:
    assert (mermaid() / "index.js").is_file()
    assert "mermaid" in (mermaid() / "index.js").read_text()
