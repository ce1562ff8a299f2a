"""For the tests of every package: the shared fixtures, and one marker for each folder of slow tests."""

from pathlib import Path

import pytest

pytest_plugins = ["tests.support.fixtures"]

_END_TO_END = Path(__file__).parent / "tests" / "e2e"
# What the tests of a folder need, and how long one of them may take where two minutes are too few.
_MARKERS = {
    "browser": [pytest.mark.browser],
    "cluster": [pytest.mark.e2e, pytest.mark.timeout(400)],
    "compose": [pytest.mark.compose, pytest.mark.timeout(600)],
    "monitoring": [pytest.mark.e2e],
    "processes": [pytest.mark.e2e],
    "vllm": [pytest.mark.vllm, pytest.mark.timeout(900)],
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(_END_TO_END):
            for marker in _MARKERS[item.path.relative_to(_END_TO_END).parts[0]]:
                item.add_marker(marker)
