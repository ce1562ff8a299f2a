"""`make docs-reference`: write every page of docs/reference."""

from docs.tools.reference.pages import FOLDER, pages

FOLDER.mkdir(exist_ok=True)
for name, text in pages().items():
    (FOLDER / name).write_text(text, "utf-8")
