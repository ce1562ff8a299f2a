"""A PDF sheet of links to cut into cards, one for each student; and QR codes for pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import segno
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, WrapMode
from fpdf.fonts import TTFFont

_FONT = Path(__file__).parent / "fonts" / "DejaVuSansCondensed.ttf"
_FAMILY = "DejaVuSansCondensed"
_NO_GLYPH = "\N{WHITE SQUARE}"
_COLUMNS, _ROWS = 2, 4
_WIDTH, _HEIGHT = 95.0, 68.5
_LEFT, _TOP = 10.0, 11.5
_INSET = 5.0
_QR = 38.0


@dataclass(frozen=True, slots=True)
class Card:
    """One card. `link` is the complete URL. The other two fields are the same on every card of a sheet."""

    name: str
    link: str


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of a card: `class_name` and the lines that say what to do, in the language of the page."""

    title: str
    class_name: str
    what_to_do: Sequence[str]


def qr_image(link: str) -> str:
    """The picture as a data URL for `src`. It has a white margin, because a phone could not read it on a dark
    page otherwise.
    """
    uri: str = segno.make(link, error="m", micro=False).svg_data_uri(scale=4, border=4, light="#fff")
    return uri


def draw(cards: Sequence[Card], words: Words, made_at: datetime) -> bytes:
    """The sheet, on A4 with eight cards a page. `made_at` is the only date in the file."""
    paper = _Paper(format="A4")
    paper.set_creation_date(made_at)
    paper.set_title(words.title)
    for number, card in enumerate(cards):
        place = number % (_COLUMNS * _ROWS)
        if place == 0:
            paper.add_page()
        row, column = divmod(place, _COLUMNS)
        paper.draw_card(card, words, _LEFT + column * _WIDTH, _TOP + row * _HEIGHT)
    return bytes(paper.output())


class _Paper(FPDF):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.set_auto_page_break(False)
        self.add_font(_FAMILY, fname=_FONT)
        font = self.fonts[_FAMILY.lower()]
        self._letters = font.cmap if isinstance(font, TTFFont) else {}

    def draw_card(self, card: Card, words: Words, left: float, top: float) -> None:
        self.set_draw_color(150)
        self.set_dash_pattern(dash=1.5, gap=1.5)
        self.rect(left, top, _WIDTH, _HEIGHT)
        self.set_dash_pattern()
        self.image(_picture(card.link), left + 2, top + 12, _QR)
        text, room = left + _QR + 3, _WIDTH - _QR - 3 - _INSET
        self._write(card.name, left + _INSET, top + 4, _WIDTH - 2 * _INSET, 13, most=1)
        below = self._write(words.class_name, text, top + 14, room, 10, most=1)
        for line in words.what_to_do:
            below = self._write(line, text, below + 1, room, 9, most=3)
        self._write(card.link, left + _INSET, top + _QR + 14, _WIDTH - 2 * _INSET, 8, most=3)

    def _write(self, text: str, left: float, top: float, width: float, size: float, *, most: int) -> float:
        """Write at most this many lines; a longer text ends with dots. Returns the position of
        the next line.
        """
        self.set_font(_FAMILY, size=size)
        leading = size * 0.48
        shown = "".join(each if ord(each) in self._letters else _NO_GLYPH for each in text)
        wrap = WrapMode.WORD if " " in shown else WrapMode.CHAR
        lines = self.multi_cell(
            width, leading, shown, align="L", dry_run=True, output=MethodReturnValue.LINES, wrapmode=wrap
        )
        assert isinstance(lines, list)  # noqa: S101 - what `output` asks for
        kept = lines[:most]
        if len(lines) > most:
            kept[-1] = f"{kept[-1][:-1]}…"
        for number, line in enumerate(kept):
            self.set_xy(left, top + number * leading)
            self.cell(width, leading, line)
        return top + len(kept) * leading


def _picture(link: str) -> BytesIO:
    picture = BytesIO()
    segno.make(link, error="m", micro=False).save(picture, kind="png", scale=8, border=4)
    picture.seek(0)
    return picture
