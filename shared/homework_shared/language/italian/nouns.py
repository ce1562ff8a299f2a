"""Gender and number of nouns and adjectives, from their endings and a list of the exceptions.

"ms", "fs", "mp" and "fp" are masculine or feminine, singular or plural. A word has every one that it may
have, so two words disagree only if they have none in common.
"""

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files

from homework_shared.language.italian.words import is_italian, lemma

Agreement = frozenset[str]
"""Some of ms, fs, mp and fp."""

ALL: Agreement = frozenset({"ms", "fs", "mp", "fp"})
MASCULINE, FEMININE = frozenset({"ms", "mp"}), frozenset({"fs", "fp"})
SINGULAR, PLURAL = frozenset({"ms", "fs"}), frozenset({"mp", "fp"})
_LISTS: dict[str, Agreement] = {
    "ms": frozenset({"ms"}), "fs": frozenset({"fs"}), "mp": frozenset({"mp"}), "fp": frozenset({"fp"}),
    "either_m": MASCULINE, "either_f": FEMININE, "singular": SINGULAR, "any": ALL,
    "mp_fp": PLURAL, "fp_ms": frozenset({"fp", "ms"}), "fp_fs": FEMININE,
    "fs_mp": frozenset({"fs", "fp", "mp", "ms"}),
}  # fmt: skip
_BOTH_GENDERS = re.compile(r"\w+(?:ista|cida|iatra|arca|crate|glotta)")
_GREEK = re.compile(r"\w{3,}(?:gramma|ema|oma|isma|asma)")
# "Il portachiavi" and "il cavalcavia" consist of a verb and its object, and have one form.
_COMPOUND = re.compile(
    r"(?:porta|lava|asciuga|apri|cava|guarda|salva|stuzzica|schiaccia|para|copri|taglia|trita|spazza|rompi|attacca|batti|posa"
    r"|segna|conta|passa|reggi|scalda|ferma|cavalca|gratta|caccia|scola|poggia|spremi|gira|capo|mangia)(\w{3,})"
)
_FEMININE_IN_E = re.compile(r"\w+(?:[zsgn]ione|udine|aggine|iggine|uggine|trice)")
_MASCULINE_IN_E = re.compile(r"\w+(?:tore|sore|ore|one|iere|ame|ume)")


@lru_cache(20_000)
def agreement_of(word: str) -> Agreement:
    """The agreements that a lower-case word may have. Empty if they are not known."""
    listed = _listed().get(word)
    if listed is not None:
        return listed
    compound = _COMPOUND.fullmatch(word)
    if compound and word[-1] in "aie" and is_italian(compound[1]):
        return ALL
    by_ending = _BY_ENDING.get(word[-1:])
    # Loanwords may be of either gender: "la location", "il file".
    return by_ending(word) if by_ending else ALL


def _in_o(word: str) -> Agreement:
    return _LISTS["ms"]


def _in_a(word: str) -> Agreement:
    return SINGULAR if _BOTH_GENDERS.fullmatch(word) or _GREEK.fullmatch(word) else _LISTS["fs"]


def _in_i(word: str) -> Agreement:
    stem = word[:-1]
    if _listed().get(f"{stem}e") == _LISTS["fs"] or _FEMININE_IN_E.fullmatch(f"{stem}e"):
        return _LISTS["fp"]
    if _BOTH_GENDERS.fullmatch(f"{stem}a") or _listed().get(f"{stem}a") in (_LISTS["ms"], SINGULAR):
        return _LISTS["mp"]
    in_o = any(is_italian(f"{stem}{ending}") for ending in ("o", "io"))
    if in_o and not is_italian(f"{stem}e"):
        return _LISTS["mp"]
    if _MASCULINE_IN_E.fullmatch(f"{stem}e"):
        return _LISTS["mp"]
    if in_o or any(is_italian(f"{stem}{ending}") for ending in "ea"):
        return PLURAL
    return ALL  # The singular is not known: "la dialisi", "il sudoku e il taxi".


def _in_e(word: str) -> Agreement:
    if _FEMININE_IN_E.fullmatch(word):
        return _LISTS["fs"]
    stem = word[:-1]
    if word.endswith("iste") and is_italian(f"{stem}a") and word != "triste":
        return _LISTS["fp"]
    plurals = (f"{stem}a", f"{stem}ia", f"{stem.removesuffix('h')}a")
    base = lemma(word)
    if base in plurals or (base.endswith("o") and base[:-1] in (stem, f"{stem}i", stem.removesuffix("h"))):
        return _LISTS["fp"] if not is_ambiguous(word) else frozenset({"ms", "fs", "fp"})
    if _MASCULINE_IN_E.fullmatch(word) and not any(is_italian(plural) for plural in plurals):
        return _LISTS["ms"]
    return frozenset({"ms", "fs", "fp"})


def _accented(word: str) -> Agreement:
    return FEMININE if word.endswith(("tà", "tù")) and len(word) > 3 else MASCULINE


def _in_u(word: str) -> Agreement:
    return ALL


def is_ambiguous(word: str) -> bool:
    """Whether a word in -e may be singular as well as plural ("dolce")."""
    return word.endswith(("ente", "ante", "ese", "ale", "ile"))


_BY_ENDING = {
    "o": _in_o, "a": _in_a, "i": _in_i, "e": _in_e, "u": _in_u,
    "à": _accented, "ù": _accented, "ì": _accented, "è": _accented, "é": _accented, "ò": _accented,
}  # fmt: skip


@cache
def _listed() -> dict[str, Agreement]:
    text = (files("homework_shared.language.italian") / "nouns.toml").read_text("utf-8")
    found: dict[str, Agreement] = {}
    for name, words in tomllib.loads(text).items():
        for word in words.split():
            found[word] = found.get(word, frozenset()) | _LISTS[name]
    return found
