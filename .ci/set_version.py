"""`.ci/set_version.py 0.2.0` sets the version of all packages. They require each other in this version."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "shared/homework_shared/__init__.py"
_VERSION = re.compile(r"\d+\.\d+\.\d+((a|b|rc)\d+)?")
_STATED = (
    re.compile(r'^(version = ")[^"]+(")$', re.MULTILINE),
    re.compile(r'("homework-[a-z-]+(?:\[[a-z,]+\])?==)[^"]+(")'),
    re.compile(r'^(__version__ = ")[^"]+(")$', re.MULTILINE),
)


def projects(root: Path = ROOT) -> list[Path]:
    """The pyproject.toml of each package. The one in the root belongs to no package."""
    return sorted(
        file
        for top in ("shared", "packages", "services", "cli")
        for file in (root / top).rglob("pyproject.toml")
    )


def with_version(text: str, version: str) -> str:
    for stated in _STATED:
        text = stated.sub(rf"\g<1>{version}\g<2>", text)
    return text


def main() -> None:
    version = sys.argv[1] if len(sys.argv) == 2 else ""
    if not _VERSION.fullmatch(version):
        sys.exit("usage: .ci/set_version.py VERSION, such as 0.2.0 or 0.2.0rc1")
    for file in (SOURCE, *projects()):
        file.write_text(with_version(file.read_text("utf-8"), version), "utf-8")
    print(f"all packages are {version} now: write its section of CHANGELOG.md, then tag v{version}")


if __name__ == "__main__":
    main()
