"""The English to translate is English as one speaks it."""

import re
from collections.abc import Iterator
from functools import cache

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.data import load
from homework_shared.language.reading.matching import PhraseList
from homework_shared.language.reading.parsed import Parsed
from homework_shared.language.reading.text import small

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|[,.;:!?]|\d+")
_NUMBERS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|eighteen|twenty|thirty|forty|fifty|sixty|seventy|eighty"
# "has twelve years", "I have 20 years"; "has twelve years of experience" is English.
_AGE = re.compile(
    rf"\b(?:have|has|had|haven't|hasn't) (?:\d+|(?:{_NUMBERS})(?:-\w+)?) years(?! (?:of|left|to|before|old\b)| \w+ing)"
)
_ENDS = re.compile(r"(?:^|[ ,])(?:and|or|of|the|a|an|to|with|from|in|at|by|for|my|your|his|their),?[.!?]?$")
# "I have seen him yesterday": a time that is over asks for the past.
_OVER = re.compile(
    r"\b(?:have|has|'ve|'s) (?:\w+ )?\w+(?:ed|en|ne|wn|ught|ade|ome) (?:\w+ ){0,5}(?:yesterday|last (?:week|year|month|night|summer)|\w+ (?:days|weeks|months|years) ago)\b"
)
_DOUBLED = re.compile(r"\b(\w+) \1\b(?<!that that)(?<!had had)(?<!very very)(?<!so so)(?<!bye bye)")


def problems(parsed: Parsed) -> Iterator[Problem]:
    if not parsed.english:
        return
    text = small(parsed.english)
    found = _WORD.findall(text)
    if _phrases().occurs_in(found):
        yield Problem(Check.ENGLISH, "the English is word-for-word Italian, or wrong")
    elif _AGE.search(text) or _OVER.search(text) or _DOUBLED.search(text):
        yield Problem(Check.ENGLISH, "the English is wrong in a time, an age or a word said twice")
    elif any(_disagrees(found, index) for index in range(len(found) - 1)):
        yield Problem(Check.ENGLISH, "an English verb has not the form of its subject")
    elif _ENDS.search(text) or (not parsed.english[:1].isalnum() and parsed.english[:1] not in "\"“'‘«€$£"):
        yield Problem(Check.ENGLISH, "the English breaks off")


def _disagrees(words: list[str], index: int) -> bool:
    subject, verb = words[index], words[index + 1]
    before = words[max(0, index - 3) : index]
    if subject in _set("third"):
        return verb in _set("plain") and not _set("helpers") & set(before)
    # "he and I go", "what I is": only where the subject stands alone.
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
    return subject in _set("other") and verb in _set("third_person") and alone


@cache
def _phrases() -> PhraseList:
    return PhraseList(load("english")["phrases"])


@cache
def _set(name: str) -> frozenset[str]:
    subjects = load("english")["subjects"]
    return frozenset(subjects[name].split())
