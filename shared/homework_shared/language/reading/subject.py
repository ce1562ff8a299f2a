"""Finds the subject that stands before a verb: a pronoun, a name, a noun phrase, or two of them with "e"."""

from functools import cache
from typing import NamedTuple

from homework_shared.language.data import load
from homework_shared.language.italian.nouns import ALL, FEMININE, MASCULINE, PLURAL, SINGULAR, Agreement
from homework_shared.language.italian.verbs import is_verb_form
from homework_shared.language.reading.parsed import Sentence
from homework_shared.language.reading.phrases import (
    ADVERBS,
    CLITICS,
    OPENERS,
    TIMES,
    NounPhrase,
    adjectives,
    determiners,
    phrase_at,
)

PRONOUNS = {
    "io": 0, "tu": 1, "lui": 2, "lei": 2, "egli": 2, "ella": 2, "nessuno": 2, "qualcuno": 2, "ognuno": 2, "chiunque": 2,
    "noi": 3, "voi": 4, "loro": 5, "essi": 5, "esse": 5,
}  # fmt: skip
_GENDERS = {"lui": "ms", "egli": "ms", "ella": "fs", "essi": "mp", "esse": "fp"}
_CONJUNCTIONS = frozenset({
    ",", "che", "quando", "se", "mentre", "perché", "ma", "come", "dove", "benché", "sebbene", "affinché", "purché",
    "prima", "dopo", "finché", "appena", "quindi", "però", "così", "allora", "poiché", "anche", "neanche", "nonostante",
    "qualora", "magari", "infatti", "intanto", "quanto", "dunque", "nemmeno",
})  # fmt: skip
_OBJECTS = frozenset({"lo", "la", "li", "le", "l'", "ne"})
_COLLECTIVE = frozenset({
    "parte", "maggioranza", "serie", "paio", "decina", "centinaio", "migliaio", "coppia", "gruppo", "numero", "quantità",
    "metà", "milione", "miliardo", "mucchio", "sacco", "folla", "percentuale", "branco", "stormo", "minoranza", "sorta", "specie", "totalità", "dozzina", "ventina", "trentina", "infinità", "tipo",
})  # fmt: skip
_PREPOSITIONS = ("del", "dell'", "della", "dello", "dei", "degli", "delle", "di")
_LONGEST_PHRASE = 5


class Subject(NamedTuple):
    persons: frozenset[int]
    agreement: Agreement


def subject_before(sentence: Sentence, verb: int) -> Subject | None:
    """The subject of the verb at an index, or None if there is none or it is not certain."""
    words, end = sentence.words, verb
    while end > 0 and (words[end - 1] in CLITICS or words[end - 1] in ADVERBS):
        end -= 1
    objects = _OBJECTS & set(words[end:verb])
    found = _ending_at(sentence, end)
    if found is None:
        return None
    start, subject = found
    if objects and words[end - 1] not in PRONOUNS:
        return None  # In "il pane lo compro io" the first noun phrase is the object.
    return _with_what_is_joined(sentence, start, subject)


def _ending_at(sentence: Sentence, end: int) -> tuple[int, Subject] | None:
    """The start of a subject that ends at `end`, and the subject."""
    if end == 0:
        return None
    word = sentence.words[end - 1]
    if word in PRONOUNS:
        gender = _GENDERS.get(word)
        return end - 1, Subject(frozenset({PRONOUNS[word]}), frozenset({gender}) if gender else ALL)
    if agreement := names().get(sentence.written[end - 1]):
        return _of_name(sentence, end, agreement)
    phrase = _phrase_ending_at(sentence, end)
    return _of_phrase(sentence, phrase) if phrase else None


def _of_name(sentence: Sentence, end: int, agreement: Agreement) -> tuple[int, Subject] | None:
    before = sentence.words[end - 2] if end > 1 else ""
    if before in _PREPOSITIONS:
        phrase = _phrase_ending_at(sentence, end - 2)
        return _of_phrase(sentence, phrase) if phrase else None
    whole = _phrase_ending_at(sentence, end - 1)  # "la mia collega Laura"
    if whole and whole.agreement & agreement and TIMES.isdisjoint(sentence.words[whole.start : whole.end]):
        return whole.start, Subject(frozenset({2}), whole.agreement & agreement)
    return end - 1, Subject(frozenset({2}), agreement)


