"""Checks that articles and similar words have the form that the next sound requires."""

import re
from collections.abc import Iterator
from functools import cache

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.data import load
from homework_shared.language.italian.verbs import is_verb_form, readings
from homework_shared.language.italian.words import is_function_word
from homework_shared.language.reading.parsed import Parsed, Sentence
from homework_shared.language.reading.phrases import ADVERBS, CLITICS, MAYBE_PRONOUNS, determiners

_VOWEL = re.compile(r"[aeiouàèéìòù]")
# Usage has both forms: "l'hall" and "la hall", "il pneumatico" and "lo pneumatico". The first letter alone
# would give "uno tsunami".
_UNDECIDED = re.compile(r"h[aeiouàèéìòù]|pn|pt|ts|mn|ct|ft|bd|cn|tm|jo[nu]|jug")
_ROMAN = re.compile(r"[IVXLCDM]+")
# Both forms of the article are accepted before these words.
_EITHER = frozenset(
    {"dei", "pneumatici", "pneumatico", "whisky", "chef", "chalet", "champagne", "suv", "iato", "ieri"}
)
_IMPERATIVES = frozenset({"dai", "dallo", "dalla", "dagli"})
_CONTRACTED = frozenset({"di", "a", "da", "in", "su"})
_THIRD = 2
_IMPURE = re.compile(r"s[bcdfghjklmnpqrtvwz]|z|gn|ps|pn|x|y|i[aeou]|sc")


def problems(parsed: Parsed) -> Iterator[Problem]:
    sentence = parsed.sentence
    for index, word in enumerate(sentence.words[:-1]):
        if word not in _sounds() and word not in _CONTRACTED:
            continue
        if not fits_sound(word, sentence.words[index + 1]) and not _is_no_article(sentence, index):
            yield Problem(Check.ARTICLE, "an article has the wrong form for the sound that follows it")
        elif _is_uncontracted(sentence, index):
            yield Problem(Check.ARTICLE, "a preposition and an article have to be written as one word")


def fits_sound(article: str, following: str) -> bool:
    """Whether this form of an article may stand before that word. It is true of a word that is not an
    article.
    """
    sounds = _sounds().get(article)
    if (
        sounds is None
        or not following[0].isalpha()
        or following in _EITHER
        or following in ("di", "dei", "degli", "delle", "dei")
        or len(following) == 1
        or _UNDECIDED.match(following)
    ):
        return True
    return sound_of(following) in sounds


def sound_of(word: str) -> str:
    if _IMPURE.match(word):
        return "impure"
    if _VOWEL.match(word):
        return "vowel"
    return "plain"


def _is_no_article(sentence: Sentence, index: int) -> bool:
    """Whether the word is not an article but a pronoun, a noun or a verb that is spelt like one, or whether
    it stands before an abbreviation or a numeral that is read differently from how it is spelt.
    """
    word, following = sentence.words[index], sentence.words[index + 1]
    written = sentence.written[index + 1]
    if written.isupper() and (len(written) > 1 or _ROMAN.fullmatch(written)):
        return True  # "gli SMS", "il XX secolo"
    if word == "uno":
        return _is_someone(following)
    if word in _IMPERATIVES and is_function_word(following):
        return True  # "dallo a Marco", "gli dai i libri"
    if word in ("dei", "nei") and index and sentence.words[index - 1] in determiners():
        return True  # "gli dei erano gelosi"
    return _is_pronoun(sentence, index)


def _is_someone(following: str) -> bool:
    """Whether "uno" is a pronoun: "Uno è partito", "l'uno e l'altro"."""
    return is_function_word(following) or any(reading.person == _THIRD for reading in readings(following))


def _is_pronoun(sentence: Sentence, index: int) -> bool:
    """Whether the word is a pronoun: "Lo ascolto", "gli do". The form of a pronoun does not depend on the
    next sound.
    """
    word, following = sentence.words[index], sentence.words[index + 1]
    return word in MAYBE_PRONOUNS | {"quelli", "li", "gli"} and (
        is_verb_form(following) or following in CLITICS | ADVERBS | {"altri"}
    )


def _is_uncontracted(sentence: Sentence, index: int) -> bool:
    article, after = sentence.written[index + 1], sentence.words[index + 2 : index + 3]
    if after and after[0] in ("minore", "maggiore"):
        return False  # "una sonata in la minore"
    return sentence.words[index] in _CONTRACTED and article in (
        "il", "lo", "la", "i", "gli", "le", "l'"
    )  # fmt: skip


@cache
def _sounds() -> dict[str, frozenset[str]]:
    return {
        word: frozenset(sounds.split("_or_"))
        for sounds, listed in load("articles")["before"].items()
        for word in listed.split()
    }
