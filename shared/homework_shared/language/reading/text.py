"""Splits a text into words, and converts it to lower case."""

import re
from collections.abc import Iterable

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*['’]?")
# A word with the apostrophe at its end ("l'", "po'"), a number, or one other sign.
_TOKEN = re.compile(r"[^\W\d_]+'?|\d+(?:[.,:]\d+)*|[^\w\s]")
# The opening sign is written once before all alternatives, so that the regex engine skips to the next one.
_QUOTED = re.compile(
    r"[“\"«'‘](?:(?<=“)([^“”]{1,80})”|(?<=\")([^\"]{1,80})\"|(?<=«)([^«»]{1,80})»"
    r"|(?<=['‘])(?<!\w.)([^'‘’]{1,40}(?:['’]\w[^'‘’]{0,40}){0,3})['’](?!\w))"
)
_PARENTHESES = re.compile(r"\((?:[^()]++|\([^()]*+\))*+\)")


def small(text: str) -> str:
    return text.casefold().replace("’", "'")


def words(text: str) -> list[str]:
    """The lower-case words: "l'amico" is one."""
    return _WORD.findall(small(text))


def tokens(text: str) -> list[str]:
    """The words and signs as they are written: "l'amico," is three."""
    return _TOKEN.findall(text.replace("’", "'"))


def quotations(text: str) -> list[re.Match[str]]:
    """The start and end of each quotation, in quotation marks of any kind."""
    return list(_QUOTED.finditer(text))


def quoted(found: Iterable[re.Match[str]]) -> list[str]:
    """The texts between quotation marks."""
    return [quotation[quotation.lastindex or 0] for quotation in found]


def without_quotations(text: str, found: Iterable[re.Match[str]]) -> str:
    left, at = [], 0
    for quotation in found:
        left.append(text[at : quotation.start()])
        at = quotation.end()
    return " ".join((*left, text[at:]))


def without_parentheses(text: str) -> str:
    return _PARENTHESES.sub(" ", text) if "(" in text else text


def parentheses(text: str) -> list[str]:
    return [part[1:-1].strip() for part in _PARENTHESES.findall(text)]
