"""The page on guarantees names an existing test for each guarantee."""

import re
import subprocess

import pytest

from tests.support.dashboards import DASHBOARDS, alerts, queries
from tests.support.processes import ROOT

PAGE = (ROOT / "docs/guarantees.md").read_text()


def rows() -> list[tuple[str, list[str]]]:
    """Each guarantee, and the tests that are named for it."""
    return [(promise.strip(), re.findall(r"`([^`]+)`", held)) for promise, held, _ in cells()]


def cells() -> list[list[str]]:
    return [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| ")][1:]


def test_every_promise_names_a_test() -> None:
    assert len(rows()) > 15
    assert [promise for promise, held in rows() if not held] == []


def test_every_test_that_is_named_exists() -> None:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.py"], cwd=ROOT,
                            capture_output=True, text=True, check=True).stdout.split()  # fmt: skip
    files = {name for name in listed if "/tests/" in f"/{name}" and (ROOT / name).is_file()}
    source = "\n".join((ROOT / name).read_text() for name in files)
    there = files | set(re.findall(r"^(?:async )?def (test_\w+)", source, re.MULTILINE))
    assert {name for _, held in rows() for name in held} - there == set()


SHOWN = {alert["alert"]: alert["expr"] for alert in alerts()}
for dashboard in DASHBOARDS:
    for title, query in queries(dashboard):
        SHOWN[title] = f"{SHOWN.get(title, '')} {query}"


@pytest.mark.parametrize(
    ("promise", "seen"), [(promise.strip(), seen.strip()) for promise, _, seen in cells()]
)
def test_every_promise_is_seen_in_an_alert_or_a_panel_that_asks_for_its_metric(
    promise: str, seen: str
) -> None:
    found = re.fullmatch(r"`(\w+)`: (.+)", seen)
    assert found, promise
    metric, where = found.groups()
    assert re.search(rf"\b{metric}\b", SHOWN[where]), f"{where} asks for no {metric}"
