"""Extracts the commands of the documentation's pages, from their `bash` blocks and from inline code."""

import re
import shlex
from pathlib import Path

from tests.support.processes import ROOT

PAGES = [
    ROOT / "README.md",
    *(
        page
        for page in sorted((ROOT / "docs").rglob("*.md"))
        if page.relative_to(ROOT / "docs").parts[0] not in {"adr", "reference"}
    ),
]
_BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`([^`\n]+)`")
_BEFORE = r"^|\.venv/bin/| -- |exec tunnel |exec -T relay |--no-deps setup |-T migrate |[A-Z_]+=\S+ "
_OURS = re.compile(rf"(?:{_BEFORE})(homework(?:-api)?) (.+)$")
_NUMBER = re.compile(r"ID|NAME|HOMEWORK|ASSIGNMENT")
_FILE = re.compile(r"FILE|[a-z]+\.(pem|key)")

_OLLAMA = "Ollama is not installed where tests run; simulations answer in its place"
NOT_RUN = {
    "ollama pull gemma3:4b": _OLLAMA,
    'make run ARGS="--engine http://127.0.0.1:11434/v1 --model gemma3:4b"': _OLLAMA,
    "export NGROK_AUTHTOKEN=YOUR_TOKEN": "it is a placeholder",
    "export HOMEWORK_API_KEY=hk_…": "it is a placeholder; the test puts a key in its place",
}
"""Commands of tutorials that no test runs, with the reason."""


def block_commands(page: Path) -> list[str]:
    """The lines of a page's `bash` blocks without comments. A line that continues is joined with the next
    one.
    """
    blocks = [body for language, body in _BLOCK.findall(page.read_text("utf-8")) if language == "bash"]
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [command for line in lines if (command := re.sub(r"(^|\s)#.*$", "", line).strip())]


def inline_code(page: Path) -> list[str]:
    return _INLINE.findall(_BLOCK.sub("", page.read_text("utf-8")))


def of_ours(command: str) -> tuple[str, list[str]] | None:
    """The program and its arguments, if it is `homework` or `homework-api`. Placeholders are replaced by
    values.
    """
    without_files = re.sub(r" [<>] \S+$", "", re.sub(r"\$\([^)]*\)", "1", command))
    found = _OURS.search(without_files)
    if found is None:
        return None
    parts = [part for part in shlex.split(found[2], comments=True) if part != "…"]
    return found[1], [_filled_in(part) for part in parts]


def _filled_in(part: str) -> str:
    if _FILE.fullmatch(part):
        return str(ROOT / "README.md")
    return "1" if _NUMBER.fullmatch(part) else part
