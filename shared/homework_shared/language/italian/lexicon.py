"""Whether a word is Italian at all.

The list is pyspellchecker's: word forms that are frequent in film subtitles, cleaned by its maintainers of
misspellings and of other languages. What it lacks is in `data/lexicon.toml`, or follows by rule.
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
    """Whether this small-lettered word is an Italian word form, or is built by rule from one."""
    if word in word_set("lexicon", "foreign"):
        return False  # the subtitles that the list was made from have some
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
    """ "avvocata" beside "avvocato": one of the four endings is listed, and the word is no form of a verb."""
    if len(word) < _SHORTEST_INFLECTED or word[-1] not in _ENDINGS:
        return False
    others = (word[:-1] + ending for ending in _ENDINGS)
    return any(_stands(other) and not is_verb_form(other) for other in others)


def _is_elided(word: str) -> bool:
    """ "sessant'" before "anni": a word without its last vowel."""
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
    """ "catinelle" of "catino", "stampatello" of "stampato"."""
    found = _DIMINUTIVE.fullmatch(word)
    return found is not None and any(is_italian(found[1] + ending) for ending in _ENDINGS)


@cache
def _listed() -> frozenset[str]:
    # Its frequencies take as much memory again, and nothing here asks for them.
    return frozenset(SpellChecker(language="it", distance=1).word_frequency.words())
