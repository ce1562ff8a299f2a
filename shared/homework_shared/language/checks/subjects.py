"""Checks that a verb has the person of its subject, if the subject clearly stands before it."""

from collections.abc import Iterator
from functools import cache, lru_cache

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.italian.nouns import PLURAL, SINGULAR
from homework_shared.language.italian.verbs import FINITE, readings
from homework_shared.language.reading.parsed import Parsed, Sentence
from homework_shared.language.reading.phrases import (
    ADVERBS,
    CLITICS,
    MAYBE_PRONOUNS,
    NUMBERS,
    OPENERS,
    POSSESSIVES,
    determiners,
    phrase_at,
)
from homework_shared.language.reading.subject import subject_before

_THEY = 5
_IMPERFECT_ENDINGS = ("avo", "evo", "ivo", "avi", "evi", "ivi")
# Every form of these verbs is certainly a verb. For other verbs this holds only for endings that no noun has.
_PLAIN_VERBS = frozenset(
    {
        "essere",
        "avere",
        "stare",
        "andare",
        "potere",
        "dovere",
        "volere",
        "venire",
        "sapere",
        "dire",
        "piacere",
    }
)
_PLAIN_ENDINGS = (
    "ano", "ono", "iamo", "avo", "evo", "ivo", "avi", "evi", "avate", "evate", "ivate", "avamo", "evamo", "ivamo", "erò",
    "irò", "erà", "irà", "erai", "irai", "eremo", "iremo", "erete", "irete", "eranno", "iranno", "erebbe", "irebbe",
    "erebbero", "irebbero", "ebbe", "arono", "irono", "essero", "assero", "issero", "ò",
)  # fmt: skip


def problems(parsed: Parsed) -> Iterator[Problem]:
    sentence = parsed.sentence
    for index, word in enumerate(sentence.words):
        persons = finite_persons(sentence, index) if _is_only_finite(word) else None
        if not persons:
            continue
        subject = subject_before(sentence, index)
        if subject and not persons & subject.persons and not _is_of_what_follows(sentence, index):
            yield Problem(Check.VERB_AGREEMENT, "a verb does not agree with its subject")
        elif _there_is_disagrees(sentence, index):
            yield Problem(Check.VERB_AGREEMENT, "c'è or ci sono does not agree with the noun that follows")
        elif _pleases_disagrees(sentence, index):
            yield Problem(Check.VERB_AGREEMENT, "a verb like piacere does not agree with what follows it")


def _follows_article(sentence: Sentence, index: int) -> bool:
    """Whether the word follows an article that is never a pronoun, so that it is a noun: "il telefono"."""
    return index > 0 and sentence.words[index - 1] in _articles()


@cache
def _articles() -> frozenset[str]:
    return OPENERS - MAYBE_PRONOUNS - POSSESSIVES


def finite_persons(sentence: Sentence, index: int) -> frozenset[int]:
    """The persons of a word that is certainly a finite verb. Empty if it may be something else."""
    word = sentence.words[index]
    if not _is_only_finite(word) or index in sentence.names or _follows_article(sentence, index):
        return frozenset()
    ends_answer = sentence.start <= index == sentence.end - 1 != len(sentence.words) - 1
    return _persons(word) if ends_answer or _is_plain(word) else frozenset()


@lru_cache(10_000)
def _is_only_finite(word: str) -> bool:
    found = readings(word)
    return word != "sei" and bool(found) and all(reading.tense in FINITE for reading in found)


@lru_cache(10_000)
def _is_plain(word: str) -> bool:
    """Whether the word is certainly a verb, wherever it stands."""
    return word.endswith(_PLAIN_ENDINGS) or all(
        reading.infinitive in _PLAIN_VERBS for reading in readings(word)
    )


@lru_cache(10_000)
def _persons(word: str) -> frozenset[int]:
    found = readings(word)
    persons = frozenset(reading.person for reading in found)
    if word.endswith(_IMPERFECT_ENDINGS) and any(reading.tense != "imperfect" for reading in found):
        return frozenset()  # "un vivo interesse"
    if word.endswith(("ano", "ono")) and persons != {5}:
        return frozenset()  # "il telefono"
    return persons


def _is_of_what_follows(sentence: Sentence, index: int) -> bool:
    """Whether essere agrees with the predicate noun and not with the subject, which is right: "Il problema
    sono i soldi".
    """
    after = sentence.words[index + 1 : index + 2]
    return (
        bool(after)
        and after[0] in determiners()
        and any(
            reading.infinitive == "essere" and reading.person == _THEY
            for reading in readings(sentence.words[index])
        )
    )


def _pleases_disagrees(sentence: Sentence, index: int) -> bool:
    """Finds piacere and similar verbs in the wrong number: "Mi piace queste canzoni", "ci vuole due ore", "ti
    mancano il mare".
    """
    words = sentence.words
    found = readings(words[index])
    verbs = {reading.infinitive for reading in found}
    if not (index and words[index - 1] in _TO_WHOM) and not (
        verbs == {"piacere"} and words[index + 1 : index + 2] in (("i",), ("gli",), ("le",))
    ):
        return False
    if not verbs <= (_PLEASING | ({"volere"} if words[index - 1] == "ci" else frozenset())):
        return False
    persons, after = {reading.person for reading in found}, index + 1
    while after < len(words) and words[after] in ADVERBS:
        after += 1
    phrase = phrase_at(sentence, after) if after + 1 < len(words) else None
    if persons == {2} and after + 1 < len(words) and words[after] in NUMBERS:
        return verbs == {"volere"}
    if phrase is None or not phrase.agreement or persons not in ({2}, {_THEY}):
        return False
    if words[phrase.end : phrase.end + 1] and words[phrase.end] in ("e", ",", "ed"):
        return False  # "mi piacciono il mare e il sole" is right
    return phrase.agreement <= (PLURAL if persons == {2} else SINGULAR) and not _is_partitive(words[after])


def _is_partitive(word: str) -> bool:
    """Whether the noun phrase may begin with a partitive. "Mi manca dei soldi" is wrong but not reported,
    because "mi importa dei soldi" is right.
    """
    return word[:1] in ("d", "a", "s", "n") and word not in ("alcuni", "alcune")


_PLEASING = frozenset({"piacere", "dispiacere", "mancare", "servire", "bastare", "interessare"})
_TO_WHOM = frozenset({"mi", "ti", "gli", "le", "ci", "vi"})


def _there_is_disagrees(sentence: Sentence, index: int) -> bool:
    words = sentence.words
    if index == 0 or index + 1 >= len(words) or words[index - 1] not in ("c'", "ci"):
        return False
    found = readings(words[index])
    if not all(reading.infinitive == "essere" for reading in found):
        return False
    there = determiners().get(words[index + 1])
    if there is None or words[index + 1] in CLITICS | ADVERBS:
        return False
    persons = {reading.person for reading in found}
    number = PLURAL if persons == {5} else SINGULAR if persons & {2} and 5 not in persons else there
    # "sono" may be io or loro. After ci it is loro.
    number = PLURAL if words[index] == "sono" else number
    return not there & number
