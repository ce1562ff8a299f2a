"""What a release says: `.ci/release.py VERSION WHEELS` prints the section of VERSION in CHANGELOG.md.

It fails where there is no such section, or where a wheel in the folder WHEELS has another version.
"""

import re
import sys
from pathlib import Path

CHANGELOG = Path(__file__).parents[1] / "CHANGELOG.md"


def section(changelog: str, version: str) -> str:
    """What stands below the heading `## [version]`. Empty if there is none."""
    parts = re.split(r"^## \[(.+?)\].*$", changelog, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True)).get(version, "").strip()


def of_another_version(wheels: list[str], version: str) -> list[str]:
    """File names of wheels, which are `name-version-python-abi-platform.whl`."""
    return sorted(wheel for wheel in wheels if wheel.split("-")[1] != version)


def main() -> None:
    version, folder = sys.argv[1], Path(sys.argv[2])
    wheels = [wheel.name for wheel in folder.glob("*.whl")]
    notes = section(CHANGELOG.read_text("utf-8"), version)
    if not wheels:
        sys.exit(f"release: {folder} holds no wheel: build them with pip wheel")
    if wrong := of_another_version(wheels, version):
        names = ", ".join(wrong)
        sys.exit(f"release: not of version {version}: {names}; change their pyproject.toml, or the tag")
    if not notes:
        sys.exit(f"release: CHANGELOG.md has no section [{version}]: write one below [Unreleased]")
    print(notes)


if __name__ == "__main__":
    main()
