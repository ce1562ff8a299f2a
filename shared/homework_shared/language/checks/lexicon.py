"""Every word of the Italian sentence is an Italian word, names excepted."""

from collections.abc import Iterator

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.italian.lexicon import is_word
from homework_shared.language.reading.parsed import Parsed, Sentence


def problems(parsed: Parsed) -> Iterator[Problem]:
    sentence = parsed.sentence
    if any(_is_unknown(sentence, index) for index in range(len(sentence.words))):
        yield Problem(Check.UNKNOWN_WORD, "a word stands in no Italian word list")


def _is_unknown(sentence: Sentence, index: int) -> bool:
    word, written = sentence.words[index], sentence.written[index]
    return len(word) > 1 and word[0].isalpha() and not written[0].isupper() and not is_word(word)
