"""Checks that the English sentence to translate is natural English."""

import re
from collections.abc import Iterator
from functools import cache

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.data import load
from homework_shared.language.reading.matching import PhraseList
from homework_shared.language.reading.parsed import Parsed
from homework_shared.language.reading.text import small

_WORDS_OF_A_SENTENCE = 2
"""A hint with fewer spaces than this is a word and its form, and not a part of a sentence."""

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|[,.;:!?]|\d+")
_NUMBERS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|eighteen|twenty|thirty|forty|fifty|sixty|seventy|eighty"
# Finds "has twelve years" and "I have 20 years". "Has twelve years of experience" is correct English.
_AGE = re.compile(
    rf"\b(?:have|has|had|haven't|hasn't) (?:\d+|(?:{_NUMBERS})(?:-\w+)?) years(?: old\b| ?[.,!?;]|$| (?:and|but)\b)"
)
_ENDS = re.compile(
    r"(?:^|[ ,])(?:and|or|the|a|an|my|your|their),?[.!?]?$|(?:^|[ ,])(?:of|to|with|from|in|at|by|for),?$"
)
# A preposition may be the last word of a question and of a relative clause.
_STRANDS = re.compile(r"\b(?:who|whom|what|which|where|that|how)\b")
# Finds "I have seen him yesterday": a time that is over requires the past tense. No other verb may stand
# between the two, because the time may belong to it, as in "have you seen the film I watched yesterday".
_OVER = re.compile(
    r"(?:\b(?:i|you|we|they) have|\bhas|'ve) (?:\w+ )?\w+(?:ed|en|ne|wn|ught|ade|ome) "
    r"(?:(?!i |you |he |she |we |they |it |that |who |which |since |than |from |until |the last|in the|over |for |was |had )"
    r"(?!\w{1,30}ed )\w+ ){0,5}(?:yesterday\b(?!')|last (?:week|year|month|night|summer)\b(?!')|\w+ (?:days|weeks|months|years) ago\b)"
)
_MAY_HAVE = re.compile(
    r"\b(?:may|might|must|could|should|would|can't|couldn't|shouldn't|seems?|whose|whom|that)\b"
)
_DOUBLED = re.compile(r"\b(\w+) \1\b")
_MAY_COME_TWICE = frozenset({
    "that", "had", "very", "so", "bye", "is", "do", "her", "you", "on", "in", "really", "many", "far", "no", "it", "long", "up", "out",
    "there", "blah", "more", "his", "knock", "again",
})  # fmt: skip
_CLAUSE_OPENS = frozenset(
    {",", ";", ":", ".", "?", "!", "and", "but", "because", "when", "if", "while", "so", "or"}
)


def problems(parsed: Parsed) -> Iterator[Problem]:
    if not parsed.english:
        yield from _of_hints(parsed)
        return
    text = small(parsed.english)
    found = _WORD.findall(text)
    if _phrases().occurs_in(found) or _is_wrong(text, found):
        yield Problem(Check.ENGLISH, "the English is wrong, or was translated word for word from Italian")
    elif _AGE.search(text) or _is_over(text) or _comes_twice(text):
        yield Problem(Check.ENGLISH, "the English has a wrong time or age, or repeats a word")
    elif any(_disagrees(found, index) for index in range(len(found) - 1)):
        yield Problem(Check.ENGLISH, "an English verb does not agree with its subject")
    elif _breaks_off(text) or (not text[:1].isalnum() and text[:1] not in "\"“'‘«€$£…—–"):
        yield Problem(Check.ENGLISH, "the English sentence is not complete")


def _of_hints(parsed: Parsed) -> Iterator[Problem]:
    """Finds wrong English in a hint of several words, which students put into Italian: "(we must to study)"."""
    for hint in parsed.hints:
        text = small(hint)
        if text.count(" ") < _WORDS_OF_A_SENTENCE:
            continue
        found = _WORD.findall(text)
        wrong = _phrases().occurs_in(found) or _is_wrong(text, found) or _AGE.search(text)
        if wrong or any(_disagrees(found, index) for index in range(len(found) - 1)):
            yield Problem(Check.ENGLISH, "the English of a hint is wrong")
            return


def _is_over(text: str) -> bool:
    return _OVER.search(text) is not None and not _MAY_HAVE.search(text)


def _comes_twice(text: str) -> bool:
    return any(found[1] not in _MAY_COME_TWICE for found in _DOUBLED.finditer(text))


def _breaks_off(text: str) -> bool:
    return _ENDS.search(text) is not None and not (
        _STRANDS.search(text) and not text.endswith((" the", " a", " an"))
    )


def _disagrees(words: list[str], index: int) -> bool:
    subject, verb = words[index], words[index + 1]
    before = words[max(0, index - 3) : index]
    if subject == "it" and before and before[-1] not in _CLAUSE_OPENS:
        return False  # In "leave it open" the pronoun is an object.
    if subject in _set("third"):
        return verb in _set("plain") and not _set("helpers") & set(before)
    # In "he and I go" and "what I is" the pronoun is not the whole subject, so only a pronoun that stands
    # alone counts.
    alone = not before or before[-1] not in (
        "and",
        "or",
        "what",
        "than",
        "as",
        "of",
        "like",
        "for",
        "to",
        "with",
        "you",
    )
    if subject == "you":
        alone = not before or before[-1] in _CLAUSE_OPENS  # "the man who helped you is my brother"
    return subject in _set("other") and verb in _set("third_person") and alone


@cache
def _phrases() -> PhraseList:
    return PhraseList(load("english")["phrases"])


def _is_wrong(text: str, words: list[str]) -> bool:
    keyed = {pattern for word in set(words) for pattern in _keyed().get(word, ())}
    return any(pattern.search(text) for pattern in keyed) or _patterns().search(text) is not None


@cache
def _keyed() -> dict[str, list[re.Pattern[str]]]:
    """The patterns by each word that they need, because most sentences contain few of these words."""
    table: dict[str, list[re.Pattern[str]]] = {}
    for keys, pattern in load("english")["keyed"]:
        compiled = re.compile(pattern)
        for key in keys.split():
            table.setdefault(key, []).append(compiled)
    return table


@cache
def _patterns() -> re.Pattern[str]:
    return re.compile("|".join(load("english")["patterns"]))


@cache
def _set(name: str) -> frozenset[str]:
    subjects = load("english")["subjects"]
    return frozenset(subjects[name].split())
