"""Italian is Italian, and English is English."""

from collections.abc import Iterator, Sequence

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.data import word_set
from homework_shared.language.italian.verbs import infinitives
from homework_shared.language.italian.words import is_english, is_italian, lemma
from homework_shared.language.reading.parsed import Parsed, Sentence
from homework_shared.language.reading.phrases import words_of
from homework_shared.language.reading.text import small, tokens, without_parentheses, without_quotes

_SHARE_OF_ENGLISH = 0.75
_FEW = 3


def problems(parsed: Parsed) -> Iterator[Problem]:
    yield from _of_italian(parsed.sentence)
    if parsed.english:
        yield from _of_english(parsed.english)
    yield from _of_explanation(parsed)


def _is_plainly_english(sentence: Sentence, index: int) -> bool:
    return sentence.words[index] in word_set("language", "english")


def _of_italian(sentence: Sentence) -> Iterator[Problem]:
    english = sum(word in word_set("language", "english") for word in sentence.words)
    italian = sum(word in word_set("language", "italian") for word in sentence.words)
    if english > italian:
        yield Problem(Check.LANGUAGE, "what should be Italian is English")


def _of_english(text: str) -> Iterator[Problem]:
    written = [token for token in tokens(text) if token[0].isalpha()]
    lettered = [small(token) for token in written]
    if _leans_to_italian(lettered):
        yield Problem(Check.LANGUAGE, "the question is not English")
    foreign = [word for token, word in zip(written, lettered, strict=True) if _is_foreign(token, word)]
    if foreign:
        yield Problem(Check.ENGLISH, "a word of the question is not English")


def _is_foreign(token: str, word: str) -> bool:
    return (
        token[0].islower()
        and len(word) > 2
        and is_italian(word)
        and not is_english(word)
        and word not in word_set("language", "loanwords")
    )


def _of_explanation(parsed: Parsed) -> Iterator[Problem]:
    # What is quoted or stands in parentheses may be Italian.
    outside = without_parentheses(without_quotes(parsed.exercise.explanation))
    written = [token for token in tokens(outside) if token[0].isalpha() and len(token) > 1]
    # Words of the exercise and of grammar are Italian without quotation marks too: "Andare takes essere".
    own = _words_it_may_name(parsed)
    lettered = [word for word in map(small, written) if word not in own or is_english(word)]
    known = sum(is_english(word) for word in lettered)
    if _leans_to_italian(lettered) or (
        len(lettered) > _FEW and known < _SHARE_OF_ENGLISH * len(lettered) - 1
    ):
        yield Problem(Check.EXPLANATION_LANGUAGE, "the explanation is not English")


def _words_it_may_name(parsed: Parsed) -> set[str]:
    """The words of the exercise with their base forms, and what Italian grammars call things."""
    exercise = parsed.exercise
    texts = (exercise.question, exercise.correct_answer, *(exercise.options or ()))
    words = {token for text in texts for token in tokens(small(text))}
    bases = {verb for word in words for verb in infinitives(word)} | {lemma(word) for word in words}
    return words | bases | words_of("skip", "clitics") | word_set("explanation", "terms")


def _leans_to_italian(lettered: Sequence[str]) -> bool:
    # One word is no proof: "film" and "e" pass for both.
    italian = sum(word in word_set("language", "italian") for word in lettered)
    return italian > sum(word in word_set("language", "english") for word in lettered) + 1
