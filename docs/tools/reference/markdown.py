"""Headings, tables and fixed parts of the generated pages."""

from collections.abc import Iterable, Sequence


def page(title: str, introduction: str, parts: Iterable[str]) -> str:
    """A whole page, with a line that keeps people from editing it."""
    notice = "<!-- `make docs-reference` writes this page from the code. Change the code, not the page. -->"
    return "\n\n".join([notice, f"# {title}", introduction, *parts]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def code(text: object) -> str:
    return f"`{text}`"


def codes(texts: Iterable[object]) -> str:
    return ", ".join(map(code, texts))


def sentences(text: str | None) -> str:
    """A docstring or help text as one paragraph for each of its own."""
    paragraphs = (text or "").strip().split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|") or "–"
