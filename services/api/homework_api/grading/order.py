"""What may stand elsewhere in a sentence: a time, a place, a clause, an adverb. The rest keeps its order."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rapidfuzz.distance import Levenshtein

from homework_api.grading.italian import Word, exact
from homework_api.grading.tables import word_set
from homework_shared.language.italian.verbs import readings

LONGEST_PHRASE = 10
MOST_OTHER_WORDS = 1 / 3
"""Where a larger share of the words differs, their order is not what is wrong."""


def moved_back(expected: Sequence[Word], given: Sequence[Word]) -> list[Word]:
    """What was given, with one phrase that is free to stand elsewhere put where it is expected.

    Unchanged where that brings the two no nearer.
    """
    wanted = exact(expected)
    if (Counter(wanted) - Counter(exact(given))).total() > len(wanted) * MOST_OTHER_WORDS:
        return list(given)
    best, least = list(given), Levenshtein.distance(wanted, exact(given))
    for candidate in (*_with_one_phrase_moved(given), *_with_the_verb_first(given)):
        distance = Levenshtein.distance(wanted, exact(candidate))
        if distance < least:
            best, least = candidate, distance
    return best


def _with_one_phrase_moved(words: Sequence[Word]) -> Iterator[list[Word]]:
    for start in range(len(words)):
        for end in range(start + 1, min(start + LONGEST_PHRASE, len(words)) + 1):
            if _is_free(exact(words), start, end):
                phrase, rest = words[start:end], [*words[:start], *words[end:]]
                places = (place for place in range(len(rest) + 1) if not _splits(rest, place))
                yield from ([*rest[:place], *phrase, *rest[place:]] for place in places)


def _with_the_verb_first(words: Sequence[Word]) -> Iterator[list[Word]]:
    """ "Con cui Giulia arriva" and "con cui arriva Giulia": a relative clause takes either order."""
    forms = exact(words)
    openers = [place for place, word in enumerate(forms) if word in word_set("to_whom_or_where")]
    if not openers:
        return
    last = openers[-1]
    clause = list(words[last + 1 :])
    for place, word in enumerate(clause):
        if _is_finite(word.exact):
            rest = [*clause[:place], *clause[place + 1 :]]
            yield from ([*words[: last + 1], *rest[:to], word, *rest[to:]] for to in range(len(rest) + 1))


def _is_free(words: Sequence[str], start: int, end: int) -> bool:
    phrase = words[start:end]
    if _is_compared(words, start, end):
        return False
    if len(phrase) == 1:
        return phrase[0] in word_set("adverbs") | word_set("times")
    if phrase[0] in word_set("begins_a_clause"):
        return True
    if _has_a_verb(phrase):
        return False
    return phrase[0] in word_set("begins_a_phrase") or not word_set("times").isdisjoint(phrase)


def _has_a_verb(phrase: Sequence[str]) -> bool:
    """ "Centro" is a verb's form too, but not after "in"."""
    return any(
        _is_finite(word) and word not in word_set("times") and before not in word_set("leans_forward")
        for before, word in pairwise(phrase)
    )


def is_swapped(expected: Sequence[str], given: Sequence[str]) -> bool:
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


def _is_compared(words: Sequence[str], start: int, end: int) -> bool:
    """Whether a comparison goes through this phrase: moved alone, it would be compared otherwise."""
    inside, before = words[start:end], words[:start]
    if not word_set("comparing").isdisjoint(inside):
        return True
    follows = words[end] if end < len(words) else ""
    beside = "che" in (words[start - 1], follows) or inside[0] in ("di", "che")
    return beside and not word_set("comparing").isdisjoint(before)


def _splits(words: Sequence[Word], place: int) -> bool:
    """Whether something put here would come between a word and what leans on it, like an article's noun."""
    return 0 < place < len(words) and words[place - 1].exact in word_set("leans_forward")


def _is_finite(word: str) -> bool:
    return any(reading.person >= 0 for reading in readings(word))
