"""Auxiliary and participle: the right one, and in agreement."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.data import word_set
from homework_shared.language.italian.nouns import ALL, PLURAL, SINGULAR, Agreement
from homework_shared.language.italian.verbs import Reading, auxiliary, is_participle_alone, readings
from homework_shared.language.reading.parsed import Parsed, Sentence
from homework_shared.language.reading.phrases import determiners, phrase_at, words_of
from homework_shared.language.reading.subject import SUBJECT_OPENERS, subject_before

_REFLEXIVE = {0: "mi", 1: "ti", 2: "si", 3: "ci", 4: "vi", 5: "si"}
# With which participles a direct pronoun before avere goes.
_OBJECTS: dict[str, Agreement] = {
    "lo": frozenset({"ms"}), "la": frozenset({"fs"}), "li": frozenset({"mp"}), "l'": SINGULAR, "gliela": frozenset({"fs"}),
    "glielo": frozenset({"ms"}), "glieli": frozenset({"mp"}), "gliele": frozenset({"fp"}), "gliel'": SINGULAR,
}  # fmt: skip
_FREE = frozenset(
    {
        "le",
        "ne",
        "mi",
        "ti",
        "ci",
        "vi",
        "m'",
        "t'",
        "c'",
        "v'",
        "n'",
        "che",
        "quanto",
        "quanta",
        "quanti",
        "quante",
    }
)
_ABSOLUTE = frozenset({"volta", "appena", "dopo"})


class _Compound(NamedTuple):
    """An auxiliary and a participle in a sentence, at these indexes, with the pronouns before them."""

    helper: int
    participle: int
    pronouns: frozenset[str]
    helpers: tuple[Reading, ...]
    participles: tuple[Reading, ...]


def problems(parsed: Parsed) -> Iterator[Problem]:
    sentence = parsed.sentence
    for index, word in enumerate(sentence.words):
        if not readings(word):
            continue
        compound = _compound_at(sentence, index, _helpers(word))
        if compound is None:
            yield from _of_absolute(sentence, index)
        elif all(reading.infinitive == "avere" for reading in compound.helpers):
            yield from _of_avere(sentence, compound)
        elif all(reading.infinitive == "essere" for reading in compound.helpers):
            yield from _of_essere(sentence, compound)


@lru_cache(5000)
def _helpers(word: str) -> tuple[Reading, ...]:
    """What a word is as an auxiliary; nothing where it may be another verb."""
    found = tuple(reading for reading in readings(word) if reading.tense != "participle")
    return found if all(reading.infinitive in ("avere", "essere") for reading in found) else ()


def _compound_at(sentence: Sentence, index: int, helpers: tuple[Reading, ...]) -> _Compound | None:
    if not helpers:
        return None
    after = index + 1
    while after < len(sentence.words) and sentence.words[after] in words_of("skip", "adverbs"):
        after += 1
    if after >= len(sentence.words):
        return None
    found = readings(sentence.words[after])
    participles = tuple(reading for reading in found if reading.tense == "participle")
    if not participles:
        return None
    if sentence.words[index] == "sei" and any(reading.agreement.endswith("p") for reading in participles):
        return None  # six of something
    before = index
    while before > 0 and sentence.words[before - 1] in words_of("skip", "clitics"):
        before -= 1
    # A relative pronoun may be the object: "la lettera che ho scritta".
    pronouns = frozenset(sentence.words[max(0, before - 1) : index])
    return _Compound(index, after, pronouns, helpers, participles)


def _of_avere(sentence: Sentence, compound: _Compound) -> Iterator[Problem]:
    verbs = {reading.infinitive for reading in compound.participles}
    persons = {reading.person for reading in compound.helpers}
    if all(auxiliary(verb) == "essere" for verb in verbs):
        yield Problem(Check.AUXILIARY, "a verb that takes essere has avere")
    elif persons <= _REFLEXIVE.keys() and all(_REFLEXIVE[person] in compound.pronouns for person in persons):
        yield Problem(Check.AUXILIARY, "a reflexive verb has avere")
    if sentence.words[compound.participle] in word_set("auxiliaries", "also_nouns"):
        return  # "ho dati sicuri"
    agreements = frozenset(reading.agreement for reading in compound.participles)
    wanted = next((_OBJECTS[pronoun] for pronoun in compound.pronouns if pronoun in _OBJECTS), None)
    if wanted is None and compound.pronouns & _FREE:
        return
    if not agreements & (wanted or frozenset({"ms"})):
        yield Problem(Check.PARTICIPLE, "a participle with avere does not agree as it should")


def _of_essere(sentence: Sentence, compound: _Compound) -> Iterator[Problem]:
    words = sentence.words
    verbs = {reading.infinitive for reading in compound.participles}
    reflexive = bool(
        compound.pronouns & {"mi", "ti", "si", "ci", "vi", "m'", "t'", "s'", "c'", "v'", "se", "me", "te"}
    )
    never_passive = word_set("auxiliaries", "never_passive")
    if not reflexive and verbs <= never_passive:
        yield Problem(Check.AUXILIARY, "a verb that takes avere has essere")
        return
    if not reflexive and _has_object(sentence, compound):
        yield Problem(Check.AUXILIARY, "a verb with an object has essere")
        return
    if words[compound.helper - 1 : compound.helper] == ("si",) and compound.helpers[0].person == 2:
        return  # "si è partiti" is impersonal
    after = words[compound.participle + 1 : compound.participle + 2]
    if verbs <= {"essere", "stare", "diventare"} and after and after[0] in determiners():
        return  # "la causa è stato un guasto": it may agree with what is said of the subject
    agreements = frozenset(reading.agreement for reading in compound.participles)
    if not agreements & _of_persons(sentence, compound):
        yield Problem(Check.PARTICIPLE, "a participle with essere does not agree with its subject")


def _has_object(sentence: Sentence, compound: _Compound) -> bool:
    """ "Siamo visitati il museo": after a passive stands no noun but its subject, which agrees with it."""
    after = compound.participle + 1
    verbs = {reading.infinitive for reading in compound.participles}
    if any(auxiliary(verb) != "avere" for verb in verbs) or verbs & word_set("auxiliaries", "naming"):
        return False
    phrase = phrase_at(sentence, after) if after + 1 < len(sentence.words) else None
    if phrase is None or sentence.words[after] not in _DEFINITE or not phrase.agreement:
        return False
    if not words_of("skip", "times").isdisjoint(sentence.words[after : phrase.end + 1]):
        return False  # "siamo invitati la settimana prossima"
    persons = {reading.person for reading in compound.helpers}
    agreements = {reading.agreement for reading in compound.participles}
    return persons <= {0, 1, 3, 4} or not agreements & phrase.agreement


_DEFINITE = frozenset({"il", "lo", "la", "i", "gli", "le", "l'"})


def _of_persons(sentence: Sentence, compound: _Compound) -> Agreement:
    """What the subject may be: by the auxiliary's person, and by the subject where there is one before it."""
    persons = {reading.person for reading in compound.helpers}
    wanted = ALL
    if persons <= {0, 1, 2} and -1 not in persons:
        wanted = SINGULAR
    elif persons <= {3, 4, 5}:
        wanted = PLURAL
    subject = subject_before(sentence, compound.helper)
    if subject and subject.persons & {2, 5} and "che" not in compound.pronouns:
        narrowed = wanted & subject.agreement
        return narrowed or wanted
    return wanted


def _of_absolute(sentence: Sentence, index: int) -> Iterator[Problem]:
    """ "Una volta approvata la riforma": a participle without an auxiliary agrees with its noun."""
    words = sentence.words
    if not is_participle_alone(words[index]) or index + 2 >= len(words):
        return
    phrase = phrase_at(sentence, index + 1)
    # The whole answer of a translation opens with it: "Firmate le lettere, uscì".
    opens = sentence.opens(index) and (
        index != sentence.start or (phrase and words[phrase.end : phrase.end + 1] == (",",))
    )
    if not (opens or (index and words[index - 1] in _ABSOLUTE)):
        return
    opens_with_article = phrase is not None and words[phrase.start] in SUBJECT_OPENERS
    if (
        phrase
        and opens_with_article
        and phrase.agreement
        and not phrase.agreement & {reading.agreement for reading in readings(words[index])}
    ):
        yield Problem(Check.PARTICIPLE, "a participle does not agree with the noun after it")
