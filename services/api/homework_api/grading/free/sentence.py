"""A translation beside what was expected, and how the one is brought nearer to the other."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from homework_api.grading.equivalents import Phrase
from homework_api.grading.italian import Word, exact


@dataclass(frozen=True, slots=True)
class Sentence:
    """A translation: its English, what was expected and what was given, contractions written out."""

    english: str
    expected: tuple[Word, ...]
    given: tuple[Word, ...]

    def unmatched(self) -> tuple[list[Word], list[Word]]:
        """The words of the one that the other lacks, in any order: of the expected and of the given."""
        return _lacking(self.expected, self.given), _lacking(self.given, self.expected)

    def adopt(self, old: Sequence[str], new: Sequence[Word]) -> "Sentence":
        """The same with the first run of the words `old` in what was given replaced."""
        place = find(exact(self.given), old)
        if place is None:
            return self
        return replace(self, given=(*self.given[:place], *new, *self.given[place + len(old) :]))


Freedom = Callable[[Sentence], Sentence]
"""Puts the expected words in the place of given ones that say the same."""


def find(words: Sequence[str], phrase: Sequence[str]) -> int | None:
    """Where the phrase begins among the words."""
    if phrase and phrase[0] not in words:  # thousands of phrases are looked for, and few begin here
        return None
    starts = range(len(words) - len(phrase) + 1)
    return next((start for start in starts if list(words[start : start + len(phrase)]) == list(phrase)), None)


def adopt_phrase(sentence: Sentence, phrases: Sequence[Phrase]) -> Sentence:
    """Where one of the phrases is expected and another one was given, put the expected one in its place."""
    wanted = _longest_of(phrases, sentence.expected)
    written = _longest_of(phrases, sentence.given)
    if wanted is None or written is None or wanted == written:
        return sentence
    return sentence.adopt(written, taken(sentence.expected, wanted))


def adopt_words(sentence: Sentence, are_free: Callable[[str, str], bool]) -> Sentence:
    """Replace single words that were given by expected ones: `are_free(expected, given)`."""
    lacking, extra = sentence.unmatched()
    for given in extra:
        chosen = next((word for word in lacking if are_free(word.exact, given.exact)), None)
        if chosen is not None:
            lacking.remove(chosen)
            sentence = sentence.adopt((given.exact,), (chosen,))
    return sentence


def taken(words: Sequence[Word], phrase: Sequence[str]) -> Sequence[Word]:
    place = find(exact(words), phrase)
    return () if place is None else words[place : place + len(phrase)]


def _longest_of(phrases: Sequence[Phrase], words: Sequence[Word]) -> Phrase | None:
    texts = exact(words)
    there = [phrase for phrase in phrases if find(texts, phrase) is not None]
    return max(there, key=len, default=None)


def _lacking(one: Sequence[Word], other: Sequence[Word]) -> list[Word]:
    left = Counter(exact(other))
    lacking = []
    for word in one:
        if left[word.exact]:
            left[word.exact] -= 1
        else:
            lacking.append(word)
    return lacking
