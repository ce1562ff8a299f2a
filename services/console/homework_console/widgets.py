"""The elements that the pages use. None of them renders text as HTML."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from homework_client.models import GeneratorKind

UNKNOWN = "–"
WRITERS = {GeneratorKind.VLLM: "model", GeneratorKind.MOCK: "mock"}
T = TypeVar("T")


def words(tag: str, text: str, classes: str = "") -> TextElement:
    """An element that shows `text` as it is, whatever is written in it."""
    return TextElement(tag=tag, text=text).classes(classes)


def block(tag: str, classes: str = "", **attributes: object) -> Element:
    element = ui.element(tag).classes(classes)
    for name, value in attributes.items():
        element.props[name.replace("_", "-")] = value
    return element


def section(title: str, classes: str = "card") -> Element:
    """A region that has its heading as its name."""
    region = block("section", classes)
    with region:
        heading = words("h2", title)
    region.props["aria-labelledby"] = heading.html_id
    heading.props["id"] = heading.html_id
    return region


def link(text: str, target: str) -> Element:
    element = words("a", text)
    element.props["href"] = target
    return element


class Moment(Element, component="moment.js"):
    """A time in the browser's zone, with the whole of it in the tooltip."""

    def __init__(self, moment: datetime | None = None, none: str = UNKNOWN) -> None:
        super().__init__()
        self._props["none"] = none
        self.show(moment)

    def show(self, moment: datetime | None) -> None:
        iso = moment.isoformat() if moment else None
        if iso != self._props.get("iso"):
            self._props["iso"] = iso
            self.update()


class Choice:
    """A native select with its label, which every phone and screen reader knows."""

    def __init__(
        self, label: str, options: Mapping[str, str], changed: Callable[[str], Any], value: str = ""
    ) -> None:
        self._changed = changed
        self.value = value
        with block("div", "labelled"):
            caption = words("label", label)
            select = block("select", "choice")
            caption.props["for"] = select.props["id"] = f"choice-{select.id}"
            with select:
                for option, text in options.items():
                    words("option", text).props["value"] = option
                    if option == value:
                        select.default_slot.children[-1].props["selected"] = True
        select.on("change", self._choose, js_handler="(event) => emit(event.target.value)")

    async def _choose(self, event: Any) -> None:
        self.value = str(event.args)
        await self._changed(self.value)


Cell = Callable[[], object] | str


class Table:
    """A table whose rows become cards on a phone. It is drawn again only when its rows have changed, so that
    a screen reader is not disturbed and the focus stays where it is."""

    def __init__(self, caption: str, columns: Sequence[str], empty: str) -> None:
        self._columns = columns
        self._rows: list[object] | None = None
        with block("div", "scroll"), block("table", "cards"):
            words("caption", caption)
            with block("thead"), block("tr"):
                for column in columns:
                    words("th", column).props["scope"] = "col"
            self._body = block("tbody")
        self._empty = words("p", empty, "muted")

    def show(self, rows: Sequence[T], draw: Callable[[T], Sequence[Cell]]) -> None:
        """Show `rows` if they have changed. `draw` makes the cells of one row."""
        if self._rows == list(rows):
            return
        self._rows = list(rows)
        self._body.clear()
        self._empty.set_visibility(not rows)
        with self._body:
            for row in rows:
                with block("tr"):
                    for column, cell in zip(self._columns, draw(row), strict=True):
                        _draw_cell(column, cell)


def _draw_cell(column: str, cell: Cell) -> None:
    with block("td", data_label=column), block("div"):
        if isinstance(cell, str):
            words("span", cell)
        else:
            cell()


class Notice:
    """The outcome of the last action. Screen readers read it aloud once."""

    def __init__(self) -> None:
        self._box = block("div", role="status", aria_live="polite")

    def done(self, text: str) -> None:
        self._show(text, "card done")

    def problem(self, text: str) -> None:
        self._show(text, "card problem")

    def clear(self) -> None:
        self._box.clear()

    def _show(self, text: str, classes: str) -> None:
        self._box.clear()
        with self._box:
            words("p", text, classes)


def button(text: str, act: Callable[[], Any], kind: str = "") -> ui.button:
    """A button, which is outlined unless it is the page's `primary` one."""
    element = ui.button(text, on_click=act, color=None).classes(kind)
    return element.props("no-caps unelevated" if kind == "primary" else "no-caps outline")


def number(value: float | None, unit: str = "", digits: int = 0) -> str:
    return UNKNOWN if value is None else f"{value:,.{digits}f}{unit}"
