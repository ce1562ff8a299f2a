"""A4 pages that keep related paragraphs together, in a font with every accent of European languages."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import Align, MethodReturnValue
from fpdf.fonts import TTFFont

_FONTS = Path(__file__).parent / "fonts"
_FAMILY = "DejaVuSansCondensed"
_MARGIN = 20.0
_BOTTOM = 22.0
_LABEL = 8.0
_RIGHT_TO_LEFT = {"R", "AL"}
_SECTION_LENGTH = 60
_PAGE_COUNT = "{number of pages}"
_NO_GLYPH = "\N{WHITE SQUARE}"


@dataclass(frozen=True, slots=True)
class Style:
    """`size` in points, `leading` (from line to line) in millimetres, `grey` from 0, black, to 255."""

    size: float
    leading: float
    bold: bool = False
    grey: int = 0


TITLE = Style(20, 10, bold=True)
SUBTITLE = Style(11, 6, grey=90)
STRONG = Style(11, 7, bold=True)
BODY = Style(11, 6.2)
SMALL = Style(9, 4.8, grey=90)
_TO_WRITE_ON = Style(11, 9.5, grey=150)


@dataclass(frozen=True, slots=True)
class Part:
    """A paragraph. Its label is printed to the left of it; `depth` indents both."""

    text: str
    style: Style = BODY
    label: str = ""
    depth: int = 0


LINE_TO_WRITE_ON = Part("", _TO_WRITE_ON, depth=1)


class Paper(FPDF):
    """The document. Every footer has `foot`, the page number and the section, because printed sheets get
    mixed up. `made_at` is the only date in the file, so that equal content gives equal bytes.
    """

    def __init__(self, title: str, foot: str, made_at: datetime) -> None:
        super().__init__(format="A4")
        self._foot, self._section = foot, ""
        self.set_title(title)
        self.set_creation_date(made_at)
        self.set_margins(_MARGIN, _MARGIN)
        self.c_margin = 0.0
        self.set_auto_page_break(True, _BOTTOM)
        # Not its default, {nb}: a student's exercise may say that.
        self.alias_nb_pages(_PAGE_COUNT)
        self.add_font(_FAMILY, "", _FONTS / f"{_FAMILY}.ttf")
        self.add_font(_FAMILY, "B", _FONTS / f"{_FAMILY}-Bold.ttf")

    def begin(self, section: str) -> None:
        """Start a section on a new page, with a bookmark."""
        self.add_page()  # add_page has put the footer under the previous page; only now may it change
        self._section = section[:_SECTION_LENGTH]
        self.start_section(section)

    def footer(self) -> None:
        self.set_y(-_BOTTOM + 8)
        self._write(f"{self._foot} · page {self.page_no()} of {_PAGE_COUNT}", SMALL)
        self.set_x(self.l_margin)
        self._write(self._section, SMALL, Align.R)

    def put(self, parts: Sequence[Part], *, space: float) -> None:
        """Print the parts on one page if they fit on one, with `space` below."""
        wrapped = [(part, self._wrap(part)) for part in parts]
        height = sum(part.style.leading * len(lines) for part, lines in wrapped)
        if self.will_page_break(height) and self.y > self.t_margin:
            self.add_page()
        for part, lines in wrapped:
            self._draw(part, lines)
        self.ln(space)

    def _wrap(self, part: Part) -> list[str]:
        if not part.text:
            return [""]
        text = self._use(part.style, part.text)
        width = self.epw - _LABEL * part.depth
        lines = self.multi_cell(width, text=text, align=Align.L, dry_run=True, output=MethodReturnValue.LINES)
        return lines if isinstance(lines, list) else [text]

    def _draw(self, part: Part, lines: list[str]) -> None:
        left = self.l_margin + _LABEL * part.depth
        label = part.label
        for line in lines:
            # Before the label: a cell that breaks the page would leave its label behind.
            if self.will_page_break(part.style.leading):
                self.add_page()
            if label:
                self.set_x(left - _LABEL)
                self._write(label, part.style)
            self.set_x(left)
            self._write(line, part.style)
            self.set_xy(self.l_margin, self.y + part.style.leading)
            if part is LINE_TO_WRITE_ON:
                self.line(left, self.y, self.w - self.r_margin, self.y)
            label = ""

    def _write(self, text: str, style: Style, align: Align = Align.L) -> None:
        self.cell(0, style.leading, self._use(style, text), align=align)

    def _use(self, style: Style, text: str) -> str:
        """The text in the characters that this style's font has."""
        self.set_font(_FAMILY, "B" if style.bold else "", style.size)
        self.set_text_color(style.grey)
        self.set_draw_color(style.grey)
        # Shaping joins Arabic letters and turns lines round. It is slow, and nobody else needs it.
        self.set_text_shaping(any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in text))
        return "".join(char if self._has(char) else _NO_GLYPH for char in text)

    def _has(self, char: str) -> bool:
        font = self.current_font
        return isinstance(font, TTFFont) and ord(char) in font.cmap
