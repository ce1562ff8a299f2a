"""Checks that articles, nouns and adjectives agree in gender and number, where the words show them."""

from collections.abc import Iterator
from functools import cache, lru_cache

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.italian.nouns import PLURAL, Agreement
from homework_shared.language.italian.verbs import FINITE, readings
from homework_shared.language.reading.parsed import Parsed, Sentence
from homework_shared.language.reading.phrases import (
    ADVERBS,
    OPENERS,
    TIMES,
    NounPhrase,
    adjectives,
    phrase_at,
    words_of,
)
from homework_shared.language.reading.subject import subject_before

_DEGREES = frozenset(
    {"molto", "più", "meno", "tanto", "così", "troppo", "abbastanza", "davvero", "veramente", "sempre", "non"}
)


def problems(parsed: Parsed) -> Iterator[Problem]:
    sentence, openers = parsed.sentence, OPENERS
    for start, word in enumerate(sentence.words):
        phrase = phrase_at(sentence, start) if word in openers else None
        if phrase is None:
            continue
        if not phrase.agreement:
            yield Problem(Check.NOUN_AGREEMENT, "an article or a determiner does not agree with its noun")
            continue
        yield from _of_adjective(sentence, phrase)
        yield from _of_predicate(sentence, phrase)
        if _is_participle_of_another(sentence, phrase):
            yield Problem(Check.NOUN_AGREEMENT, "a participle does not agree with the noun before it")
    yield from _of_subjects(sentence)


def _of_subjects(sentence: Sentence) -> Iterator[Problem]:
    """Finds a predicate that does not agree with its subject: "Marta è stanco", "le finestre della casa sono
    aperti".
    """
    for index, word in enumerate(sentence.words[:-1]):
        if not is_essere(word) or (index and sentence.words[index - 1] in ("si", "s'")):
            continue  # "Anna si è rotto un braccio" has a participle.
        after = index + 1
        while after < len(sentence.words) and sentence.words[after] in ADVERBS:
            after += 1
        predicate = _after_copula(sentence, after)
        subject = subject_before(sentence, index) if predicate else None
        if predicate and subject and subject.persons & {2, 5} and not predicate & subject.agreement:
            yield Problem(Check.NOUN_AGREEMENT, "the word after essere does not agree with the subject")
        elif subject_of_second := _second_predicate(sentence, index, after):
            yield subject_of_second


def _second_predicate(sentence: Sentence, essere: int, after: int) -> Problem | None:
    """Finds a second adjective that does not agree: "Laura è una brava dottoressa e molto gentili con tutti"."""
    phrase = phrase_at(sentence, after) if after + 1 < len(sentence.words) else None
    index = phrase.end if phrase and phrase.agreement else after + 1
    if index + 1 >= len(sentence.words) or sentence.words[index] not in ("e", "ma", "o"):
        return None
    index += 1
    while index < len(sentence.words) and sentence.words[index] in ADVERBS:
        index += 1
    second = _predicate(sentence, index)
    follows = sentence.words[index + 1 : index + 2]
    subject = (
        subject_before(sentence, essere)
        if second and (not follows or follows[0] in _AFTER_PREDICATE)
        else None
    )
    if second and subject and subject.persons & {2, 5} and not second & subject.agreement:
        return Problem(
            Check.NOUN_AGREEMENT, "a second adjective after essere does not agree with the subject"
        )
    return None


_AFTER_PREDICATE = frozenset({".", "!", "?", "con", "per", "di", "a"})


def _is_participle_of_another(sentence: Sentence, phrase: NounPhrase) -> bool:
    """Finds a participle between a subject and its verb that does not agree: "I documenti allegata siano
    firmati".
    """
    words, index = sentence.words, phrase.end
    opens = sentence.begins(phrase.start) or words[phrase.start - 1] == "che"
    if not opens or index + 1 >= len(words) or not is_essere(words[index + 1]):
        return False
    found = readings(words[index])
    agreements = {reading.agreement for reading in found}
    return bool(found) and "" not in agreements and not agreements & phrase.agreement


def _of_adjective(sentence: Sentence, phrase: NounPhrase) -> Iterator[Problem]:
    index = phrase.end
    while index < len(sentence.words) and sentence.words[index] in _DEGREES:
        index += 1
    adjective = _predicate(sentence, index)
    if adjective and not adjective & phrase.agreement and not _is_of_another(sentence, phrase, index):
        yield Problem(Check.NOUN_AGREEMENT, "an adjective does not agree with its noun")


def _is_joined(sentence: Sentence, phrase: NounPhrase) -> bool:
    return phrase.start > 0 and sentence.words[phrase.start - 1] in ("e", "ed", "o", "né", "oppure")


def _is_of_another(sentence: Sentence, phrase: NounPhrase, index: int) -> bool:
    """Whether the adjective may belong to something else than this noun: to the subject, to two joined nouns,
    or, as one of two adjectives, to a part of a plural noun.
    """
    if adjectives()[sentence.words[index]] & PLURAL and _is_joined(sentence, phrase):
        return True  # "il pane e il vino italiani"
    if sentence.words[index + 1 : index + 2] in (("e",), (",",)) and phrase.agreement <= PLURAL:
        return True  # "le squadre italiana e tedesca"
    return sentence.words[index] in _states() and not sentence.begins(phrase.start)


@cache
def _states() -> frozenset[str]:
    """Every form of the adjectives that are listed as states."""
    return frozenset(
        word[:-1] + ending
        for word in words_of("adjectives", "states")
        for ending in ("o", "a", "i", "e", "he", "hi")
    )


def _of_predicate(sentence: Sentence, phrase: NounPhrase) -> Iterator[Problem]:
    """Finds a predicate after a copula that does not agree with the sentence's first noun phrase: "Queste
    scarpe sono stretti".
    """
    if (
        phrase.start
        and not sentence.begins(phrase.start)
        and sentence.words[phrase.start - 1] not in (",", "che")
    ) or sentence.words[phrase.end - 1] in TIMES:
        return
    index = phrase.end
    while index < len(sentence.words) and sentence.words[index] in ADVERBS:
        index += 1
    if index >= len(sentence.words) or not _is_copula(sentence.words[index]):
        return
    index += 1
    while index < len(sentence.words) and sentence.words[index] in ADVERBS:
        index += 1
    predicate = _after_copula(sentence, index)
    if (
        predicate
        and not predicate & phrase.agreement
        and sentence.words[phrase.start] not in ("ogni", "qualche")
    ):
        yield Problem(Check.NOUN_AGREEMENT, "the word after essere does not agree with the subject")


def _predicate(sentence: Sentence, index: int) -> Agreement | None:
    if index >= len(sentence.words) or sentence.is_name(index):
        return None
    if any(reading.tense in FINITE for reading in readings(sentence.words[index])):
        return None  # "mio padre chiuse la porta"
    return adjectives().get(sentence.words[index])


def _after_copula(sentence: Sentence, index: int) -> Agreement | None:
    """The agreement of the adjective after a copula. After a copula "stanco" is not a form of stancare."""
    if index >= len(sentence.words) or sentence.is_name(index):
        return None
    return adjectives().get(sentence.words[index])


@lru_cache(2000)
def _is_copula(word: str) -> bool:
    return any(
        reading.infinitive in ("essere", "sembrare", "diventare", "restare", "rimanere")
        and reading.person >= 0
        for reading in readings(word)
    )


@lru_cache(2000)
def is_essere(word: str) -> bool:
    return any(reading.infinitive == "essere" and reading.person >= 0 for reading in readings(word))
