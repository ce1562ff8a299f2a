"""Everything that is shipped names its licence, and no licence is more demanding than Apache-2.0."""

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = [*sorted(file.parent for file in ROOT.glob("*/*/pyproject.toml")), ROOT / "shared", ROOT / "cli"]
OWN = frozenset({"homework-shared"})


@pytest.fixture
def licences(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(ROOT / ".ci"))
    yield import_module("licences")
    sys.modules.pop("licences")


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_package_carries_the_licence_that_it_names(package: Path) -> None:
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    assert project["license"].split(" AND ")[0] == "Apache-2.0"
    assert (package / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


@pytest.mark.parametrize(
    ("licence", "is_fine"),
    [
        ("MIT", True),
        ("Apache-2.0 OR GPL-3.0-only", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("Apache-2.0 AND GPL-3.0-only", False),
        ("AGPL-3.0-or-later", False),
        ("no licence", False),
        ("not installed here", False),
    ],
)
def test_a_licence_that_asks_for_more_is_told_with_its_package(
    licences: Any, licence: str, is_fine: bool
) -> None:
    told = licences.problems({"some-package": licence}, OWN)
    assert (told == []) == is_fine
    assert all("some-package" in line and licence in line for line in told)


def test_data_under_another_licence_is_for_our_own_packages_only(licences: Any) -> None:
    licence = "Apache-2.0 AND GPL-3.0-only"
    assert licences.problems({"homework-shared": licence}, OWN) == []
    assert licences.problems({"some-package": licence}, OWN) != []


def test_everything_that_the_notice_names_is_there_with_its_licence() -> None:
    notice = (ROOT / "NOTICE").read_text()
    folders = re.findall(r"(?:shared|services)/[\w/]+/(?=\s|,)", notice)
    assert len(folders) == 5
    for folder in folders:
        assert list((ROOT / folder).glob("*LICENSE*")), folder
