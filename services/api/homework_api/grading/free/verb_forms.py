"""Forms of verbs that say the same in this sentence."""

import re
from collections.abc import Iterator
from itertools import pairwise

from homework_api.grading.free.sentence import Sentence, adopt_words, find, taken
from homework_api.grading.italian import exact, words
from homework_api.grading.tables import word_set
from homework_shared.language.italian.verbs import forms_of, readings

_SIMPLE = frozenset({
    "present", "imperfect", "future", "remote", "conditional", "subjunctive_present", "subjunctive_imperfect",
})  # fmt: skip
_BE_DOING = re.compile(r"\b(?:am|are|is|was|were|be|been)\b(?: \w+){0,2} \w+ing\b")
_WILL = re.compile(r"\bwill\b|'ll\b")
_OPENS_A_CONDITION = frozenset({"se", "quando", "appena"})


def progressive(sentence: Sentence) -> Sentence:
    """ "Is talking" is parla or sta parlando; where stare was asked for, only that is right."""
    if not _BE_DOING.search(sentence.english) or any(map(_is_of_stare, exact(sentence.expected))):
        return sentence
    given = exact(sentence.given)
    for place in range(len(given) - 1):
        for form in _simple_forms(given[place], given[place + 1]):
            return sentence.adopt(given[place : place + 2], words(form))
    return sentence


def passive_with_venire(sentence: Sentence) -> Sentence:
    """è attraversata, viene attraversata: in the simple tenses either is the passive."""
    return adopt_words(sentence, _are_essere_and_venire)


def pronoun_of_the_gerund(sentence: Sentence) -> Sentence:
    """sta lavandosi, si sta lavando."""
    given = exact(sentence.given)
    for place, (before, word) in enumerate(pairwise(given)):
        for pronoun in word_set("gerund_pronouns"):
            gerund = word.removesuffix(pronoun)
            if gerund != word and gerund.endswith("ndo") and _is_of_stare(before):
                return sentence.adopt(given[place : place + 2], words(f"{pronoun} {before} {gerund}"))
    return sentence


def simple_past(sentence: Sentence) -> Sentence:
    """ "Fu fotografato", "è stato fotografato": English has one past, unless the exercise names the tense."""
    if "(passato remoto)" in sentence.english:
        return sentence
    expected, given = exact(sentence.expected), exact(sentence.given)
    for one, other in (("è", "fu"), ("sono", "furono")):
        for been in ("stato", "stata", "stati", "state"):
            if find(expected, (one, been)) is not None and find(given, (one, been)) is None:
                sentence = sentence.adopt((other,), taken(sentence.expected, (one, been)))
    return sentence


def either_auxiliary(sentence: Sentence) -> Sentence:
    """è squillato, ha squillato: verbs that mean the same with essere and with avere."""
    given = exact(sentence.given)
    for place, (auxiliary, participle) in enumerate(pairwise(given)):
        if participle[:-1] not in word_set("with_either_auxiliary"):
            continue
        for wanted, (one, other) in zip(
            pairwise(sentence.expected), pairwise(exact(sentence.expected)), strict=True
        ):
            if other[:-1] == participle[:-1] and _are_auxiliaries(one, auxiliary):
                return sentence.adopt(given[place : place + 2], wanted)
    return sentence


def future_after_if(sentence: Sentence) -> Sentence:
    """ "If she has time, she will …": se ha tempo or se avrà tempo."""
    if not _WILL.search(sentence.english) or _OPENS_A_CONDITION.isdisjoint(exact(sentence.given)):
        return sentence
    return adopt_words(sentence, _are_present_and_future)


def _are_present_and_future(one: str, other: str) -> bool:
    return any(
        other in forms_of(reading.infinitive, "future", reading.person)
        for reading in readings(one)
        if reading.tense == "present"
    )


def _is_of_stare(word: str) -> bool:
    return any(reading.infinitive == "stare" for reading in readings(word))


def _simple_forms(auxiliary: str, gerund: str) -> Iterator[str]:
    """sta parlando → parla, and in the other tenses alike."""
    verbs = [reading.infinitive for reading in readings(gerund) if reading.tense == "gerund"]
    for reading in readings(auxiliary):
        if reading.infinitive == "stare" and reading.tense in _SIMPLE:
            for verb in verbs:
                yield from forms_of(verb, reading.tense, reading.person)


def _are_auxiliaries(one: str, other: str) -> bool:
    """The same form of essere and of avere."""
    return any(
        {a.infinitive, b.infinitive} == {"essere", "avere"} and a[1:] == b[1:]
        for a in readings(one)
        for b in readings(other)
    )


def _are_essere_and_venire(one: str, other: str) -> bool:
    return any(
        (a.infinitive, b.infinitive) in (("essere", "venire"), ("venire", "essere"))
        and (a.tense, a.person) == (b.tense, b.person)
        and a.tense in _SIMPLE
        for a in readings(one)
        for b in readings(other)
    )
