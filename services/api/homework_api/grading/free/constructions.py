"""Verbs with what belongs to them: fare vedere, mostrare; prendere parte a, partecipare a."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from homework_api.grading.equivalents import Construction, equivalents, rows_for
from homework_api.grading.free.sentence import Sentence
from homework_api.grading.italian import exact
from homework_api.grading.tables import word_set
from homework_shared.language.italian.verbs import Reading, readings


@dataclass(frozen=True, slots=True)
class _Found:
    """A construction among words: from `start` to before `end`, and the forms that its verb may be."""

    start: int
    end: int
    forms: frozenset[tuple[str, int]]


def equal_constructions(sentence: Sentence) -> Sentence:
    """Where one of two that say the same is expected and the other was given, in the same form."""
    for row in rows_for(equivalents().constructions, sentence.english):
        sentence = _adopt(sentence, row.phrases)
    return sentence


def _adopt(sentence: Sentence, constructions: Sequence[Construction]) -> Sentence:
    expected, given = exact(sentence.expected), exact(sentence.given)
    wanted = next(((each, found) for each in constructions if (found := _find(expected, each))), None)
    if wanted is None:
        return sentence
    construction, here = wanted
    for other in constructions:
        there = _find(given, other) if other != construction else None
        if there and here.forms & there.forms:
            phrase = sentence.expected[here.start : here.end]
            given_now = (*sentence.given[: there.start], *phrase, *sentence.given[there.end :])
            return replace(sentence, given=given_now)
    return sentence


def _find(words: Sequence[str], construction: Construction) -> _Found | None:
    verb, *rest = construction
    pronouns = _pronouns_of(verb)
    base = f"{verb[:-2]}e" if pronouns else verb
    for place, word in enumerate(words):
        forms = frozenset(
            (reading.tense, reading.person) for reading in _readings(word) if reading.infinitive == base
        )
        end = place + 1 + len(rest)
        if not forms or list(words[place + 1 : end]) != rest:
            continue
        if not pronouns:
            return _Found(place, end, forms)
        if place and words[place - 1] in pronouns:
            return _Found(place - 1, end, forms)
    return None


def _pronouns_of(verb: str) -> frozenset[str]:
    """What stands before the forms of alzarsi and of esserci."""
    if verb.endswith("rci"):
        return frozenset({"ci", "c'"})
    return word_set("reflexives") if verb.endswith("rsi") else frozenset()


def _readings(word: str) -> Sequence[Reading]:
    """Far vedere, aver bisogno: an infinitive may lose its last vowel."""
    return readings(f"{word}e") if word.endswith(("ar", "er", "ir")) else readings(word)
