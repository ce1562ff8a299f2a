"""Which words are Italian, and which are English.

simplemma's lists of word forms are read as a stream, which takes four megabytes in place of forty as a dict.
The Italian list lacks most words that have one form, such as "città", "sport" and "almeno". Those are in
words.toml.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files

from simplemma.strategies.dictionaries import StreamDictionaryFactory

from homework_shared.language.italian.verbs import infinitives, is_verb_form

_REMEMBERED = 50_000
# A word may lose its last vowel before a vowel. The form with the apostrophe is Italian too.
_ELIDED = frozenset({
    "l'", "un'", "d'", "c'", "m'", "t'", "s'", "v'", "n'", "dell'", "all'", "dall'", "nell'", "sull'",
    "coll'", "quell'", "quest'", "bell'", "sant'", "gliel'", "com'", "dov'", "cos'", "quand'", "mezz'",
    "anch'", "qualcun'", "nessun'", "ciascun'", "buon'", "grand'", "tutt'", "senz'", "po'", "mo'",
    "fa'", "da'", "va'", "di'", "sta'", "be'", "nient'", "pover'", "sott'", "ch'", "alcun'", "qualcos'",
    "quant'", "vent'", "trent'", "cent'", "neanch'", "altr'", "quattr'", "cinqu'", "ventun'",
})  # fmt: skip
# The longer ones come first and the match is possessive, so that no text takes long.
_NUMBER = re.compile(
    r"(?:undici|dodici|tredici|quattordici|quindici|sedici|diciassette|diciotto|diciannove|venti?|trenta?|quaranta?"
    r"|cinquanta?|sessanta?|settanta?|ottanta?|novanta?|cento?|mille|mila|un[oa]?|due|tr[eé]|quattro|cinque|sei|sette"
    r"|otto|nove|dieci)++"
)
_SUPERLATIVE = re.compile(r"(\w{3,})issim[oaie]")
_ADVERB = re.compile(r"(\w{3,}?)(?:a?mente)")


@lru_cache(_REMEMBERED)
def is_italian(word: str) -> bool:
    """Whether this lower-case word is in the lexicon, or is derived by rule from one that is."""
    if word.endswith("'") and word in _ELIDED:
        return True
    return (
        _listed(word)
        or word in _own()["others"]
        or is_function_word(word)
        or is_verb_form(word)
        or _NUMBER.fullmatch(word) is not None
        or _is_derived(word)
    )


def is_function_word(word: str) -> bool:
    """Whether this is a function word: an article, a pronoun, a conjunction, or an adverb that is not derived
    from an adjective.
    """
    return word in function_words()


@cache
def function_words() -> frozenset[str]:
    return _own()["function"]


@lru_cache(_REMEMBERED)
def is_english(word: str) -> bool:
    """Whether this lower-case word is in the English lexicon."""
    return _list("en").get(word.removesuffix("'s").removesuffix("'")) is not None


@lru_cache(_REMEMBERED)
def lemma(word: str) -> str:
    """The word's base form if the list has it, else the word."""
    return _list("it").get(word, word)


@lru_cache(10_000)
def base_forms(word: str) -> frozenset[str]:
    """The word, its base form, and the verbs of which it can be a form."""
    return infinitives(word) | {word, lemma(word)}


def _listed(word: str) -> bool:
    return _list("it").get(word) is not None


def _is_derived(word: str) -> bool:
    if superlative := _SUPERLATIVE.fullmatch(word):
        stem = superlative[1]
        return any(_listed(stem + ending) for ending in ("o", "e", "a")) or _listed(
            stem.removesuffix("h") + "o"
        )
    if adverb := _ADVERB.fullmatch(word):
        # "Sinceramente" comes from sincero. Only if there is no such adjective, one in -e or without its
        # vowel is tried: "facilmente".
        endings = (
            ("o", "a") if word.endswith("amente") and not adverb[1].endswith("a") else ("o", "e", "a", "")
        )
        return any(_listed(adverb[1] + ending) for ending in endings)
    return False


@cache
def _own() -> dict[str, frozenset[str]]:
    text = (files("homework_shared.language.italian") / "words.toml").read_text("utf-8")
    return {name: frozenset(words.split()) for name, words in tomllib.loads(text).items()}


@cache
def _list(language: str) -> Mapping[str, str]:
    return _FACTORY.get_dictionary(language)


_FACTORY = StreamDictionaryFactory()
