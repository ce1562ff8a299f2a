"""Prints what the packages named as arguments need from outside this repository."""

import sys
import tomllib
from pathlib import Path

needed: set[str] = set()
for folder in sys.argv[1:]:
    project = tomllib.loads((Path(folder) / "pyproject.toml").read_text())["project"]
    needed |= set(project["dependencies"])
print("\n".join(sorted(each for each in needed if not each.startswith("homework-"))))
