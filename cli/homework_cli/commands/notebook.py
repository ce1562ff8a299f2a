"""`homework notebook`: writes one file to upload to Colab, with the generator's source in it."""

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageMetadata, metadata
from importlib.util import find_spec
from pathlib import Path
from textwrap import wrap
from typing import Annotated, Any

import typer

from homework_cli.output import failed, narrator
from homework_cli.parts import missing
from homework_shared.runtime.files import write_atomically

_TEMPLATE = Path(__file__).with_name("generator.ipynb")
_PACKAGES = {
    "shared": "homework_shared",
    "services/generator": "homework_generator",
    "services/colab": "homework_colab",
}
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Every entry has the oldest time that a zip can store, so that the same source gives the same bytes."""


def notebook(
    output: Annotated[Path, typer.Option(help="the file to write")] = Path("generator.ipynb"),
) -> None:
    """Write the Colab notebook: one file to upload, without secrets.

    It contains the generator's source.
    """
    if problem := missing(*_PACKAGES.values()):
        raise failed(f"the notebook was not written: {problem}")
    try:
        write_atomically(output, packed_notebook().encode(), 0o644)
    except OSError as error:
        raise failed(f"the notebook was not written: {error}") from error
    narrator().print(
        f"wrote {output}: open https://colab.research.google.com and upload it (File, Upload notebook)"
    )


def packed_notebook() -> str:
    """The notebook with the source of the installed packages in it."""
    notebook: dict[str, Any] = json.loads(_TEMPLATE.read_text(encoding="utf-8"))
    [cell] = [cell for cell in notebook["cells"] if cell["id"] == "packed"]
    title = cell["source"][0]
    lines = wrap(base64.b64encode(zipped_source()).decode(), 100)
    cell["source"] = [title, 'PACKED = """\n', *(f"{line}\n" for line in lines), '"""']
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def zipped_source() -> bytes:
    """A zip of the packages that the notebook installs, in the folders of the repository."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for folder, package in _PACKAGES.items():
            project = _pyproject(metadata(package.replace("_", "-")))
            _add(archive, f"{folder}/pyproject.toml", project.encode())
            for name, content in _files(package):
                _add(archive, f"{folder}/{name}", content)
    return buffer.getvalue()


def _pyproject(package: PackageMetadata) -> str:
    """A pyproject.toml that builds the package again. A wheel contains none, but its metadata has the same
    facts.

    Extras are left out, because the notebook installs the engine by itself.
    """
    needed = [each for each in package.get_all("Requires-Dist") or () if "extra ==" not in each]
    project = {
        "name": package["Name"],
        "version": package["Version"],
        "requires-python": package["Requires-Python"],
        "license": package["License-Expression"],
        "dependencies": needed,
    }
    tables: dict[str, dict[str, Any]] = {
        "build-system": {"requires": ["setuptools>=77"], "build-backend": "setuptools.build_meta"},
        "project": project,
        "tool.setuptools.packages.find": {"include": ["homework_*"]},
        "tool.setuptools.package-data": {"*": ["**/*"]},
    }
    # A string and a list of strings are written in TOML as they are in JSON.
    return "\n".join(
        f"[{name}]\n" + "".join(f"{json.dumps(key)} = {json.dumps(value)}\n" for key, value in table.items())
        for name, table in tables.items()
    )


def _files(package: str) -> Iterator[tuple[str, bytes]]:
    """Names and bytes, with data such as the curriculum and the prompts' examples."""
    spec = find_spec(package)
    assert spec is not None and spec.submodule_search_locations is not None  # noqa: PT018, S101 - it is there
    folder = Path(spec.submodule_search_locations[0])
    for file in sorted(folder.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            yield f"{package}/{file.relative_to(folder).as_posix()}", file.read_bytes()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)
