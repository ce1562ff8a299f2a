"""`make audit`: checks the licences of all packages that are installed together with ours."""

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]

PERMISSIVE = frozenset({
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "MIT-CMU", "PSF-2.0",
    # These are the names in the classifiers of older packages.
    "3-Clause BSD License", "Apache License 2.0", "Apache Software License", "BSD License",
    "ISC License (ISCL)", "MIT License", "Public Domain", "Python Software Foundation License",
    "The Unlicense (Unlicense)",
})  # fmt: skip
WEAK = frozenset({"LGPL-3.0-only", "MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)"})
"""Licences that only require the source of the package itself. We ship such packages unchanged."""
OF_DATA = frozenset({"Bitstream-Vera", "GPL-3.0-only"})
"""The licences of the data in NOTICE (fonts and verb forms). Only our own packages may have them."""


def main() -> None:
    found = dict(_shipped())
    told = problems(found, ours())
    print("\n".join(told) or f"licences: {len(found)} packages looked at, nothing found")
    sys.exit(1 if told else 0)


def ours() -> frozenset[str]:
    """The names of the packages of this repository."""
    files = [file for file in ROOT.glob("**/pyproject.toml") if ".venv" not in str(file)]
    projects = [tomllib.loads(file.read_text()).get("project") for file in files]
    return frozenset(project["name"] for project in projects if project)


def problems(licences: Mapping[str, str], own: frozenset[str]) -> list[str]:
    """What is wrong with the licences. `licences` has, by package, an SPDX expression or the text of a
    classifier. The packages in `own` may contain data under the licences of `OF_DATA`."""
    told = []
    for name, licence in sorted(licences.items()):
        allowed = PERMISSIVE | WEAK | (OF_DATA if name in own else frozenset())
        if not _is_allowed(licence, allowed):
            told.append(
                f"{name} is under “{licence}”: use another package; or, if that lets us ship it beside "
                "Apache-2.0, add the licence to .ci/licences.py"
            )
    return told


def _is_allowed(licence: str, allowed: frozenset[str]) -> bool:
    if licence in allowed:
        return True
    both = re.split(r" AND ", licence)
    if len(both) > 1:
        return all(_is_allowed(part.strip("()"), allowed) for part in both)
    return any(part in allowed for part in licence.split(" OR "))


def _shipped() -> Iterator[tuple[str, str]]:
    """The packages of an installation without extras. vLLM and torch belong to the extra `gpu` only."""
    waiting, seen = [Requirement(name) for name in sorted(ours())], set()
    while waiting:
        wanted = waiting.pop()
        key = canonicalize_name(wanted.name)
        if key in seen:
            continue
        seen.add(key)
        try:
            installed = distribution(wanted.name)
        except PackageNotFoundError:
            yield key, "not installed here"
            continue
        yield key, licence_of(installed)
        waiting += [each for each in map(Requirement, installed.requires or ()) if _applies(each, wanted)]


def _applies(requirement: Requirement, of: Requirement) -> bool:
    extras = of.extras or {""}
    return requirement.marker is None or any(requirement.marker.evaluate({"extra": e}) for e in extras)


def licence_of(package: Distribution) -> str:
    """The SPDX expression, or else the last part of the classifier, or else the first line of the text."""
    said = package.metadata
    if expressions := said.get_all("License-Expression"):
        return str(expressions[0])
    classifiers = [each for each in said.get_all("Classifier") or () if each.startswith("License ::")]
    if classifiers:
        return str(classifiers[0].rpartition(" :: ")[2])
    return str((said.get_all("License") or ["no licence"])[0]).splitlines()[0]


if __name__ == "__main__":
    main()
