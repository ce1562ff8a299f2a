"""Prepositions of place, before infinitives, after verbs, and of fixed phrases, where a rule tells."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import NamedTuple

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.data import load, word_set
from homework_shared.language.italian.verbs import infinitives, is_infinitive_alone
from homework_shared.language.reading.matching import PhraseList
from homework_shared.language.reading.parsed import Parsed, Sentence
from homework_shared.language.reading.phrases import adjectives, determiners, words_of
from homework_shared.language.reading.subject import names

_NEAR = 4


def problems(parsed: Parsed) -> Iterator[Problem]:
    sentence, rules = parsed.sentence, _rules()
    broken = {
        number
        for index, word in enumerate(sentence.words[:-1])
        for number in _rules_of().get(word, ())
        if rules[number].is_broken(sentence, index)
    }
    yield from (rules[number].problem for number in sorted(broken))
    if _has_wrong_phrase(sentence):
        yield Problem(Check.PREPOSITION, "a phrase has another preposition")


class _Rule(NamedTuple):
    """What is wrong at one of these words, where another one follows."""

    problem: Problem
    words: frozenset[str]
    is_broken: Callable[[Sentence, int], bool]


@cache
def _rules() -> tuple[_Rule, ...]:
    based, infinitive = _bases(), _table("before_infinitives")
    return (
        _rule("a city takes a, a country or region in", {"a", "in", "ad"}, _is_wrong_place),
        _rule(
            "the verb takes another preposition before an infinitive", infinitive, _is_wrong_before_infinitive
        ),
        _rule(
            "the verb takes another preposition, or none", _table("before_objects"), _is_wrong_before_object
        ),
        _rule("the verb governs another preposition", based, _governs_another),
        _rule("the adjective or noun takes another preposition", based, _is_wrong_after_adjective),
        _rule("one goes da persons", {"al", "alla", "all'", "nel", "nella"}, _is_at_person),
        _rule(
            "a singular family noun with a possessive has no article",
            _WITH_ARTICLE,
            _has_article_before_relative,
            Check.ARTICLE,
        ),
        _rule("the relative superlative takes di", {"più", "meno"}, _is_in_superlative),
    )


def _rule(
    detail: str,
    words: Iterable[str],
    is_broken: Callable[[Sentence, int], bool],
    check: Check = Check.PREPOSITION,
) -> _Rule:
    return _Rule(Problem(check, detail), frozenset(words), is_broken)


@cache
def _rules_of() -> dict[str, list[int]]:
    """The numbers of the rules by the words at which they can be broken: most words have none."""
    found: dict[str, list[int]] = {}
    for number, rule in enumerate(_rules()):
        for word in rule.words:
            found.setdefault(word, []).append(number)
    return found


def _is_wrong_place(sentence: Sentence, index: int) -> bool:
    preposition, place = sentence.words[index], sentence.words[index + 1]
    if not sentence.written[index + 1][0].isupper():
        return False
    wrong = "cities" if preposition == "in" else "regions"
    # "in Roma antica", "in tutta Roma" and "l'amore a Venezia" are rare: only after a verb of place.
    return place in word_set("prepositions", wrong) and _verb_before(sentence, index, _verbs_of_place())


def _is_wrong_before_infinitive(sentence: Sentence, index: int) -> bool:
    preposition, infinitive = sentence.words[index], sentence.words[index + 1]
    verbs = _table("before_infinitives").get(preposition, frozenset())
    if not index or not is_infinitive_alone(infinitive) or not _is_form_of(sentence, index - 1, verbs):
        return False
    # "Si è decisa a partire", "ci limitiamo a guardare", but "ha deciso di partire".
    reflexive = _table("reflexive_infinitives").get(preposition, frozenset())
    return not (
        infinitives(sentence.words[index - 1]) & reflexive
        and not _REFLEXIVES.isdisjoint(sentence.words[max(0, index - 4) : index])
    )


def _is_wrong_after_adjective(sentence: Sentence, index: int) -> bool:
    """ "Orgoglioso per te", "ha paura dai cani": adjectives and nouns govern as verbs do."""
    words = sentence.words
    base = _base_of(words[index])
    if not index:
        return False
    before = words[index - 1]
    if before in _table("after_nouns").get(base, frozenset()):
        return index > 1 and "avere" in infinitives(words[index - 2]) and not _names_time(sentence, index + 1)
    stem = before[:-1].removesuffix("h")
    follows = words[index + 1] in _PERSONS or words[index + 1] in _OBJECTS or len(base) < len(words[index])
    return (
        stem in _table("after_adjectives").get(base, frozenset())
        and (follows or sentence.is_name(index + 1))
        and _follows_essere(sentence, index - 1)
        and not (base == "di" and {"più", "meno"} & set(words[:index]))  # "più attento di lui"
        and not _names_time(sentence, index + 1)
    )


def _follows_essere(sentence: Sentence, index: int) -> bool:
    return any("essere" in infinitives(word) for word in sentence.words[max(0, index - 2) : index])


def _is_wrong_before_object(sentence: Sentence, index: int) -> bool:
    preposition, following = sentence.words[index], sentence.words[index + 1]
    verbs = _table("before_objects")[preposition]
    if index == 0:
        return False
    objects = _PEOPLE if preposition == "a" else _OBJECTS
    is_object = sentence.written[index + 1] in names() or following in objects
    if not is_object or not _is_form_of(sentence, index - 1, verbs) or _names_time(sentence, index + 1):
        return False
    return not (preposition == "con" and _is_reflexive_or_passive(sentence, index - 1))


def _names_time(sentence: Sentence, index: int) -> bool:
    """ "Ho aspettato per un'ora": what follows is how long it took."""
    return not words_of("skip", "times").isdisjoint(sentence.words[index : index + 3])


def _is_reflexive_or_passive(sentence: Sentence, index: int) -> bool:
    """ "Si è sposata con lui", "è sposata con lui", but "ha sposato lui"."""
    before = sentence.words[max(0, index - 3) : index]
    return not _REFLEXIVES.isdisjoint(before) or not any("avere" in infinitives(word) for word in before)


def _has_wrong_phrase(sentence: Sentence) -> bool:
    words, spans = sentence.words, _phrases().spans(sentence.words)
    for start, _ in spans:
        # "Da lontano la città sembra piccola", "intorno il silenzio era totale": an adverb of its own.
        stands_alone = start == 0 or words[start - 1] in _BEFORE_ADVERBS
        if not (stands_alone and words[start] in _PLACES):
            return True
    begun = {start for start, _ in spans}
    for start, end in _last_phrases().spans(words):
        if start not in begun and (end == len(words) or words[end] in _AFTER_LAST):
            return True
    return False


def _governs_another(sentence: Sentence, index: int) -> bool:
    """ "Prescindere ai dati": an article or a pronoun follows the preposition, and the right one comes no more."""
    words = sentence.words
    base = _base_of(words[index])
    if not index or (index > 1 and words[index - 2] in words_of("openers", "words")):
        return False  # "la rinuncia del re": a noun
    if sentence.is_name(index - 1):
        return False  # "i signori Conti alla fine"
    whole = len(base) < len(words[index]) or words[index + 1] in _PERSONS or words[index + 1] in _OBJECTS
    right = _governing().get(_only_infinitive(words[index - 1]), "")
    if not whole or not right or base in right.split() or base not in _CONFUSED:
        return False
    return not any(_base_of(word) in right.split() for word in words[index + 1 :])


def _only_infinitive(word: str) -> str:
    found = infinitives(word)
    return next(iter(found)) if len(found) == 1 else ""


def _is_at_person(sentence: Sentence, index: int) -> bool:
    """ "Andiamo al dentista"; but "il premio è andato al medico"."""
    words = sentence.words
    person = words[index + 1] in word_set("prepositions", "visited")
    if not person or not index:
        return False
    if "andare" not in infinitives(words[index - 1]):
        return False
    return not any(word in ("premio", "parola", "merito", "eredità", "grazie", "pensiero") for word in words)


def _has_article_before_relative(sentence: Sentence, index: int) -> bool:
    """ "Della mia madre"; but "la mia sorella maggiore", "la mia zia di Roma", "la mia madre lingua"."""
    words = sentence.words
    if index + 2 >= len(words) or words[index + 1] not in _POSSESSIVES:
        return False
    if words[index + 2] not in word_set("prepositions", "relatives"):
        return False
    after = words[index + 3 : index + 4]
    return not after or after[0] in ".,!?;:" or (after[0] in _AFTER_RELATIVE)


def _is_in_superlative(sentence: Sentence, index: int) -> bool:
    """ "L'uomo più generoso nel mondo"; but "il più diffuso nel mondo", of where it is so."""
    words = sentence.words
    if index + 3 >= len(words) or words[index + 1] in _KNOWN_SOMEWHERE:
        return False
    article = any(word in _DEFINITE for word in words[max(0, index - 3) : index])
    adjective = words[index + 1]
    if not article or (
        adjective not in adjectives() and not adjective.endswith(("oso", "osa", "osi", "ose"))
    ):
        return False
    return (words[index + 2], words[index + 3]) in _GROUPS


def _base_of(word: str) -> str:
    """ "del" → "di", "ai" → "a"; nothing of what is no preposition."""
    return _bases().get(word, "")


@cache
def _bases() -> dict[str, str]:
    stems = {"di": "de", "a": "a", "da": "da", "in": "ne", "su": "su"}
    endings = ("l", "llo", "lla", "ll'", "i", "gli", "lle")
    found = {stem + ending: base for base, stem in stems.items() for ending in endings}
    return found | {base: base for base in ("di", "a", "da", "in", "su", "con", "per", "ad")}


@cache
def _governing() -> dict[str, str]:
    return dict(load("prepositions")["governing"])


_CONFUSED = frozenset({"di", "a", "da", "su"})
_PERSONS = frozenset({"me", "te", "lui", "lei", "noi", "voi", "loro", "questo", "quello", "tutto"})
_POSSESSIVES = frozenset({"mio", "mia", "tuo", "tua", "suo", "sua", "nostro", "nostra", "vostro", "vostra"})
_WITH_ARTICLE = frozenset({
    "il", "la", "del", "della", "al", "alla", "dal", "dalla", "nel", "nella", "sul", "sulla",
})  # fmt: skip
_AFTER_RELATIVE = frozenset({
    "è", "ha", "sono", "e", "si", "non", "era", "aveva", "lavora", "abita", "vive", "va", "viene", "fa", "a", "per", "ieri",
    "domani", "oggi", "sta", "ci", "mi", "ti", "in", "con", "sarà", "può", "vuole", "deve",
})  # fmt: skip
_DEFINITE = frozenset({"il", "la", "lo", "l'", "i", "gli", "le"})
_KNOWN_SOMEWHERE = frozenset(
    {"famoso", "famosa", "famosi", "famose", "importante", "importanti", "presente", "presenti"}
)
_GROUPS = frozenset({
    ("nel", "mondo"), ("nella", "classe"), ("nella", "famiglia"), ("nella", "squadra"), ("nel", "gruppo"), ("dal", "mondo"),
    ("dalla", "classe"), ("al", "gruppo"), ("tra", "mondo"), ("in", "mondo"),
})  # fmt: skip
_PEOPLE = frozenset(
    {"mio", "mia", "tuo", "tua", "suo", "sua", "me", "te", "lui", "lei", "noi", "voi", "loro"}
)
_REFLEXIVES = frozenset({"mi", "ti", "si", "ci", "vi", "s'", "m'", "t'"})
_PLACES = frozenset({"vicino", "lontano", "davanti", "accanto", "intorno"})
_BEFORE_ADVERBS = frozenset({"da", "qui", "qua", "lì", "là", "più", "molto", "e", "tutt'", "tutto", ",", "."})
_AFTER_LAST = frozenset({".", ",", "!", "?", "e", "a", "al", "alla", "per", "o"})
_OBJECTS = frozenset({
    "il", "la", "lo", "l'", "i", "gli", "le", "un", "una", "uno", "un'", "mio", "mia", "tuo", "tua", "suo", "sua", "me",
    "te", "lui", "lei", "noi", "voi", "loro", "questo", "questa",
})  # fmt: skip


def _is_form_of(sentence: Sentence, index: int, verbs: frozenset[str]) -> bool:
    """Whether the word is only ever a form of one of these verbs, and no noun: "il telefono di Anna"."""
    if not verbs or (index and sentence.words[index - 1] in _before_nouns()):
        return False
    found = infinitives(sentence.words[index])
    return bool(found) and found <= verbs


def _verb_before(sentence: Sentence, index: int, verbs: frozenset[str]) -> bool:
    before = sentence.words[max(0, index - _NEAR) : index]
    return any(infinitives(word) & verbs for word in before)


@cache
def _before_nouns() -> frozenset[str]:
    return frozenset((*determiners(), *adjectives(), *_table("before_objects")))


@cache
def _phrases() -> PhraseList:
    return PhraseList(load("prepositions")["phrases"]["wrong"])


@cache
def _last_phrases() -> PhraseList:
    """Those that are wrong where the phrase ends: "con macchina", but "con macchina fotografica"."""
    return PhraseList(load("prepositions")["phrases"]["wrong_at_the_end"])


@cache
def _verbs_of_place() -> frozenset[str]:
    return word_set("prepositions", "verbs_of_place")


@cache
def _table(name: str) -> dict[str, frozenset[str]]:
    return {
        preposition: frozenset(verbs.split()) for preposition, verbs in load("prepositions")[name].items()
    }
