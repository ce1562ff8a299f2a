"""The pages of docs/reference match the code, and every entry in them has a description."""

import ast
import re
from pathlib import Path

import pytest
from docs.tools.reference.configuration import OF_THE_COMMAND_LINE, SERVICES, SHARED, settings_of
from docs.tools.reference.messages import MESSAGES, schemas
from docs.tools.reference.metrics import metrics
from docs.tools.reference.pages import FOLDER, pages
from docs.tools.reference.rest import openapi

from tests.support.environment import variables
from tests.support.processes import ROOT

SETTINGS = {**SERVICES, **SHARED}
NAMES = re.compile(r"[A-Z][A-Z_]{3,}")
SAY_IT_THEMSELVES = {
    "id", "name", "created_at", "student_id", "teacher_id", "assignment_id", "homework_id",
}  # fmt: skip
"""Names of fields of the REST API that mean the same everywhere and need no description."""
OF_FASTAPI = {"HTTPValidationError", "ValidationError"}


def test_every_page_is_what_the_code_says() -> None:
    written = {file.name: file.read_text("utf-8") for file in FOLDER.glob("*.md")}
    made = pages()
    different = [name for name in {*written, *made} if written.get(name) != made.get(name)]
    assert different == [], "run `make docs-reference` and commit what it changed"


@pytest.mark.parametrize("group", SETTINGS)
def test_every_setting_says_what_it_means(group: str) -> None:
    assert [variable for variable, field in settings_of(SETTINGS[group]) if not field.description] == []


@pytest.mark.parametrize("command", SERVICES)
def test_every_variable_that_a_service_reads_is_on_the_page(command: str) -> None:
    page = (FOLDER / "configuration.md").read_text("utf-8")
    assert [name for name in variables(SERVICES[command]) if f"| `{name}` |" not in page] == []


def test_every_variable_that_the_command_line_reads_by_itself_is_on_the_page() -> None:
    read = {name for file in (ROOT / "cli/homework_cli").rglob("*.py") for name in names_read(file)}
    assert {"AMQP_URL", "HOMEWORK_API_KEY", "NGROK_AUTHTOKEN"} <= read
    assert read == set(OF_THE_COMMAND_LINE)


def names_read(file: Path) -> set[str]:
    """The variables that this module reads from the environment, itself or through an option."""
    tree, found = ast.parse(file.read_text("utf-8")), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "os.environ.get":
            found.add(constant(node.args[0]))
        elif isinstance(node, ast.keyword) and node.arg == "envvar":
            found.add(constant(node.value))
    return found


def constant(node: ast.expr) -> str:
    """The text itself, or the value of that name in homework_cli/run_folder.py."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    source = (ROOT / "cli/homework_cli/run_folder.py").read_text("utf-8")
    [value] = re.findall(rf'^{ast.unparse(node)} = "(\w+)"', source, re.MULTILINE)
    return str(value)


def test_every_metric_says_what_it_counts() -> None:
    assert [name for name, _, _, meaning, _ in metrics() if not meaning.strip()] == []


def test_every_field_of_a_message_says_what_it_means() -> None:
    definitions = schemas()
    assert [
        f"{message.__name__}.{name}"
        for message in MESSAGES
        for name, field in definitions[message.__name__]["properties"].items()
        if not field.get("description")
    ] == []


def test_every_field_and_parameter_of_the_rest_api_says_what_it_means_or_has_a_name_that_does() -> None:
    document = openapi()
    fields = [
        (f"{schema}.{name}", name, field)
        for schema, described in document["components"]["schemas"].items()
        for name, field in described.get("properties", {}).items()
        if schema not in OF_FASTAPI
    ]
    parameters = [
        (f"{path} {each['name']}", each["name"], each)
        for path, methods in document["paths"].items()
        for operation in methods.values()
        for each in operation.get("parameters", [])
        if each["in"] != "path"  # the path itself says of what a path's parameter is the id
    ]
    assert len(fields) > 400
    assert [
        where
        for where, name, described in (*fields, *parameters)
        if name not in SAY_IT_THEMSELVES and not described.get("description")
    ] == []
