"""Checks that a participle without an auxiliary agrees with its noun: "una volta approvata la riforma"."""

from collections.abc import Iterator

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.italian.nouns import ALL, agreement_of
from homework_shared.language.italian.verbs import auxiliary, is_participle_alone, readings
from homework_shared.language.reading.parsed import Sentence
from homework_shared.language.reading.phrases import determiners, phrase_at
from homework_shared.language.reading.subject import SUBJECT_OPENERS

_ABSOLUTE = frozenset({"volta", "appena", "dopo"})
_ARTICLES = frozenset({"il", "lo", "la", "i", "gli", "le", "l'"})


def of_absolute(sentence: Sentence, index: int) -> Iterator[Problem]:
    """Finds a participle without an auxiliary that does not agree with its noun. Correct: "Una volta
    approvata la riforma".
    """
    words = sentence.words
    if not is_participle_alone(words[index]) or index + 2 >= len(words):
        return
    phrase = phrase_at(sentence, index + 1)
    if phrase is None and _is_absolute_of_another(sentence, index):
        yield Problem(Check.PARTICIPLE, "a participle does not agree with the noun after it")
    # A participle that opens the whole answer of a translation counts only before a comma: "Firmate le
    # lettere, uscì".
    opens = sentence.opens(index) and (
        index != sentence.start or (phrase and words[phrase.end : phrase.end + 1] == (",",))
    )
    if not (opens or (index and words[index - 1] in _ABSOLUTE)):
        return
    opens_with_article = phrase is not None and words[phrase.start] in SUBJECT_OPENERS
    if (
        phrase
        and opens_with_article
        and phrase.agreement
        and not phrase.agreement & {reading.agreement for reading in readings(words[index])}
    ):
        yield Problem(Check.PARTICIPLE, "a participle does not agree with the noun after it")


def _is_absolute_of_another(sentence: Sentence, index: int) -> bool:
    """Finds "una volta approvato la riforma," where the noun is spelt like a form of a verb as well."""
    words = sentence.words
    if words[max(0, index - 2) : index] != ("una", "volta") or words[index + 3 : index + 4] != (",",):
        return False
    found = readings(words[index])
    article = determiners().get(words[index + 1], ALL) if words[index + 1] in _ARTICLES else ALL
    takes_avere = all(auxiliary(reading.infinitive) == "avere" for reading in found)
    is_noun = bool(agreement_of(words[index + 2]) & article)
    return takes_avere and is_noun and not article & {reading.agreement for reading in found}
