"""Phrases, nouns and verbs that say the same."""

from collections.abc import Iterator
from itertools import pairwise

from homework_api.grading.equivalents import Phrase, equivalents, rows_for
from homework_api.grading.free.determiners import same_before
from homework_api.grading.free.sentence import Sentence, adopt_phrase, adopt_words, find, taken
from homework_api.grading.italian import exact
from homework_api.grading.tables import word_set
from homework_shared.language.italian.nouns import agreement_of


def equal_phrases(sentence: Sentence) -> Sentence:
    """molti amici, tanti amici; la sera, di sera; un tempo, in passato."""
    for row in rows_for(equivalents().phrases, sentence.english):
        adopted = adopt_phrase(sentence, row.phrases)
        if adopted is not sentence:
            sentence = same_before(sentence, adopted)
    return sentence


def equal_nouns(sentence: Sentence) -> Sentence:
    """nel racconto, nella storia: the noun, and the article that came with it."""
    for row in rows_for(equivalents().nouns, sentence.english):
        adopted = adopt_phrase(sentence, row.phrases)
        if adopted is not sentence and not _is_of_open_gender(sentence, adopted):
            sentence = same_before(sentence, adopted)
    return sentence


def _is_of_open_gender(sentence: Sentence, adopted: Sentence) -> bool:
    """Un medico and una dottoressa: the one in the other's place is right only if all that agrees follows."""
    old, new = set(exact(sentence.given)), set(exact(adopted.given))
    people = equivalents().open_gender.keys()
    return any(
        not agreement_of(one) & agreement_of(other)
        for one in (old - new) & people
        for other in (new - old) & people
    )


def equal_verbs(sentence: Sentence) -> Sentence:
    """comincia, inizia: the same form of another verb."""
    table = equivalents()
    return adopt_words(sentence, lambda one, other: table.same_verb(one, other, sentence.english))


def places(sentence: Sentence) -> Sentence:
    """in zona, nella zona; in camera, nella camera."""
    inside = word_set("inside")
    for wanted, noun in pairwise(exact(sentence.expected)):
        written = next((before for before, word in pairwise(exact(sentence.given)) if word == noun), "")
        if {wanted, written} <= inside and wanted != written and "in" in (wanted, written):
            sentence = sentence.adopt((written, noun), taken(sentence.expected, (wanted, noun)))
    return sentence


def months_and_languages(sentence: Sentence) -> Sentence:
    """a maggio, in maggio; studiare l'italiano, studiare italiano."""
    for wanted in _expected_before(sentence, word_set("months")):
        sentence = adopt_phrase(sentence, [("a", wanted[-1]), ("in", wanted[-1])])
    for wanted in _expected_before(sentence, word_set("languages")):
        if wanted[0] == "l'" and find(exact(sentence.given), wanted) is None:
            sentence = sentence.adopt(wanted[1:], taken(sentence.expected, wanted))
        elif wanted[0] != "l'" and find(exact(sentence.expected), ("l'", wanted[1])) is None:
            sentence = sentence.adopt(("l'", wanted[1]), taken(sentence.expected, wanted[1:]))
    return sentence


def _expected_before(sentence: Sentence, nouns: frozenset[str]) -> Iterator[Phrase]:
    yield from (pair for pair in pairwise(exact(sentence.expected)) if pair[1] in nouns)
