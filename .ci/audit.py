"""`make audit`: secrets in the repository, and dependencies with known vulnerabilities.

`.ci/not-secrets.json` lists findings that a person has looked at and that are not secrets, by file and SHA-1
of the text. `.venv/bin/python .ci/audit.py --accept` writes the list anew.
"""

import json
import subprocess
import sys
from pathlib import Path

from advisories import COPY, look_up, pins_in
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import default_settings

ROOT = Path(__file__).parents[1]
REVIEWED = Path(__file__).with_name("not-secrets.json")
PINS = ROOT / "requirements-dev.lock"


def main() -> None:
    found = secrets()
    if "--accept" in sys.argv:
        REVIEWED.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
        return
    problems = new_secrets(found) + vulnerabilities()
    print("\n".join(problems) or "audit: nothing found")
    sys.exit(1 if problems else 0)


def secrets() -> dict[str, list[str]]:
    """The hashes of texts that look like secrets, by tracked file."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    collection = SecretsCollection(root=str(ROOT))
    with default_settings():
        for file in filter(None, listed.stdout.split("\0")):
            if file != str(REVIEWED.relative_to(ROOT)):
                collection.scan_file(file)
    hashes = {file: {each.secret_hash for each in some} for file, some in collection.data.items()}
    return {file: sorted(some) for file, some in hashes.items() if some}


def new_secrets(found: dict[str, list[str]]) -> list[str]:
    reviewed: dict[str, list[str]] = json.loads(REVIEWED.read_text())
    new = [file for file, hashes in found.items() if set(hashes) - set(reviewed.get(file, []))]
    return [
        f"{file} contains what looks like a secret: remove it; or, if it is none, run .ci/audit.py --accept"
        for file in sorted(new)
    ]


def vulnerabilities(pins: Path = PINS) -> list[str]:
    """The known vulnerabilities of the pins. It is a problem too if no package could be looked up."""
    found = look_up(pins)
    if not found.packages:
        nowhere = f"PyPI's index does not answer, {COPY} names no copy, and safety-db is not installed"
        return [f"no package was looked up among known vulnerabilities: {nowhere} (docs/security.md)"]
    of = f"{found.packages} of {len(pins_in(pins))} pinned packages"
    print(f"audit: {of} were looked up in {found.where}, whose newest entry is of {found.newest}")
    return list(found.flaws)


if __name__ == "__main__":
    main()
