"""Finds noun phrases: the words that precede a noun, and the agreement of the whole."""

from functools import cache, lru_cache
from typing import NamedTuple

from homework_shared.language.data import load
from homework_shared.language.italian.nouns import ALL, PLURAL, SINGULAR, Agreement, agreement_of
from homework_shared.language.italian.verbs import is_infinitive_alone, is_verb_form, readings
from homework_shared.language.italian.words import is_english, is_function_word, is_italian, lemma
from homework_shared.language.reading.parsed import Sentence

_CODES = {
    "ms": frozenset({"ms"}),
    "fs": frozenset({"fs"}),
    "mp": frozenset({"mp"}),
    "fp": frozenset({"fp"}),
    "s": SINGULAR,
}
_SKIP, _OPENERS = load("phrases")["skip"], load("phrases")["openers"]
CLITICS, ADVERBS, TIMES = (frozenset(_SKIP[key].split()) for key in ("clitics", "adverbs", "times"))
OPENERS, MAYBE_PRONOUNS, POSSESSIVES = (
    frozenset(_OPENERS[key].split()) for key in ("words", "maybe_pronouns", "possessives")
)
_MOST_BEFORE_A_NOUN = 4
_THEY = 5
NUMBERS = frozenset({"due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove", "dieci"})
_BEFORE_LORO = frozenset({
    "il", "la", "i", "le", "al", "alla", "ai", "alle", "del", "della", "dei", "delle", "dal", "dalla", "dai", "dalle", "nel",
    "nella", "nei", "nelle", "sul", "sulla", "sui", "sulle", "un", "una",
})  # fmt: skip
_ARTICLES = ("il", "lo", "la", "i", "gli", "le", "l'")


class NounPhrase(NamedTuple):
    """`words[start:end]`, with the agreements that all its words can have. Empty if they disagree."""

    start: int
    end: int
    agreement: Agreement


@cache
def determiners() -> dict[str, Agreement]:
    found: dict[str, Agreement] = {}
    for code, listed in load("phrases")["determiners"].items():
        for word in listed.split():
            found[word] = found.get(word, frozenset()) | _CODES[code]
    return found


@cache
def words_of(table: str, key: str) -> frozenset[str]:
    return frozenset(load("phrases")[table][key].split())


@cache
def adjectives() -> dict[str, Agreement]:
    """Every form of the listed adjectives."""
    found: dict[str, Agreement] = {}
    for word in words_of("adjectives", "in_o"):
        for ending, code in zip("oaie", ("ms", "fs", "mp", "fp"), strict=True):
            found[_spelt(word[:-1], ending)] = _CODES[code]
    for word in words_of("adjectives", "in_e"):
        found[word], found[f"{word[:-1]}i"] = SINGULAR, PLURAL
    return found


def _spelt(stem: str, ending: str) -> str:
    """The forms of an adjective in their spelling: bianco, bianchi; grigio, grigi, grigie; simpatico,
    simpatici, simpatiche.
    """
    if ending == "i" and stem.endswith("i"):
        return stem
    if ending == "e" and stem.endswith(("c", "g")):
        return f"{stem}he"
    hard = stem.endswith(("g", "nc", "cc"))
    return f"{stem}h{ending}" if ending == "i" and hard else stem + ending


def phrase_at(sentence: Sentence, start: int) -> NounPhrase | None:
    """The noun phrase that a determiner at `start` begins, or None if there is none for certain."""
    words = sentence.words
    first = words[start]
    if first not in OPENERS or start + 1 >= len(words):
        return None
    if first in MAYBE_PRONOUNS and _may_be_pronoun(sentence, start):
        return None
    if first in ("ogni", "un") and words[start + 1] in NUMBERS:
        return None  # "ogni due giorni"
    agreement, index = determiners()[first], start + 1
    while (
        index < len(words) and index - start < _MOST_BEFORE_A_NOUN and _stands_before_nouns(sentence, index)
    ):
        agreement &= determiners().get(words[index]) or adjectives().get(words[index], ALL)
        index += 1
    if (
        index >= len(words)
        or words[start + 1] in ("tutto", "tanto", "un", "una", "un'", *_ARTICLES)
        or not _is_noun(sentence, index)
        or (
            words[index - 1] in POSSESSIVES | {"uno", "altro", "altra", "altri", "altre"}
            and _is_third_person(words[index])
        )
    ):
        return None
    return NounPhrase(start, index + 1, agreement & agreement_of(words[index]))


def _may_be_pronoun(sentence: Sentence, index: int) -> bool:
    following = sentence.words[index + 1]
    verb = lemma(following).endswith(("are", "ere", "ire")) and not is_english(following)
    return verb or is_verb_form(following) or following in CLITICS or following in ADVERBS


def _stands_before_nouns(sentence: Sentence, index: int) -> bool:
    word = sentence.words[index]
    if word == "loro":
        return sentence.words[index - 1] in _BEFORE_LORO
    return word in determiners() or word in NUMBERS or _is_adjective_before(sentence, index)


def _is_adjective_before(sentence: Sentence, index: int) -> bool:
    """Whether the word is one of the few adjectives that often precede their noun, and the next is only a
    noun: "Il nuovo appartamento".
    """
    if sentence.words[index] not in _first_adjectives() or index + 1 >= len(sentence.words):
        return False
    following = sentence.words[index + 1]
    return _is_noun(sentence, index + 1) and following not in adjectives() and not is_verb_form(following)


@cache
def _first_adjectives() -> frozenset[str]:
    """Every form of the adjectives that often precede their noun."""
    stems = {word[:-1] for word in words_of("adjectives", "before_nouns")}
    return frozenset(word for word in adjectives() if word[:-1] in stems)


def _is_noun(sentence: Sentence, index: int) -> bool:
    return not sentence.written[index][0].isupper() and _may_be_noun(sentence.words[index])


@lru_cache(10_000)
def _may_be_noun(word: str) -> bool:
    return (
        word[0].isalpha()
        and len(word) > 1
        and not word.endswith("'")
        and not is_function_word(word)
        and (is_italian(word) or (word.endswith("iste") and is_italian(f"{word[:-1]}a")))
        and not (word.endswith("no") and {reading.person for reading in readings(word)} == {_THEY})
        and not is_infinitive_alone(word)
    )


def _is_third_person(word: str) -> bool:
    """Whether the word can be a verb in the third person. A possessive before it then stands for its noun:
    "Il mio era rotto", "le tue vanno bene".
    """
    return any(reading.person in (2, 5) for reading in readings(word))
