"""What an explanation claims of words and forms, held against the tables."""

import itertools
import re
from collections.abc import Iterator

from homework_shared.language.data import load
from homework_shared.language.italian.nouns import ALL, agreement_of
from homework_shared.language.italian.verbs import is_verb_form, readings
from homework_shared.language.reading.parsed import Parsed
from homework_shared.language.reading.tenses import accepts, tenses_named
from homework_shared.language.reading.text import small
from homework_shared.language.reading.verb_groups import groups_of

_QUOTE = r"['‘“\"«]([^'’”\"»]{1,40}(?:['’]\w[^'’”\"»]{0,20})?)['’”\"»]"
# "'Zaino' is masculine singular": what follows the quotation, up to the next stop.
_IS = re.compile(_QUOTE + r",? (?:is|are|being)(?: an?| the)? ([^,.;:'“\"‘«]{4,60})")
_BEFORE_NOUN = re.compile(
    r"((?:masculine|feminine)(?: (?:singular|plural))?|singular|plural)(?: \w+)? (?:noun|word|subject|adjective)s?,? (?:like |as |such as )?"
    + _QUOTE
)
_PERSON = re.compile(r"(first|second|third) person (singular|plural)")
_OF = frozenset({"di", "del", "della", "dei", "da"})
_NOT = re.compile(r"\b(?:not|never|instead|unlike|except|but)\b")


def false_claims(parsed: Parsed) -> Iterator[str]:
    """The name of each claim that is false."""
    text = parsed.exercise.explanation
    claims = [(found[0], found[1]) for found in _IS.findall(text)]
    claims += [(found[1], found[0]) for found in _BEFORE_NOUN.findall(text)]
    for word, claim in claims:
        yield from _of_word(parsed, small(word).strip(), small(claim))
    yield from _of_person(parsed, small(text))
    yield from _of_tense(parsed, small(text))


def _of_word(parsed: Parsed, word: str, claim: str) -> Iterator[str]:
    if _NOT.search(claim) or "'" in word.strip("'"):
        return
    parts = word.split()
    noun = next(
        (part for part, after in itertools.pairwise(parts) if after in _OF),
        parts[-1] if parts else "",
    )
    allowed = frozenset(agreement_of(noun)) if noun and len(parts) <= 3 else ALL
    for table in ("gender", "number"):
        for name, codes in load("explanation")[table].items():
            if (
                name in claim
                and not _is_verb(noun)
                and not allowed & frozenset(codes.split())
                and not _is_pronoun(noun)
            ):
                yield table
    yield from _of_pronoun(word, claim)
    if (
        "regular" in claim
        and "irregular" not in claim
        and word.endswith(("are", "ere", "ire"))
        and _is_irregular(parsed, word)
    ):
        yield "regular"


def _of_pronoun(word: str, claim: str) -> Iterator[str]:
    """ "'Gli' is the direct object pronoun": of le, it is told by the sentence, which is not looked at."""
    if "pronoun" not in claim and "object" not in claim:
        return
    for name, listed in load("explanation")["pronouns"].items():
        if f" {name} " in f" {claim} " and _is_pronoun(word) and word not in listed.split():
            yield "pronoun"


def _is_pronoun(word: str) -> bool:
    return any(word in listed.split() for listed in load("explanation")["pronouns"].values())


def _is_verb(word: str) -> bool:
    return (
        is_verb_form(word)
        and any(reading.person >= 0 for reading in readings(word))
        and not word.endswith("a")
    )


def _is_irregular(parsed: Parsed, infinitive: str) -> bool:
    return infinitive in (
        "essere",
        "avere",
        "andare",
        "fare",
        "stare",
        "dare",
        "venire",
        "dire",
        "uscire",
        "bere",
    ) and any(
        group.infinitive == infinitive and group.tense == "present"
        for group in groups_of(parsed.sentence.answer)
    )


def _of_person(parsed: Parsed, lettered: str) -> Iterator[str]:
    """The persons it names, of which the answer's must be one."""
    named = {" ".join((which, "person", number)) for which, number in _PERSON.findall(lettered)}
    persons = {load("explanation")["persons"][name] for name in named}
    given = (
        {group.person for group in groups_of(parsed.sentence.answer) if group.person >= 0}
        if parsed.has_gap
        else set()
    )
    if persons and given and not persons & given:
        yield "person"


def _of_tense(parsed: Parsed, lettered: str) -> Iterator[str]:
    """A tense that it says the answer is in: "is the imperfetto of", "here in the future"."""
    if not parsed.has_gap or _NOT.search(lettered):
        return
    said = next(
        (claim for word, claim in _IS.findall(lettered) if word == small(parsed.exercise.correct_answer)), ""
    )
    named = tenses_named(said.split(" of ")[0])
    given = {group.tense for group in groups_of(parsed.sentence.answer)}
    if named and given and not any(accepts(named, tense) for tense in given):
        yield "tense"
