"""Finds where two texts differ, word by word, and describes it in plain text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from homework_api.grading.italian import (
    Word,
    bare,
    exact,
    is_free_elision,
    letters,
    shown,
    spelling_hint,
)


@dataclass(frozen=True, slots=True)
class Difference:
    """The words that were `given` in the place of those that were `expected`; one of them may be empty."""

    expected: tuple[Word, ...]
    given: tuple[Word, ...]

    @property
    def is_spelling(self) -> bool:
        if bare(self.expected) == bare(self.given):
            return True
        # "Dov" for "dov'", which is compared as dove.
        return len(self.expected) == len(self.given) and letters(self.expected) == letters(self.given)

    def __str__(self) -> str:
        # Words, not colours or signs: a screen reader says them as they are.
        if self.is_spelling and exact(self.expected) != exact(self.given):
            pairs = zip(self.expected, self.given, strict=True)
            return " ".join(spelling_hint(one, other) for one, other in pairs if one.exact != other.exact)
        if not self.given:
            return f"Missing: “{shown(self.expected)}”."
        if not self.expected:
            return f"Not expected: “{shown(self.given)}”."
        return f"Instead of “{shown(self.given)}” write “{shown(self.expected)}”."


def differences(expected: Sequence[Word], given: Sequence[Word]) -> list[Difference]:
    """The differences without free elisions: quest'anno, questo anno."""
    return list(_differences(expected, given))


def similarity(expected: Sequence[Word], given: Sequence[Word]) -> float:
    """The similarity in percent, of the words in this order or in any order."""
    one, other = " ".join(bare(expected)), " ".join(bare(given))
    return max(fuzz.ratio(one, other), fuzz.token_sort_ratio(one, other))


def _differences(expected: Sequence[Word], given: Sequence[Word]) -> Iterator[Difference]:
    for step in Levenshtein.opcodes(bare(expected), bare(given)):
        one = tuple(expected[step.src_start : step.src_end])
        other = tuple(given[step.dest_start : step.dest_end])
        if step.tag == "equal":
            for left, right in zip(one, other, strict=True):
                if left.exact != right.exact:
                    yield Difference((left,), (right,))
        elif step.tag != "replace" or not _is_free(one, other, expected[step.src_end :]):
            yield Difference(one, other)


def _is_free(one: Sequence[Word], other: Sequence[Word], rest: Sequence[Word]) -> bool:
    following = [word.exact for word in (*one[1:], *rest[:1])] + [""]
    triples = zip(one, other, following, strict=False)
    return all(is_free_elision(a.exact, b.exact, next_) for a, b, next_ in triples)
