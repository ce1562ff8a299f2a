"""`make docs`: gather the pages of the site in .site/pages, where `zensical build` reads them.

Pages outside docs/ that belong to the documentation come along, so that links to them work on the site too. A
link to anything else of the repository, such as a file of the code, becomes plain text.
"""

import posixpath
import re
import shutil
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[2]
PAGES = ".site/pages"
"""As in mkdocs.yml, whose folder it is in."""
DIAGRAMS = "assets/mermaid"
FROM_OUTSIDE = {
    "CONTRIBUTING.md": "project/contributing.md",
    "CODE_OF_CONDUCT.md": "project/code-of-conduct.md",
    "SECURITY.md": "project/security-policy.md",
    "CHANGELOG.md": "project/changelog.md",
    "bench/README.md": "project/benchmark.md",
    "bench/NOTES.md": "project/benchmark-notes.md",
    "tests/eval/README.md": "project/checks-on-trial.md",
    "tests/mutants/README.md": "project/mutants.md",
}
_SHOWN = {".md", ".png", ".js", ".css"}
_LINK = re.compile(r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<address>[^)\s]+)\)")


def gather(folder: Path) -> None:
    """Write the pages below `folder`, in place of those that are there."""
    site = folder / PAGES
    shutil.rmtree(site, ignore_errors=True)
    places = files()
    for source, place in places.items():
        target = site / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.endswith(".md"):
            target.write_text(relinked((ROOT / source).read_text("utf-8"), source, places), "utf-8")
        else:
            shutil.copyfile(ROOT / source, target)
    shutil.copytree(mermaid(), site / DIAGRAMS)


def files() -> dict[str, str]:
    """Where each file of the documentation is on the site, by its path in the repository."""
    found = [
        file.relative_to(ROOT).as_posix() for file in (ROOT / "docs").rglob("*") if file.suffix in _SHOWN
    ]
    own = sorted(name for name in found if not name.startswith("docs/tools/"))
    return {name: name.removeprefix("docs/") for name in own} | FROM_OUTSIDE


def relinked(text: str, source: str, places: dict[str, str]) -> str:
    """The text of a page with its links as they are on the site."""

    def link(found: re.Match[str]) -> str:
        address, _, anchor = found["address"].partition("#")
        if not address or re.match(r"[a-z]+:", address):
            return found[0]
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(source), address))
        place = places.get(wanted) or places.get(f"{wanted}/README.md")
        if place is None:
            return relinked(found["text"], source, places)
        here = PurePosixPath(places[source]).parent
        target = posixpath.relpath(place, here) + (f"#{anchor}" if anchor else "")
        return f"{found['image']}[{relinked(found['text'], source, places)}]({target})"

    return _LINK.sub(link, text)


def mermaid() -> Path:
    """The folder with Mermaid as modules, which NiceGUI, the console's library, brings along.

    Raises:
        FileNotFoundError: NiceGUI has moved it.
    """
    spec = find_spec("nicegui")
    folder = Path((spec and spec.origin) or "").parent / "elements/mermaid/dist"
    if not (folder / "index.js").is_file():
        raise FileNotFoundError(f"NiceGUI has no Mermaid in {folder}: where is it now?")
    return folder


if __name__ == "__main__":
    gather(ROOT)
