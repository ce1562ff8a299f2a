"""Who is meant, where English leaves it open: tu or Lei, a man or a woman."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

from homework_api.grading.equivalents import equivalents, rows_for
from homework_api.grading.free.sentence import Sentence, adopt_words
from homework_api.grading.italian import exact
from homework_api.grading.tables import word_set
from homework_shared.language.italian.nouns import SINGULAR, agreement_of
from homework_shared.language.italian.verbs import Reading, forms_of, readings

_SECOND_SINGULAR, _THIRD_SINGULAR, _THIRD_PLURAL = 1, 2, 5
_OF_TU = {
    "tu": {"lei"}, "ti": {"la", "le", "si"}, "te": {"lei", "sé"}, "t'": {"l'", "s'"},
    "tuo": {"suo"}, "tua": {"sua"}, "tuoi": {"suoi"}, "tue": {"sue"},
}  # fmt: skip
_YOU_ALONE = re.compile(r"\byou\b|\byour\b")
_GENDERS = """
    un una, uno una, un un', uno un', il la, lo la, i le, gli le, il l', la l', del della, dello della,
    dei delle, degli delle, al alla, allo alla, ai alle, agli alle, dal dalla, dallo dalla, dai dalle,
    dagli dalle, nel nella, nello nella, sul sulla, sui sulle, miei mie, tuoi tue, suoi sue, bel bella,
    buon buona
"""
_BY_GENDER = [tuple(pair.split()) for pair in _GENDERS.split(",")]
_DEMONSTRATIVES = {"questo", "questa", "questi", "queste"}
_OF_ONE_GENDER = word_set("people") | word_set("times")
_BETWEEN = word_set("adverbs") | {
    "mai",
    "molto",
    "così",
    "troppo",
    "più",
    "appena",
    "anche",
    "tutti",
    "tutte",
}
_ARTICLES = {form for pair in _BY_GENDER for form in pair} - {"l'"}


def formal_you(sentence: Sentence) -> Sentence:
    """ "You" is tu or Lei, and then all of it is: the verb, the pronouns and the possessives."""
    if not _YOU_ALONE.search(sentence.english) or "(plural)" in sentence.english:
        return sentence
    if any(word in _OF_TU or _is_of_tu(word) for word in exact(sentence.given)):
        return sentence
    switched = adopt_words(sentence, lambda one, other: other in _OF_TU.get(one, ()))
    switched = adopt_words(switched, _are_tu_and_lei)
    if exact(switched.given) == exact(sentence.given):
        return sentence
    _, extra = switched.unmatched()
    return switched.adopt(("lei",), ()) if "lei" in exact(extra) else switched


def open_gender(sentence: Sentence) -> Sentence:
    """ "A doctor" is un medico or una dottoressa; what agrees with the noun follows it."""
    table = equivalents().open_gender
    for noun, english in table.items():
        if not english.search(sentence.english) or noun not in exact(sentence.expected):
            continue
        others = (_other_gender(noun) | _called_otherwise(noun, sentence.english)) & table.keys()
        for other in filter(partial(_are_of_one_number, noun), others & set(exact(sentence.given))):
            sentence = _with_what_agrees(_adopt_gender(sentence, noun, other), sentence)
    return sentence


def gender_of_the_speaker(sentence: Sentence) -> Sentence:
    """ "I went": what agrees with io, tu, noi or voi tells who speaks, and English does not."""
    if not re.search(r"\b(?:i|i'm|you|we|we're|you're)\b", sentence.english):
        return sentence
    after_essere = set(_after_essere(exact(sentence.given)))

    def either(one: str, other: str) -> bool:
        return other in after_essere and other in _other_gender(one)

    return adopt_words(sentence, either)


def _after_essere(words: Sequence[str]) -> Iterator[str]:
    """ "Stanca" in "sono molto stanca", "stata" and "invitata" in "non sei mai stata invitata"."""
    follows = False
    for word in words:
        if follows:
            yield word
        is_between = word in _BETWEEN or word in word_set("of_state")
        follows = _is_of_essere(word, {0, 1, 3, 4}) or (follows and is_between)


def _is_of_tu(word: str) -> bool:
    """Whether this is a verb's second person singular and nothing else."""
    persons = {reading.person for reading in readings(word)}
    return persons == {_SECOND_SINGULAR}


