"""Makes the text of a release: `.ci/release.py VERSION WHEELS` prints the section of VERSION in CHANGELOG.md.

It fails if there is no such section, or if the folder WHEELS lacks one of our packages or contains one of
another version.
"""

import re
import sys
import tomllib
from pathlib import Path

from set_version import projects

CHANGELOG = Path(__file__).parents[1] / "CHANGELOG.md"


def section(changelog: str, version: str) -> str:
    """The text below the heading `## [version]`, or an empty text if there is no such heading."""
    parts = re.split(r"^## \[(.+?)\].*$", changelog, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True)).get(version, "").strip()


def of_another_version(wheels: list[str], version: str) -> list[str]:
    """The wheels of another version. Their file names are `name-version-python-abi-platform.whl`."""
    return sorted(wheel for wheel in wheels if wheel.split("-")[1] != version)


def without_wheel(wheels: list[str]) -> list[str]:
    """Our packages for which there is no wheel. An installation of one package needs the others too."""
    there = {wheel.split("-")[0] for wheel in wheels}
    names = (tomllib.loads(file.read_text("utf-8"))["project"]["name"] for file in projects())
    return sorted(name for name in names if name.replace("-", "_") not in there)


def main() -> None:
    version, folder = sys.argv[1], Path(sys.argv[2])
    wheels = [wheel.name for wheel in folder.glob("*.whl")]
    notes = section(CHANGELOG.read_text("utf-8"), version)
    if lacking := without_wheel(wheels):
        sys.exit(f"release: {folder} contains no wheel of {', '.join(lacking)}: build them with pip wheel")
    if wrong := of_another_version(wheels, version):
        names = ", ".join(wrong)
        sys.exit(f"release: not of version {version}: {names}; run .ci/set_version.py, or change the tag")
    if not notes:
        sys.exit(f"release: CHANGELOG.md has no section [{version}]: write one below [Unreleased]")
    print(notes)


if __name__ == "__main__":
    main()
