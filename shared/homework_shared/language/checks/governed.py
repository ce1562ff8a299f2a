"""Checks the prepositions that verbs, adjectives and nouns govern."""

from functools import cache, lru_cache

from homework_shared.language.data import load
from homework_shared.language.italian.verbs import infinitives, is_infinitive_alone
from homework_shared.language.reading.parsed import Sentence
from homework_shared.language.reading.phrases import OPENERS, TIMES, adjectives, determiners
from homework_shared.language.reading.subject import names


def is_wrong_before_infinitive(sentence: Sentence, index: int) -> bool:
    preposition, infinitive = sentence.words[index], sentence.words[index + 1]
    verbs = table("before_infinitives").get(preposition, frozenset())
    if not index or not is_infinitive_alone(infinitive) or not _is_form_of(sentence, index - 1, verbs):
        return False
    # Reflexive verbs differ from the others: "si è decisa a partire", "ci limitiamo a guardare", but "ha
    # deciso di partire".
    reflexive = table("reflexive_infinitives").get(preposition, frozenset())
    return not (
        infinitives(sentence.words[index - 1]) & reflexive
        and not _REFLEXIVES.isdisjoint(sentence.words[max(0, index - 4) : index])
    )


def is_wrong_after_adjective(sentence: Sentence, index: int) -> bool:
    """Finds a wrong preposition after an adjective or a noun: "Orgoglioso per te", "ha paura dai cani"."""
    words = sentence.words
    base = _base_of(words[index])
    if not index:
        return False
    before = words[index - 1]
    if before in table("after_nouns").get(base, frozenset()):
        return index > 1 and "avere" in infinitives(words[index - 2]) and not _names_time(sentence, index + 1)
    stem = before[:-1].removesuffix("h")
    follows = words[index + 1] in _PERSONS or words[index + 1] in _OBJECTS or len(base) < len(words[index])
    return (
        stem in table("after_adjectives").get(base, frozenset())
        and (follows or sentence.is_name(index + 1))
        and _follows_essere(sentence, index - 1)
        and not (base == "di" and {"più", "meno"} & set(words[:index]))  # "più attento di lui"
        and not _names_time(sentence, index + 1)
    )


def _follows_essere(sentence: Sentence, index: int) -> bool:
    return any("essere" in infinitives(word) for word in sentence.words[max(0, index - 2) : index])


def is_wrong_before_object(sentence: Sentence, index: int) -> bool:
    preposition, following = sentence.words[index], sentence.words[index + 1]
    verbs = table("before_objects")[preposition]
    if index == 0:
        return False
    objects = _PEOPLE if preposition == "a" else _OBJECTS
    is_object = sentence.written[index + 1] in names() or following in objects
    if not is_object or not _is_form_of(sentence, index - 1, verbs) or _names_time(sentence, index + 1):
        return False
    return not (preposition == "con" and _is_reflexive_or_passive(sentence, index - 1))


def _names_time(sentence: Sentence, index: int) -> bool:
    """Whether a time follows, which may have any preposition: "Ho aspettato per un'ora"."""
    return not TIMES.isdisjoint(sentence.words[index : index + 3])


def _is_reflexive_or_passive(sentence: Sentence, index: int) -> bool:
    """Whether "con" is right because the verb is reflexive or passive: "Si è sposata con lui", "è sposata con
    lui", but "ha sposato lui".
    """
    before = sentence.words[max(0, index - 3) : index]
    return not _REFLEXIVES.isdisjoint(before) or not any("avere" in infinitives(word) for word in before)


def governs_another(sentence: Sentence, index: int) -> bool:
    """Finds another preposition than the verb governs: "Prescindere ai dati". An article or a pronoun has to
    follow, and the right preposition must not occur later.
    """
    words = sentence.words
    base = _base_of(words[index])
    if not index or (index > 1 and words[index - 2] in OPENERS):
        return False  # "la rinuncia del re": here the word is a noun
    if sentence.is_name(index - 1):
        return False  # "i signori Conti alla fine": here it is a name
    whole = len(base) < len(words[index]) or words[index + 1] in _PERSONS or words[index + 1] in _OBJECTS
    right = _governing().get(_only_infinitive(words[index - 1]), "")
    if not whole or not right or base in right.split() or base not in _CONFUSED:
        return False
    return not any(_base_of(word) in right.split() for word in words[index + 1 :])


def _only_infinitive(word: str) -> str:
    found = infinitives(word)
    return next(iter(found)) if len(found) == 1 else ""


@lru_cache(10_000)
def governs(word: str) -> bool:
    """Whether a word is in one of the tables of what verbs, adjectives and nouns govern. Most words are in
    none.
    """
    verbs = _governing().keys() | frozenset().union(
        *table("before_infinitives").values(), *table("before_objects").values()
    )
    stems = frozenset().union(*table("after_adjectives").values())
    return (
        not verbs.isdisjoint(infinitives(word))
        or word in frozenset().union(*table("after_nouns").values())
        or word[:-1].removesuffix("h") in stems
    )


def _base_of(word: str) -> str:
    """The simple preposition: "del" → "di", "ai" → "a". Empty for another word."""
    return bases().get(word, "")


@cache
def bases() -> dict[str, str]:
    stems = {"di": "de", "a": "a", "da": "da", "in": "ne", "su": "su"}
    endings = ("l", "llo", "lla", "ll'", "i", "gli", "lle")
    found = {stem + ending: base for base, stem in stems.items() for ending in endings}
    return found | {base: base for base in ("di", "a", "da", "in", "su", "con", "per", "ad")}


@cache
def _governing() -> dict[str, str]:
    return dict(load("prepositions")["governing"])


_CONFUSED = frozenset({"di", "a", "da", "su"})


_PERSONS = frozenset({"me", "te", "lui", "lei", "noi", "voi", "loro", "questo", "quello", "tutto"})


_PEOPLE = frozenset(
    {"mio", "mia", "tuo", "tua", "suo", "sua", "me", "te", "lui", "lei", "noi", "voi", "loro"}
)


_REFLEXIVES = frozenset({"mi", "ti", "si", "ci", "vi", "s'", "m'", "t'"})


_OBJECTS = frozenset({
    "il", "la", "lo", "l'", "i", "gli", "le", "un", "una", "uno", "un'", "mio", "mia", "tuo", "tua", "suo", "sua", "me",
    "te", "lui", "lei", "noi", "voi", "loro", "questo", "questa",
})  # fmt: skip


def _is_form_of(sentence: Sentence, index: int, verbs: frozenset[str]) -> bool:
    """Whether the word can only be a form of one of these verbs, and is not a noun as in "il telefono di
    Anna".
    """
    if not verbs or (index and sentence.words[index - 1] in _before_nouns()):
        return False
    found = infinitives(sentence.words[index])
    return bool(found) and found <= verbs


@cache
def _before_nouns() -> frozenset[str]:
    return frozenset((*determiners(), *adjectives(), *table("before_objects")))


@cache
def table(name: str) -> dict[str, frozenset[str]]:
    return {
        preposition: frozenset(verbs.split()) for preposition, verbs in load("prepositions")[name].items()
    }
