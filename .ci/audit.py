"""`make audit`: secrets in the repository, and dependencies with known vulnerabilities.

Findings that were looked at and are none stand in `.ci/not-secrets.json`, by file and SHA-1 of the text:
`.venv/bin/python .ci/audit.py --accept` writes it anew.
"""

import json
import subprocess
import sys
from pathlib import Path

from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import default_settings

ROOT = Path(__file__).parents[1]
REVIEWED = Path(__file__).with_name("not-secrets.json")
PINS = "constraints.txt"


def main() -> None:
    found = secrets()
    if "--accept" in sys.argv:
        REVIEWED.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
        return
    problems = new_secrets(found) + vulnerabilities()
    print("\n".join(problems) or "audit: nothing found")
    sys.exit(1 if problems else 0)


def secrets() -> dict[str, list[str]]:
    """Hashes of what looks like a secret, by tracked file."""
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
        f"{file} holds what looks like a secret: take it out; or, if it is none, run .ci/audit.py --accept"
        for file in sorted(new)
    ]


def vulnerabilities() -> list[str]:
    """Of the pinned versions. Where the index of vulnerabilities cannot be reached, that is said."""
    command = [sys.executable, "-m", "pip_audit", "-r", PINS, "--no-deps", "--disable-pip", "-f", "json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if not done.stdout:
        print("audit: vulnerabilities were not looked up: " + (done.stderr.strip() or "?").splitlines()[-1])
        return []
    pinned = json.loads(done.stdout)["dependencies"]
    looked_up = [each for each in pinned if "skip_reason" not in each]
    print(f"audit: vulnerabilities were looked up for {len(looked_up)} of {len(pinned)} pinned packages")
    return [
        f"{each['name']} {each['version']}: {flaw['id']}, mended in {flaw['fix_versions'] or 'none'}"
        for each in looked_up
        for flaw in each["vulns"]
    ]


if __name__ == "__main__":
    main()
