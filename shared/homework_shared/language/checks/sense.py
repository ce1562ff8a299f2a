"""A sentence that cannot be meant: a thing that eats, a window that is eaten."""

from collections.abc import Iterator

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.data import word_set
from homework_shared.language.italian.verbs import FINITE, readings
from homework_shared.language.reading.parsed import Parsed, Sentence
from homework_shared.language.reading.phrases import determiners, words_of


def problems(parsed: Parsed) -> Iterator[Problem]:
    sentence = parsed.sentence
    for index in range(len(sentence.words)):
        found = readings(sentence.words[index])
        verbs = frozenset(reading.infinitive for reading in found)
        if not found or not any(reading.tense in FINITE | {"participle"} for reading in found):
            continue
        if verbs <= word_set("sense", "of_people") and _is_thing_before(sentence, index):
            yield Problem(Check.SENSE, "a thing does what only people do")
        elif verbs <= word_set("sense", "eat") and _is_inedible_after(sentence, index):
            yield Problem(Check.SENSE, "one eats or drinks what nobody does")


def _is_thing_before(sentence: Sentence, index: int) -> bool:
    """Right before the verb, with its article, and no auxiliary between: "è mangiato" may be a passive."""
    before = index - 1
    while before > 0 and sentence.words[before] in words_of("skip", "adverbs"):
        before -= 1
    if before > 0 and sentence.words[before] in ("ha", "hanno", "aveva", "avevano"):
        before -= 1
    noun, article = (
        sentence.words[before] if before > 0 else "",
        sentence.words[before - 1] if before > 0 else "",
    )
    if noun not in word_set("sense", "things") or article not in (
        "il",
        "la",
        "lo",
        "i",
        "le",
        "gli",
        "l'",
        "un",
        "una",
        "un'",
    ):
        return False
    # Only as the subject: at the start, or after a time: "ogni mattina il frigorifero mangia".
    start = before - 1
    return (
        start == 0
        or sentence.opens(start)
        or sentence.words[start - 1] in words_of("skip", "times") | {",", "che", "mentre"}
    )


def _is_inedible_after(sentence: Sentence, index: int) -> bool:
    after = sentence.words[index + 1 : index + 4]
    if not after or (after[0] not in determiners() and after[0] not in words_of("skip", "adverbs")):
        return False
    noun = next(
        (word for word in after if word not in determiners() and word not in words_of("skip", "adverbs")), ""
    )
    return noun in word_set("sense", "not_eaten")