def _of_phrase(sentence: Sentence, phrase: NounPhrase) -> tuple[int, Subject] | None:
    words = sentence.words[phrase.start : phrase.end]
    times = TIMES
    if not phrase.agreement or any(word in times or word in _COLLECTIVE for word in words):
        return None
    if words[0] in _PREPOSITIONS and phrase.start:
        outer = _phrase_ending_at(sentence, phrase.start)
        return _of_phrase(sentence, outer) if outer else None
    if words[0] not in SUBJECT_OPENERS:
        return None
    persons = {2} if phrase.agreement <= SINGULAR else {5} if phrase.agreement <= PLURAL else {2, 5}
    return phrase.start, Subject(frozenset(persons), phrase.agreement)


SUBJECT_OPENERS = frozenset(
    [
        "il",
        "un",
        "uno",
        "una",
        "i",
        "gli",
        "la",
        "le",
        "lo",
        "l'",
        "un'",
        "quel",
        "quella",
        "quei",
        "quegli",
        "quelle",
        "questo",
        "questa",
        "questi",
        "queste",
        "mio",
        "mia",
        "miei",
        "mie",
        "tuo",
        "tua",
        "tuoi",
        "tue",
        "suo",
        "sua",
        "suoi",
        "sue",
        "nostro",
        "nostra",
        "nostri",
        "nostre",
        "vostro",
        "vostra",
        "vostri",
        "vostre",
        "alcuni",
        "alcune",
        "molti",
        "molte",
        "parecchi",
        "parecchie",
        "pochi",
        "poche",
        "tanti",
        "tante",
        "ogni",
        "qualche",
        "quell'",
    ]
)


def _phrase_ending_at(sentence: Sentence, end: int) -> NounPhrase | None:
    for start in range(end - 2, max(-1, end - 1 - _LONGEST_PHRASE), -1):
        phrase = phrase_at(sentence, start) if sentence.words[start] in OPENERS else None
        if phrase is None:
            continue
        if phrase.start and phrase_at(sentence, phrase.start - 1) is not None:
            continue  # The first word of "la mia amica" begins the noun phrase.
        if phrase.end == end or (phrase.end == end - 1 and sentence.words[end - 1] in adjectives()):
            return phrase
    return None


def _with_what_is_joined(sentence: Sentence, start: int, subject: Subject) -> Subject | None:
    """The subject together with what is joined to it: "Marco e io" is first person plural. None after a word
    that excludes a subject.
    """
    before = sentence.words[start - 1] if start else ""
    if not start or sentence.begins(start) or before in _CONJUNCTIONS or before in TIMES:
        return subject
    if _follows_opening_place(sentence, start):
        return subject
    if before in ("e", "ed"):
        first = _ending_at(sentence, start - 1)
        return _joined(first[1], subject) if first and _stands_free(sentence, first[0]) else None
    return subject if before in ADVERBS else None


def _follows_opening_place(sentence: Sentence, start: int) -> bool:
    """Whether only a preposition and its noun stand before the subject: "In montagna le notti sono fredde", "nel
    parco i bambini giocano".
    """
    words, noun = sentence.words, start - 1
    if noun < 1 or not words[noun][0].isalpha() or words[noun] in determiners():
        return False
    opens = noun - 1 if words[noun - 1] in _OPEN_PLACE else noun - 2
    is_place = opens >= 0 and words[opens] in _OPEN_PLACE and sentence.begins(opens)
    return (
        is_place and (opens == noun - 1 or words[noun - 1] in determiners()) and not is_verb_form(words[noun])
    )


_OPEN_PLACE = frozenset({
    "a", "in", "nel", "nello", "nella", "nei", "negli", "nelle", "nell'", "al", "allo", "alla", "ai", "all'", "sul", "sulla",
    "sui", "sulle", "sull'", "per", "su",
})  # fmt: skip


def _stands_free(sentence: Sentence, start: int) -> bool:
    before = sentence.words[start - 1] if start else ""
    return (
        not start or sentence.begins(start) or before in _CONJUNCTIONS or before in TIMES or before in ADVERBS
    )


def _joined(first: Subject, second: Subject) -> Subject:
    persons = first.persons | second.persons
    person = 3 if persons & {0, 3} else 4 if persons & {1, 4} else 5
    feminine = first.agreement <= FEMININE and second.agreement <= FEMININE
    masculine = first.agreement <= MASCULINE or second.agreement <= MASCULINE
    agreement = frozenset({"fp"}) if feminine else frozenset({"mp"}) if masculine else PLURAL
    return Subject(frozenset({person}), agreement)


@cache
def names() -> dict[str, Agreement]:
    names = load("names")
    return {name: frozenset({f"{gender}s"}) for gender in ("m", "f") for name in names[gender].split()}
