"""Checks accents, apostrophes and words that are often misspelt."""

from collections.abc import Iterator
from functools import lru_cache

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.data import load, word_set
from homework_shared.language.italian.nouns import FEMININE, MASCULINE, agreement_of
from homework_shared.language.italian.verbs import is_infinitive_alone, is_participle_alone, readings
from homework_shared.language.reading.parsed import Parsed, Sentence

# An article with a missing or superfluous apostrophe, and words with a missing or superfluous h.
_BEFORE_ANOTHER = frozenset({"un'", "un", "nessun", "qualcun", "a", "o", "ai", "ha"})
_VOWELS = frozenset("aeiouàèéìòù")
_WRONG_PAIR = Problem(Check.ORTHOGRAPHY, "two words cannot be written like that beside each other")


def problems(parsed: Parsed) -> Iterator[Problem]:
    sentence = parsed.sentence
    misspelt = word_set("orthography", "misspelt")
    if not misspelt.isdisjoint(sentence.words):
        yield Problem(Check.ORTHOGRAPHY, "a word is misspelt, or has a wrong accent")
    for index, word in enumerate(sentence.words[:-1]):
        if _may_be_wrong_before_another(word):
            yield from _of_pair(sentence, index, word, sentence.words[index + 1])
    if not misspelt.isdisjoint(parsed.answer_tokens):
        yield Problem(Check.ORTHOGRAPHY, "the answer is misspelt")


@lru_cache(10_000)
def _may_be_wrong_before_another(word: str) -> bool:
    return word in load("orthography")["pairs"] or word in _BEFORE_ANOTHER or _is_confused(word)


def _of_pair(sentence: Sentence, index: int, word: str, following: str) -> Iterator[Problem]:
    if following in load("orthography")["pairs"].get(word, ()) and not sentence.is_name(index + 1):
        yield _WRONG_PAIR
    elif sentence.is_name(index + 1):
        return  # The gender of a name is not known: "un'Opel".
    elif word == "un'" and _is_only(following, MASCULINE):
        yield Problem(Check.ORTHOGRAPHY, "un before a masculine noun has no apostrophe")
    elif word in ("un", "nessun", "qualcun") and _is_only(following, FEMININE) and following[0] in _VOWELS:
        yield Problem(Check.ORTHOGRAPHY, "un before a feminine noun with a vowel needs an apostrophe")
    elif (
        word in ("a", "o", "ai")
        and is_participle_alone(following)
        and _is_subject_before(sentence, index, word)
    ):
        yield Problem(Check.ORTHOGRAPHY, "a form of avere needs an h")
    elif _is_confused(word) and _is_infinitive(following):
        yield Problem(Check.ORTHOGRAPHY, "a form of another verb is written in place of volere or potere")
    elif word == "ha" and _is_infinitive(following):
        yield Problem(Check.ORTHOGRAPHY, "the preposition a is written without an h")


def _is_confused(word: str) -> bool:
    """Finds the future or the conditional of volare and potare in place of volere and potere: "Volerebbero
    vivere", "poterei venire".
    """
    return word.startswith(("voler", "poter")) and any(
        reading.infinitive in ("volare", "potare") and reading.tense in ("future", "conditional")
        for reading in readings(word)
    )


def _is_only(word: str, agreement: frozenset[str]) -> bool:
    found = agreement_of(word)
    return bool(found) and word[0].isalpha() and found <= agreement


def _is_infinitive(word: str) -> bool:
    return (
        is_infinitive_alone(word)
        and word.endswith("re")
        and word
        not in ("potere", "piacere", "dispiacere", "dovere", "sapere", "volere", "essere", "avere", "parere")
    )


def _is_subject_before(sentence: Sentence, index: int, word: str) -> bool:
    subjects = {"a": ("lui", "lei", "non", "mi", "ti", "ci", "vi"), "o": ("io", "non"), "ai": ("tu", "non")}
    return index > 0 and (
        sentence.words[index - 1] in subjects[word] or (word == "a" and sentence.is_name(index - 1))
    )
