"""Whether a word is Italian at all.

The list is pyspellchecker's: word forms that are frequent in film subtitles, from which its maintainers
removed misspellings and words of other languages. What it lacks is in `data/lexicon.toml`, or is derived by
rule.
"""

import re
from functools import cache, lru_cache

from spellchecker import SpellChecker

from homework_shared.language.data import word_set
from homework_shared.language.italian.verbs import is_verb_form
from homework_shared.language.italian.words import is_italian

_REMEMBERED = 50_000
_ENDINGS = "oaie"
_SHORTEST_INFLECTED = 5
_DIMINUTIVE = re.compile(r"(\w{4,})(?:in|ell|ett|icell|icin|ucci|acci|otti)[oaie]")
_PREFIXES = (
    "anti", "auto", "contro", "dis", "extra", "inter", "iper", "macro", "maxi", "mega", "micro", "mini", "mono", "multi",
    "neo", "post", "pre", "ri", "semi", "sopra", "sotto", "sovra", "stra", "sub", "super", "tele", "trans", "ultra", "vice",
)  # fmt: skip


@lru_cache(_REMEMBERED)
def is_word(word: str) -> bool:
    """Whether this lower-case word is an Italian word form, or is derived from one by rule."""
    if word in word_set("lexicon", "foreign"):
        return False  # The subtitles from which the list was made contain some of these.
    return (
        _stands(word)
        or _is_inflected(word)
        or _is_elided(word)
        or _is_reflexive(word)
        or _has_prefix(word)
        or _is_diminutive(word)
    )


def _stands(word: str) -> bool:
    bare = word.rstrip("'")
    return bare in _listed() or bare in word_set("lexicon", "words") or is_italian(word)


def _is_inflected(word: str) -> bool:
    """Whether another of the four endings is listed: "avvocata" beside "avvocato". A form of a verb does not
    count.
    """
    if len(word) < _SHORTEST_INFLECTED or word[-1] not in _ENDINGS:
        return False
    others = (word[:-1] + ending for ending in _ENDINGS)
    return any(_stands(other) and not is_verb_form(other) for other in others)


def _is_elided(word: str) -> bool:
    """Whether the word lacks its last vowel: "sessant'" before "anni"."""
    bare = word.removesuffix("'")
    return bare != word and len(word) >= _SHORTEST_INFLECTED and any(_stands(bare + end) for end in _ENDINGS)


def _is_reflexive(word: str) -> bool:
    return word.endswith(("arsi", "ersi", "irsi")) and _stands(f"{word[:-2]}e")


def _has_prefix(word: str) -> bool:
    return any(
        _stands(word[len(prefix) :])
        for prefix in _PREFIXES
        if word.startswith(prefix) and len(word) > len(prefix) + 4
    )


def _is_diminutive(word: str) -> bool:
    """Whether the word is a diminutive of a listed one: "catinelle" of "catino", "stampatello"
    of "stampato".
    """
    found = _DIMINUTIVE.fullmatch(word)
    return found is not None and any(is_italian(found[1] + ending) for ending in _ENDINGS)


@cache
def _listed() -> frozenset[str]:
    # The frequencies would double the memory, and nothing here uses them.
    return frozenset(SpellChecker(language="it", distance=1).word_frequency.words())
