"""`homework notebook`: one file to upload to Colab, with the generator's source packed in."""

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import Annotated, Any

import typer

from homework_cli.output import failed, narrator
from homework_shared.runtime.files import write_atomically

_ROOT = Path(__file__).parents[3]
_TEMPLATE = _ROOT / "deploy" / "colab" / "generator.ipynb"
_PACKAGES = {
    "shared": "homework_shared",
    "services/generator": "homework_generator",
    "services/colab": "homework_colab",
}
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Every entry has the oldest time that a zip can hold, so that the same source gives the same bytes."""


class NoTemplate(Exception):
    """The notebook's template is not there; the text says what to do."""


def notebook(
    output: Annotated[Path, typer.Option(help="the file to write")] = Path("generator.ipynb"),
) -> None:
    """Write the Colab notebook: one file to upload, no secrets.

    The generator's source is in it.
    """
    try:
        write_atomically(output, packed_notebook().encode(), 0o644)
    except (NoTemplate, OSError) as error:
        raise failed(f"the notebook was not written: {error}") from error
    narrator().print(
        f"wrote {output}: open https://colab.research.google.com and upload it (File, Upload notebook)"
    )


def packed_notebook(root: Path = _ROOT) -> str:
    """The notebook with the source of `root` in it. Raises NoTemplate."""
    try:
        notebook: dict[str, Any] = json.loads(_TEMPLATE.read_text(encoding="utf-8"))
    except OSError as error:
        raise NoTemplate(
            f"the notebook's template is not there ({error}): run this in a clone of the project"
        ) from error
    [cell] = [cell for cell in notebook["cells"] if cell["id"] == "packed"]
    title = cell["source"][0]
    lines = wrap(base64.b64encode(zipped_source(root)).decode(), 100)
    cell["source"] = [title, 'PACKED = """\n', *(f"{line}\n" for line in lines), '"""']
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def zipped_source(root: Path) -> bytes:
    """A zip of the packages that the notebook installs, with as much of them as an installation needs."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in _package_files(root):
            entry = zipfile.ZipInfo(file.relative_to(root).as_posix(), _EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    return buffer.getvalue()


def _package_files(root: Path) -> Iterator[Path]:
    for folder, package in _PACKAGES.items():
        yield root / folder / "pyproject.toml"
        for file in sorted((root / folder / package).rglob("*")):
            # Data files belong to it too, such as the curriculum and the prompts' examples.
            if file.is_file() and "__pycache__" not in file.parts:
                yield file
