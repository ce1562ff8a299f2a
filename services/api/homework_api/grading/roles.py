"""Detects swapped roles: who does what to whom, and what is compared with what."""

from collections.abc import Sequence
from itertools import dropwhile, pairwise

from homework_api.grading.equivalents import CONTRACTED
from homework_api.grading.italian import Word, bare
from homework_api.grading.tables import word_set
from homework_shared.language.italian.verbs import readings

_THAN = frozenset({"che", "come", "quanto", "di", *CONTRACTED["di"]})


def comparison_is_turned(expected: Sequence[Word], given: Sequence[Word]) -> bool:
    """ "Più mele che arance", "più arance che mele": it is compared with what should be compared."""
    mine, theirs = _compared_with(expected), _compared_with(given)
    if not mine or not theirs or not set(theirs) <= set(bare(expected)):
        return False
    return mine != theirs if len(mine) == len(theirs) else mine[0] != theirs[0]


def _compared_with(words: Sequence[Word]) -> list[str]:
    """The words after "than", if there is a comparison."""
    compared = dropwhile(lambda word: word.exact not in word_set("comparing"), words)
    standard = [*dropwhile(lambda word: word.exact not in _THAN, compared)][1:]
    return [word.bare for word in standard if word.exact not in word_set("leans_forward")]


def roles_are_swapped(expected: Sequence[Word], given: Sequence[Word]) -> bool:
    """The same, whatever articles and endings followed: l'autobus, dell'autobus; portato, portata."""
    mine, theirs = _content(expected), _content(given)
    if mine == theirs or sorted(mine) != sorted(theirs):
        return False
    return _is_swapped(mine, theirs)


def cases_are_swapped(expected: Sequence[Word], given: Sequence[Word]) -> bool:
    """ "Il treno all'aereo", "l'aereo al treno": two nouns that have each other's preposition."""
    mine, theirs = _content(expected), _content(given)
    if sorted(mine) != sorted(theirs):
        return False
    differing = [place for place, (one, other) in enumerate(zip(mine, theirs, strict=True)) if one != other]
    if len(differing) != 2 or differing[1] - differing[0] != 1:
        return False
    here, there = _prepositions(expected), _prepositions(given)
    nouns = {theirs[place] for place in differing}
    return nouns <= here.keys() & there.keys() and all(here[noun] != there[noun] for noun in nouns)


def _prepositions(words: Sequence[Word]) -> dict[str, str]:
    """By a noun's stem the preposition in what stands before it: "a" in "all'aereo", "" in "l'aereo"."""
    found = {}
    for before, word in pairwise(words):
        if before.exact in word_set("leans_forward"):
            found[stem(word)] = next(
                (alone for alone, forms in CONTRACTED.items() if before.exact in (alone, *forms)), ""
            )
    return found


def stem(word: Word) -> str:
    """Without accents and the vowels of its ending."""
    return word.bare.rstrip("aeiou") or word.bare


def _content(words: Sequence[Word]) -> list[str]:
    """The words that are no articles, prepositions or auxiliaries, without the vowels of their endings."""
    return [
        stem(word)
        for word in words
        if word.exact not in word_set("leans_forward") | word_set("times") | word_set("adverbs")
        and not any(reading.infinitive in ("essere", "avere", "venire") for reading in readings(word.exact))
    ]


def _is_swapped(expected: Sequence[str], given: Sequence[str]) -> bool:
    """Whether two parts have changed places around what stands between them: who does it to whom.

    An adverb or a time is no such part.
    """
    start = next((place for place, (a, b) in enumerate(zip(expected, given, strict=False)) if a != b), 0)
    end = next((n for n, (a, b) in enumerate(zip(expected[::-1], given[::-1], strict=False)) if a != b), 0)
    mine, theirs = list(expected[start : len(expected) - end]), list(given[start : len(given) - end])
    return any(
        mine[-last:] + mine[first:-last] + mine[:first] == theirs
        and not any(
            set(part) <= word_set("adverbs") | word_set("times") for part in (mine[:first], mine[-last:])
        )
        for first in range(1, len(mine))
        for last in range(1, len(mine) - first)
    )
