"""Checks that the auxiliary is the right one and that the participle agrees."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.checks.absolutes import of_absolute
from homework_shared.language.checks.governed import bases
from homework_shared.language.data import word_set
from homework_shared.language.italian.nouns import ALL, PLURAL, SINGULAR, Agreement
from homework_shared.language.italian.verbs import Reading, auxiliary, is_participle_alone, readings
from homework_shared.language.reading.parsed import Parsed, Sentence
from homework_shared.language.reading.phrases import ADVERBS, CLITICS, TIMES, determiners, phrase_at
from homework_shared.language.reading.subject import subject_before

_REFLEXIVE = {0: "mi", 1: "ti", 2: "si", 3: "ci", 4: "vi", 5: "si"}
_REFLEXIVE_PRONOUNS = frozenset({*_REFLEXIVE.values(), "m'", "t'", "s'", "c'", "v'", "se", "me", "te"})
# The agreement that a participle has after a direct pronoun and avere.
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


class _Forms(NamedTuple):
    """The readings of a word as an auxiliary or as a participle, taken together. `person` is that of the
    first reading.
    """

    verbs: frozenset[str]
    persons: frozenset[int]
    agreements: Agreement
    person: int


class _Compound(NamedTuple):
    """An auxiliary and a participle, each given by its index in the sentence, with the pronouns before them."""

    helper: int
    participle: int
    pronouns: frozenset[str]
    persons: frozenset[int]
    person: int
    verbs: frozenset[str]
    agreements: Agreement


def problems(parsed: Parsed) -> Iterator[Problem]:
    sentence = parsed.sentence
    for index, word in enumerate(sentence.words):
        helper = _helper(word)
        compound = _compound_at(sentence, index, helper) if helper else None
        if compound is None:
            if is_participle_alone(word):
                yield from of_absolute(sentence, index)
        elif helper and helper.verbs == {"avere"}:
            yield from _of_avere(sentence, compound)
        elif helper and helper.verbs == {"essere"}:
            yield from _of_essere(sentence, compound)


@lru_cache(5000)
def _helper(word: str) -> _Forms | None:
    """The readings of a word as an auxiliary, or None if it may be a form of another verb."""
    found = [reading for reading in readings(word) if reading.tense != "participle"]
    return _forms(found) if all(reading.infinitive in ("avere", "essere") for reading in found) else None


@lru_cache(5000)
def _participle(word: str) -> _Forms | None:
    return _forms([reading for reading in readings(word) if reading.tense == "participle"])


def _forms(found: Sequence[Reading]) -> _Forms | None:
    if not found:
        return None
    verbs, _, persons, agreements = map(frozenset, zip(*found, strict=True))
    return _Forms(verbs, persons, agreements, found[0].person)


def _compound_at(sentence: Sentence, index: int, helper: _Forms) -> _Compound | None:
    after = index + 1
    while after < len(sentence.words) and sentence.words[after] in ADVERBS:
        after += 1
    if after >= len(sentence.words):
        return None
    participle = _participle(sentence.words[after])
    if participle is None:
        return None
    if sentence.words[index] == "sei" and participle.agreements & PLURAL:
        return None  # It may be the number six.
    before = index
    while before > 0 and sentence.words[before - 1] in CLITICS:
        before -= 1
    # A relative pronoun may be the object: "la lettera che ho scritta".
    pronouns = frozenset(sentence.words[max(0, before - 1) : index])
    return _Compound(
        index, after, pronouns, helper.persons, helper.person, participle.verbs, participle.agreements
    )


def _of_avere(sentence: Sentence, compound: _Compound) -> Iterator[Problem]:
    persons = compound.persons
    if all(auxiliary(verb) == "essere" for verb in compound.verbs):
        yield Problem(Check.AUXILIARY, "a verb that takes essere is used with avere")
    elif persons <= _REFLEXIVE.keys() and all(_REFLEXIVE[person] in compound.pronouns for person in persons):
        yield Problem(Check.AUXILIARY, "a reflexive verb is used with avere")
    elif compound.verbs <= word_set("auxiliaries", "avere_with_object") and _lacks_object(sentence, compound):
        yield Problem(Check.AUXILIARY, "a verb that takes avere only with an object has no object")
    if sentence.words[compound.participle] in word_set("auxiliaries", "also_nouns"):
        return  # "ho dati sicuri": here "dati" is a noun
    wanted = _agreement_of_object(sentence, compound)
    if wanted is None and compound.pronouns & _FREE:
        return
    if not compound.agreements & (wanted or frozenset({"ms"})):
        yield Problem(Check.PARTICIPLE, "a participle with avere has the wrong gender or number")


def _agreement_of_object(sentence: Sentence, compound: _Compound) -> Agreement | None:
    """The agreement of the direct pronoun before the verb, or None if there is none for certain."""
    if "le" in compound.pronouns:
        # After another pronoun "le" is a direct object: "te le ho comprate".
        is_second = not compound.pronouns.isdisjoint({"me", "te", "se", "ce", "ve"})
        return _PLURAL_FEMININE if is_second or _has_direct_le(sentence, compound) else None
    return next((_OBJECTS[pronoun] for pronoun in compound.pronouns if pronoun in _OBJECTS), None)


_PLURAL_FEMININE = frozenset({"fp"})


def _has_direct_le(sentence: Sentence, compound: _Compound) -> bool:
    """Whether "le" is the direct object because nothing else can be: "Le ho lasciate sul tavolo"."""
    words, after = sentence.words, compound.participle + 1
    if "le" not in compound.pronouns or not compound.verbs <= word_set("auxiliaries", "with_direct_le"):
        return False
    if not _ASKS_OR_JOINS.isdisjoint(words):
        return False
    if not _ends_clause(words, after):
        return False  # "le ho trovato casa"
    return not any(
        words[at] in determiners()
        and words[at - 1] not in _SIMPLE
        and not _is_contracted(words[at])
        and not (words[at].startswith("de") and _is_contracted(words[at - 2]))
        for at in range(after, len(words))
    ) and not any(
        reading.tense in ("infinitive", "participle") for word in words[after:] for reading in readings(word)
    )


_ASKS_OR_JOINS = frozenset(
    {
        "che",
        "cosa",
        "quale",
        "quali",
        "quanto",
        "quanta",
        "quanti",
        "quante",
        "chi",
        "qualcosa",
        "niente",
        "nulla",
    }
)
_SIMPLE = frozenset(
    {"di", "a", "da", "in", "con", "su", "per", "tra", "fra", "sotto", "dietro", "dopo", "sopra"}
)


def _lacks_object(sentence: Sentence, compound: _Compound) -> bool:
    """Whether nothing that follows can be the object: "i prezzi hanno aumentato molto". Before the verb a pronoun,
    and "che", may be the object.
    """
    words, after = sentence.words, compound.participle + 1
    before = words[: compound.helper]
    if not _MAY_BE_OBJECT.isdisjoint(compound.pronouns) or not {"che", "quanto", "quale", "quali"}.isdisjoint(
        before
    ):
        return False
    while after < len(words) and (words[after] in ADVERBS or words[after] in TIMES):
        after += 1
    rest = words[after:]
    if rest and rest[0] in ("del", "dell'", "di"):
        return "cento" in rest or "%" in rest
    return not rest or rest[0] in ".!;" or rest[0] in _BEFORE_NO_OBJECT


_MAY_BE_OBJECT = frozenset(
    {"lo", "la", "li", "le", "l'", "ne", "n'", "che", "cui", "mi", "ti", "ci", "vi", "si"}
)
_BEFORE_NO_OBJECT = frozenset({"rispetto", "nel", "negli", "dal", "dall'", "dalla", "alle", "al"})


def _of_essere(sentence: Sentence, compound: _Compound) -> Iterator[Problem]:
    words, verbs = sentence.words, compound.verbs
    reflexive = not compound.pronouns.isdisjoint(_REFLEXIVE_PRONOUNS)
    never_passive = word_set("auxiliaries", "never_passive")
    if not reflexive and verbs <= never_passive:
        yield Problem(Check.AUXILIARY, "a verb that takes avere is used with essere")
        return
    if not reflexive and _has_object(sentence, compound):
        yield Problem(Check.AUXILIARY, "a verb that has an object is used with essere")
        return
    if words[compound.helper - 1 : compound.helper] == ("si",) and compound.person == 2:
        subject = subject_before(sentence, compound.helper)
        may_be_object = not _ends_clause(words, compound.participle + 1)
        if subject is None or subject.persons != {2} or may_be_object:
            return  # "si è partiti" is impersonal. "Marta si è comprato un vestito" is right.
    after = words[compound.participle + 1 : compound.participle + 2]
    if verbs <= {"essere", "stare", "diventare"} and after and after[0] in determiners():
        return  # "la causa è stato un guasto": the participle may agree with the predicate noun
    if not compound.agreements & _of_persons(sentence, compound):
        yield Problem(Check.PARTICIPLE, "a participle with essere does not agree with its subject")


def _ends_clause(words: Sequence[str], index: int) -> bool:
    """Whether no object follows: the end, a preposition, or a time."""
    while index < len(words) and (words[index] in ADVERBS or words[index] in TIMES):
        index += 1
    return index >= len(words) or words[index] in _FOLLOWS_CLAUSE or _is_contracted(words[index])


_FOLLOWS_CLAUSE = _SIMPLE | frozenset(".!?,;")


def _is_contracted(word: str) -> bool:
    """Whether the word is one of "al", "dal", "nel", "sul" and their like. "Del pane" may be an object."""
    return bases().get(word) in ("a", "da", "in", "su")


def _has_object(sentence: Sentence, compound: _Compound) -> bool:
    """Finds essere with a verb that has an object: "Siamo visitati il museo". Only the subject can follow a
    passive, and the participle agrees with it.
    """
    after = compound.participle + 1
    verbs = compound.verbs
    with_object = word_set("auxiliaries", "essere_without_object")
    if any(auxiliary(verb) != "avere" and verb not in with_object for verb in verbs):
        return False
    if verbs & word_set("auxiliaries", "naming"):
        return False
    phrase = phrase_at(sentence, after) if after + 1 < len(sentence.words) else None
    if phrase is None or sentence.words[after] not in _DEFINITE or not phrase.agreement:
        return False
    if not TIMES.isdisjoint(sentence.words[after : phrase.end + 1]):
        return False  # "siamo invitati la settimana prossima": a time is no object
    return compound.persons <= {0, 1, 3, 4} or not compound.agreements & phrase.agreement


_DEFINITE = frozenset({"il", "lo", "la", "i", "gli", "le", "l'"})


def _of_persons(sentence: Sentence, compound: _Compound) -> Agreement:
    """The agreements that the subject allows, by the auxiliary's person and by the subject if one stands
    before it.
    """
    persons, wanted = compound.persons, ALL
    if persons <= {0, 1, 2} and -1 not in persons:
        wanted = SINGULAR
    elif persons <= {3, 4, 5}:
        wanted = PLURAL
    subject = subject_before(sentence, compound.helper)
    if subject and subject.persons & {2, 5} and "che" not in compound.pronouns:
        narrowed = wanted & subject.agreement
        return narrowed or wanted
    return wanted
