"""Looks up known vulnerabilities of pinned packages in an index, in a copy of one, or in an old database."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

COPY = "AUDIT_DATABASE"
"""The variable with the path of a saved https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip."""

Pins = Mapping[str, str]
"""The version of each package, by its canonical name."""


@dataclass(frozen=True)
class Lookup:
    """A finished lookup: its source, the number of packages that the source knows, the date of its newest
    entry, and the vulnerabilities that were found.
    """

    where: str
    packages: int
    newest: str
    flaws: Sequence[str]


def pins_in(file: Path) -> dict[str, str]:
    lines = (line.partition("#")[0].strip() for line in file.read_text("utf-8").splitlines())
    pinned = (line.partition(";")[0].split("==") for line in lines if "==" in line)
    return {canonicalize_name(name.strip()): version.strip(" \\") for name, version in pinned}


def look_up(file: Path) -> Lookup:
    """Look up `file` in the first source that answers for any package. `packages` is 0 if none does."""
    ways = (lambda: _in_index(file), lambda: _in_copy(pins_in(file)), lambda: _in_safety_db(pins_in(file)))
    found = (way() for way in ways)
    return next((each for each in found if each.packages), Lookup("nowhere", 0, "", []))


def _in_index(file: Path) -> Lookup:
    command = [sys.executable, "-m", "pip_audit", "-r", str(file), "--no-deps", "--disable-pip", "-f", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    pinned: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"] if done.stdout else []
    known = [each for each in pinned if "skip_reason" not in each]
    flaws = [
        f"{each['name']} {each['version']}: {flaw['id']}, fixed in {flaw['fix_versions'] or 'no version'}"
        for each in known
        for flaw in each["vulns"]
    ]
    return Lookup("PyPI", len(known), datetime.now(UTC).date().isoformat(), flaws)


def _in_copy(pins: Pins) -> Lookup:
    """Look up in OSV's export, which has a JSON file with the affected versions for each vulnerability."""
    file = Path(os.environ.get(COPY, "advisories.zip"))
    if not file.is_file():
        return Lookup(str(file), 0, "", [])
    newest, flaws = "", []
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            entry = json.loads(archive.read(name))
            newest = max(newest, entry["modified"])
            flaws += [
                f"{pin} {pins[pin]}: {entry['id']}"
                for affected in entry.get("affected", ())
                if (pin := canonicalize_name(affected["package"]["name"])) in pins
                and pins[pin] in affected.get("versions", ())
                and "withdrawn" not in entry
            ]
    return Lookup(str(file), len(pins) if newest else 0, newest[:10], flaws)


def _in_safety_db(pins: Pins) -> Lookup:
    """Look up in the package safety-db. Its entries end in 2021, which `newest` shows."""
    if (spec := find_spec("safety_db")) is None or spec.origin is None:
        return Lookup("safety-db", 0, "", [])
    entries = json.loads(Path(spec.origin).with_name("insecure_full.json").read_text("utf-8"))
    newest = datetime.fromtimestamp(entries.pop("$meta")["timestamp"], UTC).date().isoformat()
    flaws = [
        f"{pin} {pins[pin]}: {flaw['cve'] or flaw['id']}"
        for name, known in entries.items()
        if (pin := canonicalize_name(name)) in pins
        for flaw in known
        if any(SpecifierSet(spec).contains(pins[pin], prereleases=True) for spec in flaw["specs"])
    ]
    return Lookup("safety-db", len(pins), newest, flaws)