def _are_tu_and_lei(one: str, other: str) -> bool:
    return any(
        other in forms_of(reading.infinitive, _formal(reading), _THIRD_SINGULAR)
        for reading in readings(one)
        if reading.person == _SECOND_SINGULAR
    )


def _formal(reading: Reading) -> str:
    return "subjunctive_present" if reading.tense == "imperative" else reading.tense


def _is_of_essere(word: str, persons: set[int]) -> bool:
    return any(reading.infinitive == "essere" and reading.person in persons for reading in readings(word))


def _other_gender(word: str) -> set[str]:
    """The word as it is for the other gender, by its ending or as an article."""
    found = {b for a, b in _BY_GENDER if a == word} | {a for a, b in _BY_GENDER if b == word}
    endings = {"o": ["a"], "a": ["o", "e"], "i": ["e", "esse"], "e": ["i", "a", "essa"]}
    found |= {word[:-1] + ending for ending in endings.get(word[-1:], ())}
    if word.endswith(("ci", "che", "gi", "ghe")):  # amici, amiche
        found |= {f"{word[:-1]}he", f"{word[:-2]}i"}
    if word.endswith(("essa", "esse")):  # studentessa, studentesse
        found.add(word[:-4] + ("e" if word.endswith("a") else "i"))
    return found


def _are_of_one_number(one: str, other: str) -> bool:
    """Studenti and studentesse, not studente."""
    numbers = [{each[1] for each in agreement_of(word)} for word in (one, other)]
    return bool(numbers[0] & numbers[1]) or not all(numbers)


def _called_otherwise(noun: str, english: str) -> set[str]:
    """medico: dottore and dottoressa. A word for both genders, like collega, is its own other one."""
    rows = rows_for(equivalents().nouns, english)
    other_words = {
        phrase[0] for row in rows if (noun,) in row.phrases for phrase in row.phrases if len(phrase) == 1
    }
    return {noun, *other_words} if agreement_of(noun) >= SINGULAR else other_words


def _with_what_agrees(adopted: Sentence, sentence: Sentence) -> Sentence:
    """Its adjectives, participles and demonstratives too. A demonstrative of the expected gender does not
    agree with the noun that was given."""
    if exact(adopted.given) == exact(sentence.given):
        return sentence
    if _introducing(exact(sentence.given)) & _introducing(exact(sentence.expected)):
        return sentence
    return adopt_words(adopted, lambda one, other: other in _other_gender(one) - _OF_ONE_GENDER)


def _introducing(words: Sequence[str]) -> set[str]:
    """ "Questo è …", "queste sono …"."""
    return {
        word
        for word, after in pairwise(words)
        if word in _DEMONSTRATIVES and _is_of_essere(after, {_THIRD_SINGULAR, _THIRD_PLURAL})
    }


def _adopt_gender(sentence: Sentence, noun: str, other: str) -> Sentence:
    """The noun in the expected gender, if all that agrees with it in what was given has the other one."""
    expected, given = exact(sentence.expected), exact(sentence.given)
    here, there = expected.index(noun), given.index(other)
    length = 1
    while length <= min(here, there) and given[there - length] in _other_gender(expected[here - length]):
        length += 1
    if length <= min(here, there) and given[there - length] == expected[here - length] in _ARTICLES:
        return sentence  # una amico
    mine = sentence.expected[here - length + 1 : here + 1]
    return replace(
        sentence, given=(*sentence.given[: there - length + 1], *mine, *sentence.given[there + 1 :])
    )
